"""Who is answered at once: scrapes always, everybody else as places come free.

A place is held from when a request is let in until its answer is sent. A client that stalls loses it as soon
as somebody else waits for one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from astrolabe.api import limits
from astrolabe.api.authentication import is_open
from astrolabe.api.connection import Connection, connection_of


class Turnstile:
    """Lets requests in, over all ports."""

    def __init__(self) -> None:
        self._scrapes = Scrapes()
        self._places = Places()

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in, or answer 503. Health checks are always let in; streams count themselves."""
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else ""
        if is_open(request) or path in limits.STREAMS:
            return await handler(request)
        connection = connection_of(request)
        if path == limits.SCRAPE:
            with self._scrapes.place(connection):
                return await handler(request)
        async with self._places.place(connection):
            return await handler(request)


class Scrapes:
    """Places of scrapes. There is one for everybody who comes; who stalls has none once there are many."""

    def __init__(self) -> None:
        self._inside: list[Connection] = []

    @contextmanager
    def place(self, connection: Connection) -> Iterator[None]:
        """Hold a place."""
        self._inside.append(connection)
        now = asyncio.get_running_loop().time()
        while len(self._inside) > limits.SCRAPES and (stalled := _stalled(self._inside, now)) is not None:
            self._inside.remove(stalled)
            stalled.cut()
        try:
            yield
        finally:
            # It may have lost its place, and a connection holds one at a time.
            if connection in self._inside:
                self._inside.remove(connection)


class Places:
    """Places of everybody else. Where none is free, who came first gets the first that becomes free."""

    def __init__(self) -> None:
        self._taken = 0
        self._inside: list[Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def place(self, connection: Connection) -> AsyncIterator[None]:
        """Hold a place; raises the answer for who waits too long for one."""
        if self._taken < limits.REQUESTS_AT_ONCE and not self._waiting:
            self._taken += 1
        else:
            await self._wait()
        self._inside.append(connection)
        try:
            yield
        finally:
            self._let_go(connection)

    def _let_go(self, connection: Connection) -> None:
        if connection in self._inside:
            self._inside.remove(connection)
            self._pass_on()

    def _pass_on(self) -> None:
        """Give a place that became free to who waits, if anybody does."""
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._taken -= 1

    async def _wait(self) -> None:
        """Return with a place; somebody inside who stalls gives his up."""
        if len(self._waiting) >= limits.REQUESTS_WAITING:
            raise _full()
        loop = asyncio.get_running_loop()
        until = loop.time() + limits.WAIT
        place: asyncio.Future[None] = loop.create_future()
        self._waiting.append(place)
        try:
            while not place.done():
                now = loop.time()
                if (stalled := _stalled(self._inside, now)) is not None:
                    stalled.cut()
                    self._let_go(stalled)
                elif now < until:
                    await asyncio.wait([place], timeout=min(until, _next_stall(self._inside, now)) - now)
                else:
                    break
        except asyncio.CancelledError:
            if place.done():
                self._pass_on()
            raise
        finally:
            if not place.done():
                self._waiting.remove(place)
        if not place.done():
            raise _full()


def _stalled(inside: Iterable[Connection], now: float) -> Connection | None:
    """Return who has stalled for the longest time."""
    return min(
        (each for each in inside if each.stalled(now)), key=lambda each: each.blocked or 0.0, default=None
    )


def _next_stall(inside: Iterable[Connection], now: float) -> float:
    """Return the time up to which nobody can have stalled who has not yet."""
    return min((each.blocked or now for each in inside), default=now) + limits.STALL


def _full() -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(
        text=f"{limits.REQUESTS_AT_ONCE} requests are being answered already\n",
        headers={"Retry-After": str(limits.RETRY_AFTER)},
    )
