"""Dead letters: events that a handler failed to process, kept in a file for replay."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog

from astrolabe.kube.resource import Resource, Scope
from astrolabe.watch.events import EventType, MatchedEvent
from astrolabe.watch.item import Item
from astrolabe.watch.rules import GVR, Rule
from astrolabe.watch.watches import Watch

log = structlog.get_logger(__name__)


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the file."""

    timestamp: datetime
    """When it was given up."""
    handler: str
    reason: str
    attempts: int
    event_type: EventType
    gvr: str
    key: str
    received: datetime
    rule: Rule
    object: dict[str, Any]
    old: dict[str, Any] | None = None
    initial: bool = False
    redelivered: bool = False
    left_out: int = 0

    @classmethod
    def of(cls, event: MatchedEvent, handler: str, reason: str, attempts: int) -> Letter:
        """Return the letter that keeps an event; of a Secret its metadata alone."""
        old = event.old_item
        return cls(
            datetime.now(UTC),
            handler,
            reason,
            attempts,
            event.event_type,
            event.gvr,
            event.key,
            event.timestamp,
            event.config,
            event.item.object(values=False),
            old.object(values=False) if old is not None and old.raw else None,
            event.initial,
            event.redelivered,
            event.left_out,
        )

    def event(self) -> MatchedEvent:
        """Return the event again, marked as delivered before."""
        return MatchedEvent(
            self.event_type,
            self.gvr,
            self.key,
            self.rule,
            self.received,
            self.initial,
            redelivered=True,
            left_out=self.left_out,
            item=self._item(self.object),
            old_item=None if self.old is None else self._item(self.old),
        )

    def _item(self, found: dict[str, Any]) -> Item:
        gvr = GVR.parse(self.gvr)
        metadata = found.get("metadata") or {}
        # A Secret was kept without its values.
        bare = found.get("kind") == "PartialObjectMetadata"
        kind = str(found.get("kind", ""))
        resource = Resource(gvr.group, gvr.version, gvr.plural, kind, metadata_only=bare)
        raw = msgspec.json.encode(found)
        return Item(
            self.key,
            metadata.get("uid", ""),
            metadata.get("resourceVersion", ""),
            raw,
            Watch(resource, Scope()),
        )


class DeadLetters:
    """The file. Only its owner may read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, letter: Letter) -> bool:
        """Append a letter; return whether that worked. What cannot be written is said in the log."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _append(descriptor, msgspec.json.encode(letter) + b"\n")
            finally:
                os.close(descriptor)
        except OSError as error:
            log.error(  # noqa: TRY400  (the reason is one line)
                "dead letter lost",
                file=str(self.path),
                error=error.strerror,
                handler=letter.handler,
                key=letter.key,
                type=letter.event_type,
            )
            return False
        return True

    def read(self) -> Iterator[tuple[bytes, Letter | None]]:
        """Yield each line with its letter; None for a line that cannot be read. Raises `OSError`."""
        with self.path.open("rb") as file:
            for line in file:
                try:
                    letter = msgspec.json.decode(line, type=Letter)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
                    letter = None
                yield line, letter

    def replace(self, lines: list[bytes]) -> None:
        """Keep only these lines; raises `OSError`, and changes nothing then."""
        if not lines:
            self.path.unlink(missing_ok=True)
            return
        temporary = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(line if line.endswith(b"\n") else line + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)


def _append(descriptor: int, line: bytes) -> None:
    """Write a whole line or nothing; after half a line of an earlier process, begin a new one."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line
    try:
        written = os.write(descriptor, line)
        if written < len(line):
            written += os.write(descriptor, line[written:])
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise
