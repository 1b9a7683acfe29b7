"""How long a scrape takes beside readers who stall and readers who read.

`python -m tests.bench.crowd` runs it alone.
`python -m tests.bench.crowd URL` is the crowd: it ends with its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from statistics import quantiles
from time import perf_counter

import aiohttp

from tests.bench.budget import Figure, table
from tests.bench.outside import api_server, exporter
from tests.bench.progress import say

SIZE = 10_000
RATE = 200
STALLED = 200
READERS = 100
SCRAPES = 200
MIDDLE = 100.0
SLOW = 1000.0
"""Milliseconds that a scrape may take in the crowd; Prometheus waits for ten seconds."""
_REST = 0.1
"""Seconds between two scrapes."""
_BEFORE = 2.0
"""Seconds that the crowd has to come."""


async def crowded() -> AsyncIterator[Figure]:
    """Yield how much longer scrapes take in a crowd."""
    say(f"scraping {SIZE} objects beside {STALLED} stalled readers and {READERS} that read the graph")
    with api_server(SIZE, RATE) as kubeconfig:
        async with exporter(kubeconfig) as (_, url), aiohttp.ClientSession(auto_decompress=False) as session:
            await _scrape(session, url)
            alone = [await _scrape(session, url) for _ in range(SCRAPES)]
            crowd = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.crowd", url, stdin=asyncio.subprocess.PIPE
            )
            await asyncio.sleep(_BEFORE)
            among = [await _scrape(session, url) for _ in range(SCRAPES)]
            assert crowd.stdin is not None
            crowd.stdin.close()
            await crowd.wait()
    alone_cuts, cuts = quantiles(alone, n=100), quantiles(among, n=100)
    say(
        f"alone p50 {1e3 * alone_cuts[49]:.1f} ms, p99 {1e3 * alone_cuts[98]:.1f} ms;"
        f" in the crowd p50 {1e3 * cuts[49]:.1f} ms, p99 {1e3 * cuts[98]:.1f} ms"
    )
    name = f"scrape of {SIZE} objects beside {STALLED} stalled readers and {READERS} of the graph"
    yield Figure(f"{name}: p50", "ms", 1e3 * cuts[49], MIDDLE)
    yield Figure(f"{name}: p99", "ms", 1e3 * cuts[98], SLOW)


async def _scrape(session: aiohttp.ClientSession, url: str) -> float:
    await asyncio.sleep(_REST)
    start = perf_counter()
    async with session.get(f"{url}/metrics", headers={"Accept-Encoding": "gzip"}) as answer:
        answer.raise_for_status()
        async for _ in answer.content.iter_any():
            pass
    return perf_counter() - start


async def _come(url: str) -> None:
    """Be the crowd."""
    host, _, port = url.removeprefix("http://").partition(":")
    stalled = []
    loop = asyncio.get_running_loop()

    async def stall(number: int) -> None:
        sock = socket.socket()
        stalled.append(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, (host, int(port)))
        path = ("/metrics", "/api/v1/graph")[number % 2]
        await loop.sock_sendall(sock, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())

    async def read(session: aiohttp.ClientSession, number: int) -> None:
        coding = ("gzip", "identity")[number % 2]
        while True:
            async with session.get(f"{url}/api/v1/graph", headers={"Accept-Encoding": coding}) as answer:
                async for _ in answer.content.iter_any():
                    pass

    connector = aiohttp.TCPConnector(limit=0)
    await asyncio.gather(*map(stall, range(STALLED)))
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        reading = [asyncio.create_task(read(session, number)) for number in range(READERS)]
        await asyncio.to_thread(sys.stdin.read)
        for task in reading:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*reading, return_exceptions=True)


async def _main() -> int:
    figures = [figure async for figure in crowded()]
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_come(sys.argv[1]))
    else:
        sys.exit(asyncio.run(_main()))
