"""PersistentVolumes."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict, ref, ref_to
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import volumephase
from astrolabe.kinds.models.details import ClaimRef, VolumeDetail
from astrolabe.kinds.models.metadata import NO_ANNOTATIONS, Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.untrusted import one_line


class ObjectReference(Model):
    """The claim that the volume belongs to."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None


class VolumeSpec(Model):
    """What is wanted."""

    claim_ref: ObjectReference | None = None
    storage_class_name: str | None = None


class VolumeStatus(Model):
    """What there is."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None


class PersistentVolume(Model):
    """A PersistentVolume."""

    metadata: Metadata
    spec: VolumeSpec | None = None
    status: VolumeStatus | None = None


_NO_SPEC = VolumeSpec()
_NO_STATUS = VolumeStatus()


def describe(volume: PersistentVolume, context: Context) -> Facts:
    """Turn a PersistentVolume into facts. It outlives both its claim and its class."""
    metadata = volume.metadata
    spec = volume.spec or _NO_SPEC
    refs = []
    detail = VolumeDetail()
    bound = spec.claim_ref
    if bound is not None and bound.namespace and bound.name:
        kind = "PersistentVolumeClaim"
        name = bound.name
        refs.append(ref_to("binds", kind, bound.namespace, name, bound.uid, optional=True, reverse=True))
        detail = VolumeDetail(ClaimRef(kind, bound.namespace, name, bound.uid or ""))
    verdict = _judge(volume.status or _NO_STATUS, bound)
    storage_class = spec.storage_class_name
    if storage_class is None:
        storage_class = (metadata.annotations or NO_ANNOTATIONS).storage_class
    if storage_class:
        refs.append(ref("provisions", "StorageClass", "", storage_class, optional=True, reverse=True))
    return facts_of(metadata, context, verdict, refs=distinct(refs), detail=detail)


def _judge(status: VolumeStatus, bound: ObjectReference | None) -> Verdict:
    said = [one_line(text) for text in (status.reason, status.message) if text]
    words = ": ".join(said)
    if status.phase == "Released" and bound is not None:
        claim = f"{bound.namespace}/{bound.name}"
        words = words or f"Its claim {one_line(claim)} is gone; it is kept and can be bound to no other"
    return volumephase.judge(status.phase, words)


KIND = Kind(
    name="PersistentVolume",
    plural="persistentvolumes",
    layer="volumes",
    namespaced=False,
    model=PersistentVolume,
    describe=describe,
    detail=VolumeDetail,
)
