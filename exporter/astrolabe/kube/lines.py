"""Splits the body of a watch into lines, whatever the sizes of its chunks."""

from __future__ import annotations

LINE_LIMIT = 64 << 20
"""Bytes. etcd refuses objects beyond a few megabytes; a line this long is no watch event."""


class LineTooLong(Exception):
    """The stream holds a line beyond the limit: it is not a watch, or it is broken."""


class LineSplitter:
    """Collects chunks and gives back complete lines, without their ends, blank ones left out."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._held = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that this chunk completes; raises `LineTooLong`."""
        end = chunk.rfind(b"\n")
        if end < 0:
            self._hold(chunk)
            return []
        whole = chunk[:end]
        if self._parts:
            self._parts.append(whole)
            whole = b"".join(self._parts)
            self._parts.clear()
            self._held = 0
        if end + 1 < len(chunk):
            self._hold(chunk[end + 1 :])
        return [line for line in whole.split(b"\n") if line and not line.isspace()]

    def rest(self) -> bytes:
        """Return the bytes after the last line end: nothing, or a line that was cut off."""
        return b"".join(self._parts)

    def _hold(self, part: bytes) -> None:
        self._held += len(part)
        if self._held > self._limit:
            raise LineTooLong(f"a line of the watch is longer than {self._limit} bytes")
        self._parts.append(part)
