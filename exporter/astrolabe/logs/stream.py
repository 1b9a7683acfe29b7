"""The standard error stream of a process that goes on whatever becomes of it.

It may be closed, its pipe or its disk full. So lines wait in memory, and a thread of their own writes them.
A line that does not fit is lost and counted. Who writes never waits and never gets an error.
"""

from __future__ import annotations

import atexit
import io
import os
import select
import sys
import threading
from collections import deque
from typing import TextIO, cast

WAITING_BYTES = 1 << 18
"""Bytes that may wait to be written."""
PATIENCE = 1.0
"""Seconds that the end of the process waits for what is left."""
_BYTES_PER_WRITE = 1 << 16
"""Bytes that are written at once."""
_STANDARD = 2


class Stream(io.TextIOBase):
    """Text that is written to a file descriptor, a line at a time, by a thread of its own."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._terminal = os.isatty(descriptor)
        self._news = threading.Condition()
        self._begun = ""
        """Of a line whose end has not come yet."""
        self._lines: deque[bytes] = deque()
        self._size = 0
        """Bytes that wait or are being written."""
        self._lost = 0
        self._failing = False
        self._thread: threading.Thread | None = None

    def fileno(self) -> int:
        """Return the descriptor, for child processes that share the stream."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self._terminal

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Keep what ends in a line break to be written; what does not is kept until its end comes."""
        with self._news:
            whole, end, rest = text.rpartition("\n")
            if end:
                self._put(f"{self._begun}{whole}\n")
                self._begun = ""
            self._begun += rest
        return len(text)

    def drain(self, seconds: float = PATIENCE) -> None:
        """Wait until everything is written, no longer than some seconds."""
        with self._news:
            if self._begun:
                self._put(self._begun)
                self._begun = ""
            self._news.wait_for(lambda: not self._size, seconds)

    def lost(self) -> int:
        """Return how many lines were lost since the last time, once lines can be written again; else 0."""
        with self._news:
            if self._failing or self._size > WAITING_BYTES // 2:
                return 0
            lost, self._lost = self._lost, 0
            return lost

    def _put(self, text: str) -> None:
        line = text.encode(errors="backslashreplace")
        if self._size + len(line) > WAITING_BYTES:
            self._lost += line.count(b"\n") or 1
            return
        self._lines.append(line)
        self._size += len(line)
        if self._thread is None:
            # Not one that the end of the process would wait for.
            self._thread = threading.Thread(target=self._work, name="standard error", daemon=True)
            self._thread.start()
        self._news.notify_all()

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._lines)
                text = self._lines.popleft()
                while self._lines and len(text) + len(self._lines[0]) <= _BYTES_PER_WRITE:
                    text += self._lines.popleft()
            left = self._written(text)
            with self._news:
                self._failing = bool(left)
                self._lost += left.count(b"\n")
                self._size -= len(text)
                self._news.notify_all()

    def _written(self, text: bytes) -> bytes:
        """Write a text, however long that takes; return what cannot be written."""
        while text:
            try:
                text = text[os.write(self._descriptor, text) :]
            except BlockingIOError:
                # Somebody who shares the stream has made it one that does not block.
                select.select((), (self._descriptor,), ())
            except OSError:
                break
        return text


def detach() -> None:
    """Put such a stream in the place of `sys.stderr`, for everything that writes there, Python included.

    A standard stream that was closed at the start becomes /dev/null, so that no file gets its number.
    """
    for descriptor in range(_STANDARD + 1):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (never closed)
    # Closed at the start, its number may belong to another file by now.
    stream = Stream(_STANDARD if sys.stderr is not None else os.open(os.devnull, os.O_WRONLY))
    sys.stderr = cast(TextIO, stream)
    atexit.register(stream.drain)
