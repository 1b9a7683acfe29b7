"""PersistentVolumes."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, ref, ref_to
from astrolabe.kinds import volumephase
from astrolabe.kinds.details import ClaimRef, VolumeDetail
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import NO_ANNOTATIONS, Metadata, Model, facts_of
from astrolabe.kinds.references import distinct


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
    verdict, message = volumephase.judge((volume.status or _NO_STATUS).phase)
    refs = []
    detail = VolumeDetail()
    bound = spec.claim_ref
    if bound is not None and bound.namespace and bound.name:
        kind = "PersistentVolumeClaim"
        name = bound.name
        refs.append(ref_to("binds", kind, bound.namespace, name, bound.uid, optional=True, reverse=True))
        detail = VolumeDetail(ClaimRef(kind, bound.namespace, name, bound.uid or ""))
    storage_class = spec.storage_class_name
    if storage_class is None:
        storage_class = (metadata.annotations or NO_ANNOTATIONS).storage_class
    if storage_class:
        refs.append(ref("provisions", "StorageClass", "", storage_class, optional=True, reverse=True))
    return facts_of(metadata, context, verdict, message, refs=distinct(refs), detail=detail)


KIND = Kind(
    name="PersistentVolume",
    plural="persistentvolumes",
    namespaced=False,
    model=PersistentVolume,
    describe=describe,
)
