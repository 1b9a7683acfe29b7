"""One watch request: its query, its deadline, its lines."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from random import Random
from time import perf_counter

from astrolabe.kube.lines import LineSplitter
from astrolabe.kube.resource import Scope
from astrolabe.kube.transport import Response
from astrolabe.kube.wire import MALFORMED, decode_envelope

SHORTEST, LONGEST = 300, 600
"""Seconds that a watch is asked to last; random between the two, so that watches do not end together."""
GRACE = 1.05
"""The client gives up this much later: a connection that is half open would say nothing for ever."""
SILENCE = 75.0
"""Seconds without a byte after which a watch is given up whose server sends bookmarks: once a minute they
come, in kube-apiserver. Then either the connection is half open, or the server waits for a version that it
has yet to reach."""
INITIAL_SILENCE = 8.0
"""Seconds of silence before a streaming list's last bookmark after which pages are read instead."""

_GRAIN = 0.25
"""Seconds within which bytes count as heard at once: a timer for each event would cost more than it tells."""


def watch_query(scope: Scope, version: str, timeout: int) -> dict[str, str]:
    """Query of a watch that goes on from a version, or that begins with a streaming list without one."""
    query = {
        **scope.query,
        "watch": "1",
        "allowWatchBookmarks": "true",
        "timeoutSeconds": str(timeout),
    }
    if version:
        query["resourceVersion"] = version
    else:
        query["sendInitialEvents"] = "true"
        query["resourceVersionMatch"] = "NotOlderThan"
    return query


def watch_seconds(random: Random) -> int:
    """Return how long to ask a watch to last."""
    return random.randint(SHORTEST, LONGEST)


class Deadline:
    """Ends a watch that has become silent, by the event loop's clock.

    The whole must not outlast what the server was asked for. A streaming list must not pause for long before
    it is complete, nor a watch whose server is known to send bookmarks.
    """

    def __init__(self, seconds: float, *, initial: bool, bookmarks: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._end = self._started + seconds * GRACE
        self._pause = INITIAL_SILENCE if initial else SILENCE if bookmarks else math.inf
        self._shortened = False
        self._heard = -math.inf
        self.initial = initial
        """Whether a streaming list is still incomplete."""
        self.spoken = False
        """Whether the server has said anything."""
        self.passed = False
        """Whether the watch was given up."""
        self.limit = asyncio.timeout_at(self._next())

    def heard(self) -> None:
        """Note that bytes arrived."""
        self.spoken = True
        now = self._loop.time()
        if self._pause < math.inf and now - self._heard >= _GRAIN:
            self._heard = now
            self.limit.reschedule(self._next())

    def suspend(self) -> None:
        """Stop the clock while what was read is processed: nothing more can arrive meanwhile."""
        self.limit.reschedule(None)

    def complete(self) -> None:
        """Take note that the streaming list is complete."""
        self.initial = False
        self._pause = SILENCE
        self.limit.reschedule(self._next())

    def shorten(self, seconds: float) -> None:
        """End the watch after so many seconds at the latest; only the first call counts."""
        if not self._shortened:
            self._shortened = True
            self._end = min(self._end, self._loop.time() + seconds)
            self.limit.reschedule(self._next())

    @property
    def lasted(self) -> float:
        """Seconds since the watch was asked for."""
        return self._loop.time() - self._started

    def _next(self) -> float:
        return min(self._end, self._loop.time() + self._pause)


async def batches(response: Response) -> AsyncIterator[tuple[list[bytes], float]]:
    """Yield the lines that each chunk completes with the `perf_counter` at which it was read.

    Raises `Unreachable` where the stream breaks off and `LineTooLong`. A last line without its end counts
    when it is whole, and is forgotten when it was cut.
    """
    splitter = LineSplitter()
    async for chunk in response.chunks():
        read_at = perf_counter()
        lines = splitter.feed(chunk)
        del chunk
        yield lines, read_at
    rest = splitter.rest()
    try:
        decode_envelope(rest)
    except MALFORMED:
        return
    yield [rest], perf_counter()
