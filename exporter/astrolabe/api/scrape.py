"""GET /metrics: one consistent moment, streamed in blocks, compressed already."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter

from aiohttp import web
from prometheus_client.exposition import choose_encoder

from astrolabe.api.state import STATE
from astrolabe.metrics.snapshot import Piece, Text, gzipped, plain

TIMEOUT = 120.0
"""Seconds after which a client that still has not read everything is let go."""
TURN = 0.004
"""Seconds of writing before others get their turn."""
_FLUSH = 1 << 16


class Scraper:
    """Serves the graph's families, the program's own, or both."""

    def __init__(self, *, graph: bool, telemetry: bool) -> None:
        self._graph = graph
        self._telemetry = telemetry

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """Serve text or OpenMetrics as the client prefers; `kind[]` and `name[]` restrict it."""
        start = perf_counter()
        state = request.app[STATE]
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        kinds = frozenset(request.query.getall("kind[]", ()))
        names = frozenset(request.query.getall("name[]", ()))
        snapshot = await state.exposition.snapshot()

        def pieces() -> Iterator[Piece]:
            openmetrics = content_type.startswith("application/openmetrics-text")
            if self._graph:
                yield from snapshot.pieces(openmetrics=openmetrics, names=names, kinds=kinds)
            if self._telemetry and not kinds:
                yield Text(encode(state.telemetry.restricted(names)))
            elif openmetrics:
                yield Text(b"# EOF\n")

        response = web.StreamResponse(
            headers={"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
        )
        if accepts_gzip(request.headers.get("Accept-Encoding", "")):
            response.headers["Content-Encoding"] = "gzip"
            body = gzipped(pieces())
        else:
            body = plain(pieces())
        try:
            async with asyncio.timeout(TIMEOUT):
                await response.prepare(request)
                if request.method != "HEAD":
                    await _write(response, body)
                await response.write_eof()
        except (TimeoutError, ConnectionResetError):
            # A client that left or stalls is its own affair; it harms nobody.
            if request.transport is not None:
                request.transport.abort()
        state.telemetry.scraped(snapshot, perf_counter() - start)
        return response


async def _write(response: web.StreamResponse, body: Iterator[bytes]) -> None:
    """Write in pieces of some 64 KB, with turns for others in between however fast the client reads."""
    turn = perf_counter()
    waiting: list[bytes] = []
    size = 0
    for chunk in body:
        waiting.append(chunk)
        size += len(chunk)
        if size >= _FLUSH:
            await response.write(b"".join(waiting))
            waiting.clear()
            size = 0
        if perf_counter() - turn > TURN:
            await asyncio.sleep(0)
            turn = perf_counter()
    if waiting:
        await response.write(b"".join(waiting))


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110): named, or by `*`, and not with weight 0."""
    weights: dict[str, bool] = {}
    for item in header.split(","):
        coding, _, parameters = item.partition(";")
        name, _, weight = parameters.strip().partition("=")
        refused = name.strip().lower() == "q" and not weight.strip().strip("0.")
        weights[coding.strip().lower()] = not refused
    return weights.get("gzip", weights.get("*", False))
