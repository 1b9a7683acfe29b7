"""VolumeAttachments: that a volume is to be attached to a Node, and what the driver says of it."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Ref, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.metadata import TERMINATING, Metadata, Model, Time, facts_of, seconds
from astrolabe.kinds.models.untrusted import one_line

NOT_ATTACHED = "FailedAttachVolume"


class AttachmentSource(Model):
    """The volume. One that a Pod declares itself is no object."""

    persistent_volume_name: str | None = None


class AttachmentSpec(Model):
    """What is wanted."""

    attacher: str | None = None
    node_name: str | None = None
    source: AttachmentSource | None = None


class VolumeError(Model):
    """What a driver said last, as long as it has not succeeded since."""

    time: Time | None = None
    message: str | None = None


class AttachmentStatus(Model):
    """What there is."""

    attached: bool | None = None
    attach_error: VolumeError | None = None
    detach_error: VolumeError | None = None


class VolumeAttachment(Model):
    """A VolumeAttachment."""

    metadata: Metadata
    spec: AttachmentSpec | None = None
    status: AttachmentStatus | None = None


_NO_SPEC = AttachmentSpec()
_NO_STATUS = AttachmentStatus()


def describe(attachment: VolumeAttachment, context: Context) -> Facts:
    """Turn a VolumeAttachment into facts."""
    spec = attachment.spec or _NO_SPEC
    volume = spec.source.persistent_volume_name if spec.source is not None else None
    refs: list[Ref] = []
    if volume:
        refs.append(ref("attaches", "PersistentVolume", "", volume))
    if spec.node_name:
        refs.append(ref("attaches", "Node", "", spec.node_name))
    leaves = attachment.metadata.deletion_timestamp is not None
    verdict = _judge(spec, attachment.status or _NO_STATUS, leaves=leaves)
    return facts_of(attachment.metadata, context, verdict, refs=tuple(refs))


def _judge(spec: AttachmentSpec, status: AttachmentStatus, *, leaves: bool) -> Verdict:
    """Judge an attachment. `leaves` says that it is being deleted: so a volume is detached."""
    where = f"Node {one_line(spec.node_name)}" if spec.node_name else "its Node"
    if leaves and (error := status.detach_error) is not None and error.message:
        words = f"Cannot be detached from {where}: {one_line(error.message)}"
        return Verdict("Pending", TERMINATING, words)
    if status.attached:
        return Verdict(message="Attached")
    if (error := status.attach_error) is not None:
        words = f"Cannot be attached to {where}: {one_line(error.message) or 'the driver does not say why'}"
        return Verdict("Error", NOT_ATTACHED, words, seconds(error.time))
    driver = f"Waits for the driver {one_line(spec.attacher)}" if spec.attacher else "Waits for its driver"
    return Verdict("Pending", "Attaching", f"{driver} to attach it to {where}")


KIND = Kind(
    name="VolumeAttachment",
    group="storage.k8s.io",
    plural="volumeattachments",
    layer="volumes",
    namespaced=False,
    model=VolumeAttachment,
    describe=describe,
)
