"""GET /metrics: one consistent moment of each cluster, streamed in blocks, compressed already."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, cast

from aiohttp import web
from prometheus_client import generate_latest as as_text
from prometheus_client.openmetrics.exposition import generate_latest as as_openmetrics

from astrolabe import tracing
from astrolabe.api.negotiation import accepts_gzip, prefers_openmetrics
from astrolabe.api.state import State
from astrolabe.metrics.clusters import Families, TelemetryOfAll, Told, together
from astrolabe.metrics.process import ProcessTelemetry
from astrolabe.metrics.snapshot import Piece, Snapshot, Text, gzipped, plain
from astrolabe.scheduling.scheduler import Scheduler

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

TIMEOUT = 120.0
"""Seconds after which a client that still has not read everything is let go."""
_FLUSH = 1 << 16


class Scraped(Protocol):
    """What a scrape is made of."""

    @property
    def scheduler(self) -> Scheduler:
        """Shares the event loop."""
        ...

    @property
    def process(self) -> ProcessTelemetry:
        """Is told how long scrapes take."""
        ...

    def states(self, request: web.Request) -> Sequence[State]:
        """Return the clusters that a request may see."""
        ...

    def own(self, request: web.Request, names: Collection[str]) -> Families:
        """Return the program's own families of some names, all for no names, as a request may see them."""
        ...


class OfOne:
    """One cluster is scraped."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.scheduler = state.scheduler
        self.process = state.telemetry.process

    def states(self, _request: web.Request) -> Sequence[State]:
        """See `Scraped`."""
        return (self._state,)

    def own(self, _request: web.Request, names: Collection[str]) -> Families:
        """See `Scraped`."""
        telemetry = self._state.telemetry.restricted(names)
        return TelemetryOfAll([Told(self._state.cluster, telemetry)]) if self._state.cluster else telemetry


class Scraper:
    """Serves the graph's families, the program's own, or both."""

    def __init__(self, scraped: Scraped, *, graph: bool, telemetry: bool) -> None:
        self._scraped = scraped
        self._graph = graph
        self._telemetry = telemetry
        self._readers = asyncio.Lock()

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """Serve text or OpenMetrics as the client prefers; `kind[]` and `name[]` restrict it."""
        start = perf_counter()
        openmetrics = prefers_openmetrics(request.headers.get("Accept", ""))
        kinds = frozenset(request.query.getall("kind[]", ()))
        names = frozenset(request.query.getall("name[]", ()))
        states = self._scraped.states(request)
        with tracing.span("snapshot"):
            taken = await _taken(states)
        if states and not taken:
            raise web.HTTPInternalServerError(text="an internal error, see the log\n")
        snapshot = together([snapshot for _, snapshot in taken])

        def pieces() -> Iterator[Piece]:
            if self._graph:
                yield from snapshot.pieces(openmetrics=openmetrics, names=names, kinds=kinds)
            if self._telemetry and not kinds:
                yield Text(self._own(request, names, openmetrics=openmetrics))
            elif openmetrics:
                yield Text(b"# EOF\n")

        response = web.StreamResponse(
            headers={
                "Content-Type": OPENMETRICS if openmetrics else TEXT,
                "Vary": "Accept, Accept-Encoding",
            }
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
                    await _write(response, body, self._readers, self._scraped.scheduler)
                await response.write_eof()
        except (TimeoutError, ConnectionError):
            # A client that left or stalls is its own affair; it harms nobody.
            if request.transport is not None:
                request.transport.abort()
        for state, each in taken:
            state.telemetry.exposed(each)
        self._scraped.process.scraped(perf_counter() - start)
        return response

    def _own(self, request: web.Request, names: Collection[str], *, openmetrics: bool) -> bytes:
        """Render the program's own families; without them, rather than not at all, where that fails."""
        try:
            families = self._scraped.own(request, names)
            # Of a registry no more is used than its families.
            return (as_openmetrics if openmetrics else as_text)(cast("CollectorRegistry", families))
        except Exception as error:  # noqa: BLE001  (whatever it is, the graph's families are served)
            for state in self._scraped.states(request):
                state.telemetry.faults.note("telemetry", error)
            return b"# EOF\n" if openmetrics else b""


async def _taken(states: Sequence[State]) -> list[tuple[State, Snapshot]]:
    """Take a moment of each; one that fails is left out, which is told already."""
    found = await asyncio.gather(*(each.exposition.snapshot() for each in states), return_exceptions=True)
    return [
        (state, snapshot)
        for state, snapshot in zip(states, found, strict=True)
        if isinstance(snapshot, Snapshot)
    ]


async def _write(
    response: web.StreamResponse, body: Iterator[bytes], readers: asyncio.Lock, scheduler: Scheduler
) -> None:
    """Write in pieces of some 64 KB, with others in between however fast the client reads.

    Clients prepare their pieces one at a time: twenty at once take as long as twenty in a row. Among all that
    takes turns they count as one, so that what comes next is ready in time however many there are.
    """
    while True:
        async with readers, scheduler:
            piece = _next(body, scheduler)
        if piece is None:
            return
        if piece:
            await response.write(piece)


def _next(body: Iterator[bytes], scheduler: Scheduler) -> bytes | None:
    """Return what comes next, up to the size of a piece or the end of a turn; None at the end."""
    parts: list[bytes] = []
    size = 0
    for part in body:
        parts.append(part)
        size += len(part)
        if size >= _FLUSH or scheduler.over:
            break
    else:
        if not parts:
            return None
    return b"".join(parts)
