"""A flood of one message is one line, and after a while another one with a count.

Equal lines are said once in ten seconds. One message with other values each time is said some times, so
that what fails for every resource is told of every resource. The rest is counted. After the ten seconds the
last line that was left out is said, with the number of lines that it stands for as `repeated`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

WHILE = 10.0
"""Seconds."""
DIFFERENT = 200
"""Lines of one message, each with other values, that are said in a while: more than there are resources."""
REMEMBERED = 256
"""Messages that are told apart."""

L = TypeVar("L")


class _Message(Generic[L]):
    """What was said of one message in a while, and what was not."""

    def __init__(self, now: float) -> None:
        self.until = now + WHILE
        self.said: set[int] = set()
        """Hashes of values."""
        self.repeated = 0
        self.last: L | None = None


class Repeats(Generic[L]):
    """Tells which lines are said. Those that are not come back later through `tell`, with their number."""

    def __init__(
        self,
        tell: Callable[[L, int], None],
        *,
        different: int = DIFFERENT,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._tell = tell
        self._different = different
        self._now = now
        self._messages: dict[Hashable, _Message[L]] = {}
        self._lock = threading.Lock()

    def new(self, message: Hashable, values: Hashable, line: L) -> bool:
        """Whether a line is to be said now; notes it where it is not."""
        now = self._now()
        with self._lock:
            due = self._due(now)
            known = self._messages.get(message)
            if known is None:
                known = self._messages[message] = _Message(now)
            new = hash(values) not in known.said and len(known.said) < self._different
            if new:
                known.said.add(hash(values))
            else:
                known.repeated += 1
                known.last = line
        if not new and known.repeated == 1:
            self._call_later(known.until - now)
        self._tell_all(due)
        return new

    def tell(self) -> None:
        """Tell of everything that was not said, however short a time ago."""
        with self._lock:
            due = self._due(float("inf"))
        self._tell_all(due)

    def _due(self, now: float) -> list[tuple[L, int]]:
        """Take out what there is to tell of messages whose while is over; forget what has become quiet."""
        due = []
        for key, message in list(self._messages.items()):
            crowded = len(self._messages) > REMEMBERED
            if message.until > now and not crowded:
                continue
            if message.last is not None:
                due.append((message.last, message.repeated))
                message.last, message.repeated = None, 0
                # It goes on being a flood: what was said is not said once more.
                message.until = now + WHILE
            else:
                crowded = True
            if crowded:
                del self._messages[key]
        return due

    def _tell_all(self, due: list[tuple[L, int]]) -> None:
        for line, repeated in due:
            self._tell(line, repeated)

    def _call_later(self, seconds: float) -> None:
        """Tell also where nothing else is said; without an event loop, the end of the process does it."""
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().call_later(max(0.0, seconds), self._look)

    def _look(self) -> None:
        with self._lock:
            due = self._due(self._now())
        self._tell_all(due)
