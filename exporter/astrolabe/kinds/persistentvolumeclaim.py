"""PersistentVolumeClaims."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import quantity, volumephase
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.details import ClaimDetail
from astrolabe.kinds.models.metadata import NO_ANNOTATIONS, Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.untrusted import one_line


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
    conditions: list[Condition] | None = None


class PersistentVolumeClaim(Model):
    """A PersistentVolumeClaim."""

    metadata: Metadata
    spec: ClaimSpec | None = None
    status: ClaimStatus | None = None


_NO_SPEC = ClaimSpec()
_NO_STATUS = ClaimStatus()
_GROWING = ("ControllerResizeError", "NodeResizeError", "FileSystemResizePending")
"""Conditions that say what a resize waits for, those of a failure first."""
_MODIFYING = "ModifyVolumeError"


def describe(claim: PersistentVolumeClaim, context: Context) -> Facts:
    """Turn a PersistentVolumeClaim into facts."""
    metadata = claim.metadata
    spec = claim.spec or _NO_SPEC
    status = claim.status or _NO_STATUS
    selected = bool((metadata.annotations or NO_ANNOTATIONS).selected_node)
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
        _grows(spec, status)
        or _changes(status)
        or volumephase.judge(status.phase, _lacks(spec, status, storage_class)),
        refs=distinct(refs),
        detail=ClaimDetail(spec.volume_name or "", storage_class or "", _capacity(spec, status), selected),
    )


def _lacks(spec: ClaimSpec, status: ClaimStatus, storage_class: str | None) -> str:
    """Say which volume a claim has lost, or what it waits for."""
    if status.phase == "Lost":
        return f"Its volume {one_line(spec.volume_name)} is gone, or belongs to another claim"
    if spec.volume_name:
        return f"Waits for the volume {one_line(spec.volume_name)}"
    if storage_class:
        return f"Waits for a volume of the class {one_line(storage_class)}"
    return "Waits for a volume; it names no class"


def _grows(spec: ClaimSpec, status: ClaimStatus) -> Verdict | None:
    """Say that a bound claim wants more than its volume has: nothing else tells of a resize under way."""
    wanted = spec.resources.requests if spec.resources is not None else None
    has = status.capacity
    if status.phase != "Bound" or wanted is None or has is None or not wanted.storage or not has.storage:
        return None
    try:
        larger = quantity.parse(wanted.storage) > quantity.parse(has.storage)
    except ValueError:
        return None
    if not larger:
        return None
    words = f"Wants {one_line(wanted.storage)}, its volume has {one_line(has.storage)}"
    for kind in _GROWING:
        if (condition := find(status.conditions, (kind,), "True")) is not None:
            said = f"{words}; {condition.says}" if condition.says else words
            return Verdict("Pending", kind, said, condition.since)
    return Verdict("Pending", "Resizing", words)


def _changes(status: ClaimStatus) -> Verdict | None:
    """Say that the driver cannot give a bound claim the VolumeAttributesClass that it asks for."""
    failed = find(status.conditions, (_MODIFYING,), "True") if status.phase == "Bound" else None
    if failed is None:
        return None
    return Verdict("Pending", _MODIFYING, failed.says or "Its volume cannot be modified", failed.since)


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
    layer="storage",
    model=PersistentVolumeClaim,
    describe=describe,
    detail=ClaimDetail,
)
