"""Turns the lines of a watch into changes of the contents."""

from __future__ import annotations

from typing import Generic

import msgspec
import structlog

from astrolabe.kube.exchange import ApiFailure, one_line
from astrolabe.kube.listing import Listing
from astrolabe.kube.objectstore import ObjectStore
from astrolabe.kube.observer import Decoder, Observer, T, Wants
from astrolabe.kube.resource import Resource
from astrolabe.kube.wire import (
    MALFORMED,
    Envelope,
    Place,
    decode_envelope,
    decode_status,
    framed,
    metadata_of,
    place_of,
    precedes,
)

_REMEMBERED = 1000

log = structlog.get_logger(__name__)


class Rewound(Exception):
    """The server is at an older version than before: it was restored from a snapshot."""


class EventApplier(Generic[T]):
    """Applies events in order and keeps the resource version that has been reached.

    An object that cannot be decoded is counted, logged once and skipped. A known object that can no longer
    be decoded is removed: a new list would not have it either.
    """

    def __init__(
        self,
        resource: Resource,
        decoder: Decoder[T],
        contents: ObjectStore[T],
        observer: Observer,
        wants: Wants | None = None,
    ) -> None:
        self._resource = resource
        self._path = resource.path()
        self._decoder = decoder
        self._contents = contents
        self._observer = observer
        self._wants = wants
        self._skipped: set[str] = set()
        self._log = log.bind(resource=resource.name)
        self.version = ""
        """Everything up to this resource version has been taken in; empty when a list is due."""
        self.bookmarks = False
        """Whether this server sends bookmarks."""
        self.lost = False
        """Whether a line was skipped that does not say which object it is about."""

    def decode(self, raw: msgspec.Raw) -> T | None:
        """Return the decoded object, or None for one that has to be skipped or is not wanted."""
        item = self._understood(raw)
        return None if isinstance(item, Place) else item

    def _decode(self, raw: msgspec.Raw) -> T | Place:
        """Return the decoded object; for one that is not wanted, only its place. Raises anything."""
        if self._wants is not None:
            place = place_of(raw)
            # One that cannot be read is for the decoder to judge.
            if place is not None and not self._wants(place.namespace):
                return place
        return self._decoder(raw, self._contents.known)

    def _understood(self, raw: msgspec.Raw) -> T | Place | None:
        """Return the same, or None for an object that has to be skipped."""
        try:
            return self._decode(raw)
        except Exception as error:  # noqa: BLE001  (whatever an object holds, it must cost no more than itself)
            meta = metadata_of(raw)
            where = f"{meta.namespace}/{meta.name}" if meta.namespace else meta.name
            self._skip(where or "object without a name", error)
            return None

    def apply(self, line: bytes, read_at: float) -> None:
        """Take in one event; raises `ApiFailure` for an ERROR event, and `Rewound`."""
        event = self._read(line)
        if event is None:
            return
        envelope, item = event
        match envelope.type:
            case "BOOKMARK":
                self.bookmarks = True
                self._advance(metadata_of(envelope.object).resource_version)
            case _ if item is None:
                self._unreadable(envelope.object, read_at)
            case _ if isinstance(item, Place):
                self._advance(item.resource_version)
            case "DELETED":
                self._advance(item.resource_version)
                self._contents.remove(item.id, read_at)
            case _:
                self._advance(item.resource_version)
                self._contents.put(item, read_at)

    def collect(self, line: bytes, listing: Listing[T]) -> bool:
        """Take one event of a streaming list; says whether it was the last. Raises `ApiFailure`."""
        event = self._read(line)
        if event is None:
            return False
        envelope, item = event
        if envelope.type == "BOOKMARK":
            meta = metadata_of(envelope.object)
            if not meta.ends_initial_events:
                return False
            self.bookmarks = True
            listing.version = meta.resource_version
            return True
        if isinstance(item, Place):
            return False
        if item is not None and envelope.type == "DELETED":
            listing.drop(item)
        elif item is not None:
            listing.take(item)
        return False

    def _read(self, line: bytes) -> tuple[Envelope, T | Place | None] | None:
        """Return the event on a line with its object, if it has one that can be understood.

        For an object that is not wanted it has only the place.

        None for a line that has to be skipped; raises ERROR events.
        """
        envelope = framed(line)
        if envelope is not None:
            try:
                item = self._decode(envelope.object)
                self._observer.event(self._resource.name, envelope.type)
            except Exception:  # noqa: BLE001  (whatever it is, the whole line tells)
                envelope = None
            else:
                return envelope, item
        envelope = self._open(line)
        if envelope is None:
            return None
        return envelope, self._understood(envelope.object) if envelope.type != "BOOKMARK" else None

    def _open(self, line: bytes) -> Envelope | None:
        """Return the event on a line, None for one that has to be skipped; raises ERROR events."""
        try:
            envelope = decode_envelope(line)
        except MALFORMED as error:
            self._skip("a line of the watch", error)
            self.lost = True
            return None
        if envelope.type == "ERROR":
            self._observer.event(self._resource.name, "ERROR")
            try:
                status = decode_status(envelope.object)
            except MALFORMED:
                status = decode_status(b"{}")
            raise ApiFailure(status, self._path, event=True)
        if envelope.type not in {"ADDED", "MODIFIED", "DELETED", "BOOKMARK"}:
            self._skip("a line of the watch", f"unknown event type {envelope.type!r}")
            return None
        self._observer.event(self._resource.name, envelope.type)
        return envelope

    def _advance(self, version: str) -> None:
        if precedes(version, self.version):
            raise Rewound(f"an event is at version {version}, older than {self.version}")
        self.version = version or self.version

    def _unreadable(self, raw: msgspec.Raw, read_at: float) -> None:
        meta = metadata_of(raw)
        self._advance(meta.resource_version)
        if meta.uid:
            self._contents.remove_uid(meta.uid, read_at)
        else:
            self.lost = True

    def _skip(self, where: str, reason: object) -> None:
        self._observer.decode_error(self._resource.name)
        text = one_line(f"{where}: {reason}")
        if text not in self._skipped and len(self._skipped) < _REMEMBERED:
            self._skipped.add(text)
            self._log.warning(
                "object skipped: it cannot be decoded", where=where, reason=one_line(str(reason))
            )
