"""One client's connection: its current work, and its answer to data that is not a request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Callable
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from astrolabe.api import limits
from astrolabe.api.asked import path_of
from astrolabe.api.refusals import FAILED, MALFORMED, harden, refusal
from astrolabe.api.v1 import errors

_BUFFER = 1 << 16
"""Bytes that wait for a client before it counts as one that does not read. With HTTPS it would be more."""
_AT_ONCE = struct.pack("ii", 1, 0)
"""For SO_LINGER: the system keeps nothing for a client that will not read it."""

AT_WORK = (0, 0.0)
"""How idle a connection is that is at work."""


class Registry(Protocol):
    """Who is told of the connections' ends."""

    def leave(self, connection: Connection) -> None:
        """Learn that a connection is closed."""
        ...


class Connection(web.RequestHandler):
    """What aiohttp does for a connection, and what it does not.

    A connection is idle while no request is being answered, blocked while its client does not read what waits
    for it, and busy otherwise.
    """

    def __init__(self, server: web.Server, registry: Registry) -> None:
        loop = asyncio.get_running_loop()
        # Requests are not logged: they may hold credentials.
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]
            **limits.server_options(),
        )
        self._registry = registry
        self.answering = False
        self.streaming = False
        """Whether the answer is a stream that its client can resume on another connection."""
        self.most_at_once: int | None = None
        """Bytes that may come at once, where a client has little to say; more of them end the connection."""
        self.reads_on: Callable[[], None] | None = None
        """Called when the client of a stream reads on that did not."""
        self._since = loop.time()
        """When it last began or ended an answer; loop time."""
        self.blocked: float | None = None
        """Since when its client has not read on, where it does not; loop time."""
        self._patience: asyncio.TimerHandle | None = None

    def stalled(self, now: float) -> bool:
        """Whether its client has not read on for so long that others may have its place."""
        return self.blocked is not None and now - self.blocked >= limits.STALL

    def idleness(self, now: float) -> tuple[int, float]:
        """Return how little a connection would be missed: the greater, the less."""
        if not self.answering:
            return (3, now - self._since)
        if self.blocked is not None:
            return (2, now - self.blocked)
        return (1, now - self._since) if self.streaming else AT_WORK

    def begin(self) -> None:
        """Note that a request is being answered."""
        self.answering = True
        self._since = self._loop.time()

    def cut(self) -> None:
        """Close it without sending what waits, here and in the system."""
        if self.transport is not None:
            sock = self.transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.transport.abort()

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        if self.transport is not None:
            self.transport.set_write_buffer_limits(high=_BUFFER)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        if self._patience is not None:
            self._patience.cancel()
        self._registry.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, unless it is a flood."""
        if self.most_at_once is not None and len(data) > self.most_at_once:
            self.cut()
        else:
            super().data_received(data)

    def pause_writing(self) -> None:
        """Note that the client does not read on."""
        super().pause_writing()
        self.blocked = self._loop.time()
        self._patience = self._loop.call_later(limits.PATIENCE, self.cut)

    def resume_writing(self) -> None:
        """Note that it does."""
        if self._patience is not None:
            self._patience.cancel()
        self.blocked = None
        super().resume_writing()
        if self.reads_on is not None:
            self.reads_on()

    # What aiohttp tells

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer, or the rest of it."""
        if isinstance(resp, web.HTTPError):
            errors.as_json(path_of(request), resp)
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self.answering = self.streaming = False
            self.reads_on = None
            self._since = self._loop.time()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no request, and what failed; raises ConnectionError where an answer has begun."""
        malformed = status == web.HTTPBadRequest.status_code
        super().handle_error(request, status, exc or sys.exc_info()[1], message)
        return refusal(request, 400, MALFORMED) if malformed else refusal(request, 500, FAILED)


def connection_of(request: web.BaseRequest) -> Connection:
    """Return the connection that a request came by."""
    connection = request.protocol
    assert isinstance(connection, Connection)
    return connection


@web.middleware
async def answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note that a request is being answered."""
    connection_of(request).begin()
    return await handler(request)


async def hardened(_request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every answer has, when it is prepared."""
    harden(response)
