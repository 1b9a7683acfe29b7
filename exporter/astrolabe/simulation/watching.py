"""One open watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from enum import Enum, auto

from astrolabe.simulation.refusal import Broken
from astrolabe.simulation.requests import Request
from astrolabe.simulation.resources import Object
from astrolabe.simulation.selection import Selection
from astrolabe.simulation.store import Event, Store

BOOKMARK_EVERY = 60.0
"""Seconds between bookmarks; one more comes shortly before the end (kube-apiserver's watch cache)."""
_LAST_BOOKMARK = 2.0


class _End(Enum):
    PROPER = auto()
    BROKEN = auto()


class Watch:
    """Sends events of one selection as lines, from the moment it is made until its time is over."""

    def __init__(
        self,
        store: Store,
        request: Request,
        selection: Selection,
        *,
        since: int,
        backlog: list[bytes],
        encode: Callable[[str, Object], bytes],
        bookmark: Callable[[], bytes] | None,
        seconds: float,
    ) -> None:
        """Begin with the lines of `backlog`, then send what is newer than the version `since`.

        `encode` words an event, `bookmark` one at the present version (None: the client wants none).
        """
        self.request = request
        self._selection = selection
        self._since = since
        self._backlog = backlog
        self._encode = encode
        self._bookmark = bookmark
        self._ends = asyncio.get_running_loop().time() + seconds
        self._queue: asyncio.Queue[Event | bytes | _End] = asyncio.Queue()
        self._frozen = False
        self._unsubscribe = store.listen(request.resource, self._queue.put_nowait)

    def finish(self) -> None:
        """End properly, after what was sent so far."""
        self._queue.put_nowait(_End.PROPER)

    def break_off(self) -> None:
        """Break the connection."""
        self._queue.put_nowait(_End.BROKEN)

    def freeze(self) -> None:
        """Half-open: nothing arrives any more, neither data nor an end."""
        self._frozen = True
        self._queue.put_nowait(b"")

    def send(self, line: bytes) -> None:
        """Send a line (newline included) that the store knows nothing of."""
        self._queue.put_nowait(line)

    def close(self) -> None:
        """Forget the client."""
        self._unsubscribe()

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the watch's lines; raises `Broken`."""
        for past in self._backlog:
            yield past
        self._backlog = []
        clock = asyncio.get_running_loop()
        bookmark_due = clock.time() + BOOKMARK_EVERY
        last_bookmark_due = self._ends - _LAST_BOOKMARK
        while clock.time() < self._ends:
            due = min(bookmark_due, last_bookmark_due) if self._bookmark else self._ends
            try:
                async with asyncio.timeout_at(min(due, self._ends)):
                    line = await self._next()
            except TimeoutError:
                if self._bookmark and clock.time() < self._ends:
                    if clock.time() >= last_bookmark_due:
                        last_bookmark_due = self._ends
                    bookmark_due += BOOKMARK_EVERY
                    yield self._bookmark()
                continue
            if line is None:
                return
            yield line

    async def _next(self) -> bytes | None:
        """Wait for a line; None at a proper end."""
        while True:
            item = await self._queue.get()
            if self._frozen:
                await asyncio.Event().wait()
            if item is _End.PROPER:
                return None
            if item is _End.BROKEN:
                raise Broken
            line = item if isinstance(item, bytes) else self._word(item)
            if line:
                return line

    def _word(self, event: Event) -> bytes:
        """Word an event for this selection; empty where it does not concern it."""
        if event.version <= self._since:
            return b""
        after = event.type != "DELETED" and event.object in self._selection
        before = event.previous is not None and event.previous in self._selection
        if after:
            return self._encode("MODIFIED" if before else "ADDED", event.object)
        if not before:
            return b""
        assert event.previous is not None
        last = event.previous | {
            "metadata": event.previous["metadata"] | {"resourceVersion": str(event.version)}
        }
        return self._encode("DELETED", last)

    def word_history(self, events: list[Event]) -> None:
        """Put past events into the backlog."""
        self._backlog += filter(None, map(self._word, events))
