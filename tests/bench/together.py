"""Everybody at once: half of the readers and of the subscribers over each way to ask and to follow.

`python -m tests.bench.together` runs it alone.
`python -m tests.bench.together URL SECONDS` is the clients: it prints when events came, what answers took.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from statistics import quantiles
from time import perf_counter
from urllib.parse import urlsplit

import aiohttp

from tests.bench.api import HOLD_UP, RATE, _p999, _pulse
from tests.bench.budget import Figure, table
from tests.bench.changes import Departures
from tests.bench.outside import following
from tests.bench.progress import say

SIZE = 10_000
READERS = 16
"""Half read the graph, half ask in GraphQL."""
SUBSCRIBERS = 200
"""Half follow the event stream, half a WebSocket; of these, half a part of the graph."""
SECONDS = 15.0
_PORT = 18095
_LONGEST = 60
"""Bytes that an id takes at most, with what stands around it."""
_EVENT = re.compile(rb"\nid: [0-9a-f]+-([0-9]+)\n")
_MESSAGE = re.compile(rb'"event":"change","id":"[0-9a-f]+-([0-9]+)"')
_QUERY = """{
  objects(kind: ["Pod"], first: 100) { objects { id status relations(first: 5) { relations { type } } } }
  costs(first: 100) { costs { id hourly } }
}"""
_HEAD = "GET {path} HTTP/1.1\r\nHost: localhost\r\n"
_UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


async def together() -> AsyncIterator[Figure]:
    """Yield how late subscribers hear and how long readers wait, and what the writer feels of all of them."""
    say(f"{READERS} readers and {SUBSCRIBERS} subscribers of {SIZE} objects at {RATE} events a second")
    async with following(SIZE, RATE, _PORT) as application:
        # Once events come one at a time, and not what the lists left behind.
        await asyncio.sleep(2)
        departures = Departures(application)
        clients = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.bench.together", f"http://127.0.0.1:{_PORT}", str(SECONDS + 3)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert clients.stdout is not None
        assert await clients.stdout.readline() == b"connected\n"
        first = application.feed.history.last + 1
        gaps = await _pulse(asyncio.sleep(SECONDS))
        last = application.feed.history.last
        told = json.loads(await clients.stdout.read())
        await clients.wait()
    missed = 0
    every = {"events": SUBSCRIBERS // 2, "messages": SUBSCRIBERS // 4}
    for way, count in every.items():
        lags = [
            arrived - departures.times[number]
            for number in range(first + 1, last)
            for arrived in told[way].get(str(number), ())
        ]
        missed += count * (last - first - 1) - len(lags)
        name = "the event stream" if way == "events" else "a WebSocket"
        yield Figure(
            f"{SUBSCRIBERS} subscribers and {READERS} readers at once: {name}, from the oldest change, p99",
            "ms",
            1e3 * quantiles(lags, n=100)[98],
            150,
        )
    say(f"{len(told['graph'])} answers of the graph, {len(told['graphql'])} in GraphQL")
    for way, name, slow in (("graph", "the graph, gzip", 150), ("graphql", "an answer in GraphQL", 600)):
        latency = 1e3 * quantiles(told[way], n=100)[98]
        yield Figure(f"the same: {name}, p99", "ms", latency, slow)
    yield Figure("the same: events that a subscriber was not sent in time", "", missed, 0)
    yield Figure("the same: the writer's wait for its turn, p99.9", "ms", _p999(gaps), HOLD_UP)


class _Subscriber(asyncio.Protocol):
    """Notes when which event came, and does nothing else: its process is to be no bottleneck."""

    def __init__(self, request: str, pattern: re.Pattern[bytes], arrivals: dict[int, list[float]]) -> None:
        self._request = request
        self._pattern = pattern
        self._arrivals = arrivals
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(f"{self._request}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        data = self._rest + data
        end = 0
        for found in self._pattern.finditer(data):
            self._arrivals[int(found[1])].append(now)
            end = found.end()
        self._rest = data[max(end, len(data) - _LONGEST) :]


async def _clients(url: str, seconds: float) -> None:
    """Follow and read for some seconds."""
    parts = urlsplit(url)
    events, messages, some = (defaultdict[int, list[float]](list) for _ in range(3))
    stream = _HEAD.format(path="/api/v1/changes")
    socket = _HEAD.format(path="/api/v1/changes/ws") + _UPGRADE
    part = _HEAD.format(path="/api/v1/changes/ws?kind=Pod&kind=Node") + _UPGRADE
    loop = asyncio.get_running_loop()
    for number in range(SUBSCRIBERS):
        request, pattern, arrivals = (
            (stream, _EVENT, events),
            (socket, _MESSAGE, messages),
            (stream, _EVENT, events),
            (part, _MESSAGE, some),
        )[number % 4]
        await loop.create_connection(
            lambda r=request, p=pattern, a=arrivals: _Subscriber(r, p, a),  # type: ignore[misc]
            parts.hostname,
            parts.port,
        )
    took: dict[str, list[float]] = {"graph": [], "graphql": []}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), auto_decompress=False
    ) as session:
        # The first answers make what later ones share.
        for way in took:
            await _ask(session, url, way)
        sys.stdout.write("connected\n")
        sys.stdout.flush()
        end = perf_counter() + seconds
        await asyncio.gather(
            *(_read(session, url, ("graph", "graphql")[n % 2], took, end) for n in range(READERS))
        )
    sys.stdout.write(json.dumps({"events": events, "messages": messages, **took}))


async def _read(
    session: aiohttp.ClientSession, url: str, way: str, took: dict[str, list[float]], end: float
) -> None:
    while (start := perf_counter()) < end:
        await _ask(session, url, way)
        took[way].append(perf_counter() - start)


async def _ask(session: aiohttp.ClientSession, url: str, way: str) -> None:
    body = {"json": {"query": _QUERY}} if way == "graphql" else {}
    method = "POST" if body else "GET"
    async with session.request(
        method, f"{url}/api/v1/{way}", headers={"Accept-Encoding": "gzip"}, **body
    ) as answer:
        answer.raise_for_status()
        async for _ in answer.content.iter_any():
            pass


async def _main() -> int:
    figures = [figure async for figure in together()]
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_clients(sys.argv[1], float(sys.argv[2])))
    else:
        sys.exit(asyncio.run(_main()))
