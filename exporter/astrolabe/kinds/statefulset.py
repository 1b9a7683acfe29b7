"""StatefulSets. Their claims are mounted by their Pods, so they refer to none themselves."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import replicas
from astrolabe.kinds.models.details import ReplicasDetail
from astrolabe.kinds.models.replicas import ReplicatedSpec, Scalable


class StatefulSetSpec(ReplicatedSpec):
    """What is wanted."""

    service_name: str | None = None


class StatefulSet(Scalable):
    """A StatefulSet."""

    spec: StatefulSetSpec | None = None


def describe(stateful_set: StatefulSet, context: Context) -> Facts:
    """Turn a StatefulSet into facts. Its Pods find each other by the names that its Service gives them."""
    service = stateful_set.spec.service_name if stateful_set.spec is not None else None
    namespace = stateful_set.metadata.namespace or ""
    refs = [ref("headless", "Service", namespace, service)] if service else []
    return replicas.describe(stateful_set, context, more=refs)


KIND = Kind(
    name="StatefulSet",
    group="apps",
    plural="statefulsets",
    layer="workloads",
    model=StatefulSet,
    describe=describe,
    detail=ReplicasDetail,
)
