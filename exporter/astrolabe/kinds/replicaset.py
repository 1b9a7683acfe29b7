"""ReplicaSets."""

from __future__ import annotations

from functools import lru_cache

from msgspec import field
from msgspec.structs import replace

from astrolabe.graph.facts import READY, Facts
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import replicas
from astrolabe.kinds.models.details import ReplicasDetail, RevisionDetail
from astrolabe.kinds.models.metadata import Annotations, Metadata, facts_of
from astrolabe.kinds.models.podspec import spec_of
from astrolabe.kinds.models.replicas import Replicated

_LONGEST_REVISION = 9


class ReplicaSetAnnotations(Annotations):
    """With the number that a Deployment gives to each of its templates."""

    revision: str | None = field(default=None, name="deployment.kubernetes.io/revision")


class ReplicaSetMetadata(Metadata):
    """With that annotation."""

    annotations: ReplicaSetAnnotations | None = None


class ReplicaSet(Replicated):
    """A ReplicaSet."""

    metadata: ReplicaSetMetadata


def describe(replica_set: ReplicaSet, context: Context) -> Facts:
    """Turn a ReplicaSet into facts.

    One that its controller keeps only to roll back to is hidden. Of it only what its Pods inherit is kept,
    and which image it had: there are ten to a Deployment.
    """
    revision = _revision(replica_set.metadata.annotations)
    if context.options.idle_replicasets or not _is_idle(replica_set):
        return replicas.describe(replica_set, context, revision=revision)
    facts = facts_of(replica_set.metadata, context, READY, hidden=True)
    spec = replica_set.spec or replicas.NO_SPEC
    kept = _kept(spec_of(spec.template).first_image(), revision) if revision else None
    return replace(facts, created=0.0, labels=(), detail=kept)


def _revision(annotations: ReplicaSetAnnotations | None) -> int:
    text = (annotations.revision if annotations is not None else None) or ""
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_REVISION
    return int(text) if is_number else 0


@lru_cache(1 << 10)
def _kept(image: str, revision: int) -> RevisionDetail:
    """Share what is alike."""
    return RevisionDetail(image, revision)


def _is_idle(replica_set: ReplicaSet) -> bool:
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
    model=ReplicaSet,
    describe=describe,
    detail=ReplicasDetail,
)
