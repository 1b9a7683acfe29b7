"""ReplicaSets."""

from __future__ import annotations

import msgspec

from astrolabe.graph.facts import READY, Facts
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import replicas
from astrolabe.kinds.models.details import ReplicasDetail
from astrolabe.kinds.models.metadata import facts_of
from astrolabe.kinds.models.replicas import Replicated


def describe(replica_set: Replicated, context: Context) -> Facts:
    """Turn a ReplicaSet into facts.

    One that its controller keeps only to roll back to is hidden. Of it only what its Pods inherit is kept:
    there are ten to a Deployment.
    """
    if context.options.idle_replicasets or not _is_idle(replica_set):
        return replicas.describe(replica_set, context)
    facts = facts_of(replica_set.metadata, context, READY, hidden=True)
    return msgspec.structs.replace(facts, created=0.0, labels=())


def _is_idle(replica_set: Replicated) -> bool:
    """Whether a controller looks after it, and no Pod is wanted or left, not even one that is going."""
    status = replica_set.status or replicas.NO_STATUS
    return (
        replicas.desired(replica_set.spec or replicas.NO_SPEC) == 0
        and not status.replicas
        and not status.terminating_replicas
        and any(owner.controller for owner in replica_set.metadata.owner_references or ())
    )


KIND = Kind(
    name="ReplicaSet",
    group="apps",
    plural="replicasets",
    layer="workloads",
    model=Replicated,
    describe=describe,
    detail=ReplicasDetail,
)
