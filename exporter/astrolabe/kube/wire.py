"""The documents of lists and watches, with the fields that are needed.

Objects themselves stay undecoded (`msgspec.Raw`): what they mean is known to whoever gave the reflector its
decoder. Raw is a view into the bytes that were read, so nothing is copied.
"""

from __future__ import annotations

import msgspec

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
"""Annotation of the bookmark that completes a streaming list."""
MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for what is no such document; the last one for nesting without end."""


class Envelope(msgspec.Struct, gc=False):
    """One line of a watch."""

    type: str
    object: msgspec.Raw = msgspec.Raw(b"null")


class Marks(msgspec.Struct):
    """The one annotation of the protocol. No other is decoded: one may have the values of a Secret."""

    initial_events_end: str = msgspec.field(default="", name=INITIAL_EVENTS_END)


class ObjectMeta(msgspec.Struct, rename="camel"):
    """What identifies any object, and marks a bookmark."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    annotations: Marks | None = None

    @property
    def ends_initial_events(self) -> bool:
        """Whether this is the bookmark that completes a streaming list."""
        return self.annotations is not None and self.annotations.initial_events_end == "true"


class Bare(msgspec.Struct):
    """Any object, its metadata alone."""

    metadata: ObjectMeta


class Place(msgspec.Struct, rename="camel"):
    """Where an object is, and at which version."""

    namespace: str = ""
    resource_version: str = ""


class Placed(msgspec.Struct):
    """Any object, to decide whether it is wanted."""

    metadata: Place


class ListMeta(msgspec.Struct, rename="camel"):
    """Where a list stands."""

    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")


class ListPage(msgspec.Struct):
    """One page of a list. `items` is null where some servers have none."""

    metadata: ListMeta
    items: list[msgspec.Raw] | None = None


class Cause(msgspec.Struct):
    """One cause in a Status."""

    reason: str = ""


class StatusDetails(msgspec.Struct, rename="camel"):
    """Details of a Status."""

    retry_after_seconds: int = 0
    causes: list[Cause] | None = None


class Status(msgspec.Struct):
    """How the API server says no, in a body or in an ERROR event."""

    kind: str = ""
    code: int = 0
    reason: str = ""
    message: str = ""
    details: StatusDetails | None = None


decode_envelope = msgspec.json.Decoder(Envelope).decode
decode_bare = msgspec.json.Decoder(Bare).decode
decode_placed = msgspec.json.Decoder(Placed).decode
decode_page = msgspec.json.Decoder(ListPage).decode
decode_status = msgspec.json.Decoder(Status).decode


_FRAMES = tuple((f'{{"type":"{kind}","object":'.encode(), kind) for kind in ("ADDED", "MODIFIED", "DELETED"))


def framed(line: bytes) -> Envelope | None:
    """Return the event on a line that looks as every API server writes it, without reading all of the line.

    Its object may be no JSON, or hold more than the object: whoever cannot decode it reads the whole line. It
    is a view into the line, which is not copied.
    """
    for start, kind in _FRAMES:
        if line.startswith(start) and line.endswith(b"}}"):
            return Envelope(kind, msgspec.Raw(memoryview(line)[len(start) : -1]))
    return None


def metadata_of(raw: msgspec.Raw | bytes) -> ObjectMeta:
    """Return the metadata of an object, empty where it has none that can be read."""
    try:
        return decode_bare(raw).metadata
    except MALFORMED:
        return ObjectMeta()


def place_of(raw: msgspec.Raw | bytes) -> Place | None:
    """Return where an object is; None where that cannot be read."""
    try:
        return decode_placed(raw).metadata
    except MALFORMED:
        return None


def precedes(version: str, other: str) -> bool:
    """Whether a resource version is older than another. Versions that are not numbers are never older.

    Kubernetes guarantees from 1.35 on that versions of one resource compare as decimal numbers; etcd's
    revisions always did.
    """
    if not (version.isdecimal() and other.isdecimal() and version.isascii() and other.isascii()):
        return False
    # Not by `int`, which refuses numbers of thousands of digits.
    version, other = version.lstrip("0"), other.lstrip("0")
    return (len(version), version) < (len(other), other)
