"""What following the changes costs: `python -m tests.bench.changes` measures it alone.

`python -m tests.bench.changes URL CLIENTS SECONDS` is the clients: it prints when which event came, to all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from statistics import quantiles
from time import perf_counter, thread_time
from urllib.parse import urlsplit

from astrolabe.application import Application
from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from tests.bench import outside
from tests.bench.budget import Figure, table
from tests.bench.outside import RATE, _Pulse
from tests.bench.progress import say

SIZE = 10_000
CLIENTS = 200
SECONDS = 15
_PORT = 18096
_ID = re.compile(rb"\nid: [0-9a-f]+-([0-9]+)\n")
_LONGEST = 40
"""Bytes that an id takes at most."""


class Departures(Follower):
    """When the oldest change of each event happened; both processes read the same clock."""

    def __init__(self, application: Application) -> None:
        self._feed = application.feed
        self._oldest: float | None = None
        self.changes = 0
        self.times: dict[int, float] = {}
        self._told = self._feed.told
        self._feed.told = self._leave
        application.bus._all.insert(0, ("changes", self))

    def lost(self) -> None:
        """Miss nothing: it cannot fail."""

    def follow(self, _delta: Delta) -> None:
        self.changes += 1
        if self._oldest is None:
            self._oldest = perf_counter()

    def _leave(self) -> None:
        assert self._oldest is not None
        self.times[self._feed.history.last] = self._oldest
        self._oldest = None
        self._told()


async def following() -> AsyncIterator[Figure]:
    """Yield how late subscribers hear of changes, and what the writer feels of them."""
    say(f"following {RATE} events a second at {SIZE} objects, {CLIENTS} subscribers")
    async with outside.following(SIZE, RATE, _PORT) as application:
        # Once events come one at a time, and not what the lists left behind.
        await asyncio.sleep(2)
        departures = Departures(application)
        alone, longest = await _measured(departures)
        say(f"without subscribers: {1e6 * alone:.0f} µs a change, longest hold-up {1000 * longest:.1f} ms")
        clients = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.bench.changes", f"http://127.0.0.1:{_PORT}/api/v1/changes"),
            *(str(CLIENTS), str(SECONDS + 3)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert clients.stdout is not None
        assert await clients.stdout.readline() == b"connected\n"
        first = application.feed.history.last + 1
        with_them, longest = await _measured(departures)
        last = application.feed.history.last
        arrivals = json.loads(await clients.stdout.read())
        await clients.wait()
        lags = [
            arrived - departures.times[number]
            for number in range(first + 1, last)
            for arrived in arrivals[str(number)]
        ]
        assert len(lags) == CLIENTS * (last - first - 1), "somebody does not keep up"
        cuts = quantiles(lags, n=100)
        say(f"{last - first} events, lag p50 {1000 * cuts[49]:.0f} ms; {1e6 * with_them:.0f} µs a change")
        yield Figure(f"changes to {CLIENTS} subscribers, from the oldest, p99", "ms", 1000 * cuts[98], 150)
        yield Figure(f"longest hold-up of the writer by {CLIENTS} subscribers", "ms", 1000 * longest, 20)
        yield Figure(f"CPU of a change with {CLIENTS} subscribers against none", "x", with_them / alone, 1.5)


async def _measured(departures: Departures) -> tuple[float, float]:
    """Return the processor time that a change costs all in all, and the loop's longest turn, in seconds."""
    pulse = _Pulse()
    feeling = asyncio.create_task(pulse.feel())
    used, changes = thread_time(), departures.changes
    await asyncio.sleep(SECONDS)
    cost = (thread_time() - used) / (departures.changes - changes)
    feeling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await feeling
    return cost, pulse.held


class _Client(asyncio.Protocol):
    """Notes when which event came, and does nothing else: its process is to be no bottleneck."""

    def __init__(self, path: str, arrivals: dict[int, list[float]]) -> None:
        self._request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._arrivals = arrivals
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        data = self._rest + data
        end = 0
        for found in _ID.finditer(data):
            self._arrivals[int(found[1])].append(now)
            end = found.end()
        self._rest = data[max(end, len(data) - _LONGEST) :]


async def subscribe(url: str, clients: int, seconds: float) -> None:
    """Read streams for some seconds and note when the events came."""
    parts = urlsplit(url)
    arrivals: dict[int, list[float]] = defaultdict(list)
    assert parts.hostname is not None
    assert parts.port is not None
    host, port = parts.hostname, parts.port
    loop = asyncio.get_running_loop()
    for _ in range(clients):
        await loop.create_connection(lambda: _Client(parts.path, arrivals), host, port)
    await asyncio.sleep(1)
    sys.stdout.write("connected\n")
    sys.stdout.flush()
    await asyncio.sleep(seconds)
    sys.stdout.write(json.dumps(arrivals))


async def _main() -> None:
    sys.stdout.write(table([figure async for figure in following()]) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(subscribe(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
    else:
        asyncio.run(_main())
