"""What one client may take: header sizes, idle time, and how many are answered at once.

Connections that have not sent a whole request within `IDLE` are closed, the first request included.
"""

from __future__ import annotations

import logging
from typing import TypedDict

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

REQUESTS_AT_ONCE = 40
"""Requests that are answered at once on all ports, scrapes, health checks and streams apart."""
REQUESTS_WAITING = 200
"""Requests that wait for one of these places."""
WAIT = 15.0
"""Seconds that they wait; longer than a client may stall."""
SCRAPES = 32
"""Scrapes at once from which on those are let go whose clients stall."""
IDLE = 75.0
"""Seconds that a connection may wait for its next request; longer than any sensible scrape interval."""
STALL = 5.0
"""Seconds without reading on, after which a client's place goes to somebody who waits for one."""
PATIENCE = 120.0
"""Seconds without reading on, after which a client is let go, whoever waits."""
HANDSHAKE = 10.0
"""Seconds that a client has to say hello with HTTPS."""
CONNECTIONS = 512
"""Connections on all ports, fewer where the process may open fewer than twice as many files."""
STREAM = "/api/v1/changes"
SOCKET = "/api/v1/changes/ws"
STREAMS = frozenset({STREAM, SOCKET})
"""What is answered for minutes, and counts its clients itself."""
GRAPHQL = "/api/v1/graphql"
"""What takes a body."""
GRAPHQL_TOO = "/graphql"
"""The same, at the path where tools for GraphQL look for it."""
BODY_BYTES = 1 << 14
"""Bytes of a body."""
BODY_SECONDS = 5.0
"""Seconds that a client has to send it."""
SCRAPE = "/metrics"
"""What has places of its own."""
RETRY_AFTER = 5
"""Seconds after which who was turned away may come again."""


class HttpOptions(TypedDict):
    """Limits of aiohttp's server."""

    max_line_size: int
    max_field_size: int
    max_headers: int
    keepalive_timeout: float
    lingering_time: float
    auto_decompress: bool
    logger: logging.Logger


def server_options() -> HttpOptions:
    """Return the limits that aiohttp enforces."""
    logger = logging.getLogger(__name__)
    logger.addFilter(_ours)
    return HttpOptions(
        max_line_size=8190,
        max_field_size=8190,
        max_headers=128,
        keepalive_timeout=IDLE,
        # A body that nobody asked for is read for so long, for its sender to hear the answer; never unpacked.
        lingering_time=1.0,
        auto_decompress=False,
        logger=logger,
    )


def _ours(record: logging.LogRecord) -> bool:
    """Whether a fault is ours. A malformed request is answered with 400, and may hold credentials."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


@web.middleware
async def no_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a GET that carries something; what is posted is for `posted`, and nowhere else for anybody."""
    if request.body_exists and request.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
        refusal = web.HTTPRequestEntityTooLarge(0, 0, text="no body is taken\n")
        refusal.force_close()
        raise refusal
    return await handler(request)
