"""Events as JSON lines, and files of whole lines that rotate."""

from __future__ import annotations

import asyncio
import fcntl
import gzip
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from astrolabe.watch.events import MatchedEvent
from astrolabe.watch.item import LAST_APPLIED

NO_NAMESPACE = "_"
"""Stands in keys where the namespace of an object stands: no namespace can have this name."""
SYNC = 1.0
"""Seconds after which a line is on the disk, at most."""

log = structlog.get_logger(__name__)


def as_json(event: MatchedEvent) -> bytes:
    """Return an event as one JSON object; what is empty is left out."""
    metadata = event.object.get("metadata") or {}
    told: dict[str, Any] = {
        "timestamp": event.timestamp.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "eventType": event.event_type.value,
        "gvr": event.gvr,
    }
    annotations = {
        key: value for key, value in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED
    }
    more = {
        "namespace": event.namespace,
        "name": event.name,
        "uid": event.uid,
        "labels": metadata.get("labels"),
        "annotations": annotations,
        "redelivered": event.redelivered,
        "leftOut": event.left_out,
    }
    return msgspec.json.encode(told | {key: value for key, value in more.items() if value})


def key_of(event: MatchedEvent) -> tuple[str, ...]:
    """Return what tells an object from others: namespace, resource, name."""
    return (event.namespace or NO_NAMESPACE, event.gvr, event.name)


class LineFile:
    """A file that whole lines are added to. Full, it is compressed beside the new one.

    While it is open no other process adds to it. Lines are on the disk a second later at most.
    """

    def __init__(self, path: Path, most: int) -> None:
        """Begin a new file after `most` bytes; raises `OSError`."""
        self.path = path
        self._most = most
        self._sync: asyncio.TimerHandle | None = None
        self._syncing: set[asyncio.Task[None]] = set()
        self._open()

    def add(self, line: bytes) -> None:
        """Add a line, whole or not at all; raises `OSError`."""
        line += b"\n"
        if self._size and self._size + len(line) > self._most:
            self._rotate()
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            # A disk that is full took the beginning.
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)
        if self._sync is None:
            self._sync = asyncio.get_running_loop().call_later(SYNC, self._sync_soon)

    async def close(self) -> None:
        """Bring everything to the disk and close."""
        if self._sync is not None:
            self._sync.cancel()
        if self._syncing:
            await asyncio.wait(self._syncing)
        await asyncio.to_thread(os.fsync, self._file)
        os.close(self._file)

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise
        self._size = _mended(self._file)

    def _rotate(self) -> None:
        full = self._unused()
        self.path.rename(full)
        old, old_size = self._file, self._size
        try:
            self._open()
        except OSError:
            full.rename(self.path)
            self._file, self._size = old, old_size
            raise
        os.close(old)
        self._task(_compress, full)

    def _unused(self) -> Path:
        number = 1
        while True:
            full = self.path.with_name(f"{self.path.stem}.{number}{self.path.suffix}")
            if not full.exists() and not full.with_name(f"{full.name}.gz").exists():
                return full
            number += 1

    def _sync_soon(self) -> None:
        self._sync = None
        # The number may belong to another file by the time the thread runs.
        self._task(_synced, os.dup(self._file))

    def _task(self, function: Any, argument: Any) -> None:
        task = asyncio.create_task(asyncio.to_thread(function, argument))
        self._syncing.add(task)
        task.add_done_callback(self._syncing.discard)


def _mended(file: int) -> int:
    """Cut off half a line that an earlier process left; return the size."""
    size = end = os.fstat(file).st_size
    while end and os.pread(file, 1, end - 1) != b"\n":
        end -= 1
    if end < size:
        os.ftruncate(file, end)
    return end


def _synced(file: int) -> None:
    try:
        os.fsync(file)
    except OSError as error:
        log.warning("events are not on the disk", error=error.strerror)
    finally:
        os.close(file)


def _compress(full: Path) -> None:
    temporary = full.with_name(f"{full.name}.gz.new")
    try:
        with full.open("rb") as source, gzip.open(temporary, "wb") as target:
            shutil.copyfileobj(source, target)
        temporary.rename(full.with_name(f"{full.name}.gz"))
        full.unlink()
    except OSError as error:
        log.warning("a full file stays as it is", file=str(full), error=error.strerror)
        with suppress(OSError):
            temporary.unlink()
