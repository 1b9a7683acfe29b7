"""PersistentVolumeClaims."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, ref
from astrolabe.kinds import quantity, volumephase
from astrolabe.kinds.details import ClaimDetail
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import NO_ANNOTATIONS, Metadata, Model, facts_of
from astrolabe.kinds.references import distinct


class Storage(Model):
    """An amount of storage."""

    storage: str | None = None


class Resources(Model):
    """What the volume should hold at least."""

    requests: Storage | None = None


class ClaimSpec(Model):
    """What is wanted."""

    volume_name: str | None = None
    storage_class_name: str | None = None
    resources: Resources | None = None


class ClaimStatus(Model):
    """What there is."""

    phase: str | None = None
    capacity: Storage | None = None


class PersistentVolumeClaim(Model):
    """A PersistentVolumeClaim."""

    metadata: Metadata
    spec: ClaimSpec | None = None
    status: ClaimStatus | None = None


_NO_SPEC = ClaimSpec()
_NO_STATUS = ClaimStatus()


def describe(claim: PersistentVolumeClaim, context: Context) -> Facts:
    """Turn a PersistentVolumeClaim into facts."""
    metadata = claim.metadata
    spec = claim.spec or _NO_SPEC
    status = claim.status or _NO_STATUS
    verdict, message = volumephase.judge(status.phase)
    refs = []
    if spec.volume_name:
        refs.append(ref("binds", "PersistentVolume", "", spec.volume_name))
    # The old annotation still counts where the field is absent.
    storage_class = spec.storage_class_name
    if storage_class is None:
        storage_class = (metadata.annotations or NO_ANNOTATIONS).storage_class
    if storage_class:
        # Once it has its volume, a claim does not need the class any more.
        bound = bool(spec.volume_name)
        refs.append(ref("provisions", "StorageClass", "", storage_class, optional=bound, reverse=True))
    return facts_of(
        metadata,
        context,
        verdict,
        message,
        refs=distinct(refs),
        detail=ClaimDetail(spec.volume_name or "", storage_class or "", _capacity(spec, status)),
    )


def _capacity(spec: ClaimSpec, status: ClaimStatus) -> int:
    """Return the size of the volume that there is: what was wanted at least, and often more."""
    if not spec.volume_name or status.phase == "Lost":
        return 0
    wanted = spec.resources.requests if spec.resources is not None else None
    for size in (status.capacity, wanted):
        if size is not None and size.storage is not None:
            try:
                return max(-(-quantity.parse(size.storage) // quantity.NANO), 0)
            except ValueError:
                continue
    return 0


KIND = Kind(
    name="PersistentVolumeClaim",
    plural="persistentvolumeclaims",
    model=PersistentVolumeClaim,
    describe=describe,
)
