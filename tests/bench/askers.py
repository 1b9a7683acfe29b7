"""`python -m tests.bench.askers URL CLIENTS SECONDS CODING`: clients that ask for a URL again and again.

Each asks again as soon as it has read the whole answer. Prints the seconds of each answer, one a line.
"""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter

import aiohttp


async def main(url: str, clients: int, seconds: float, coding: str) -> None:
    """Ask until the time is over; what is under way is read to its end."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        end = perf_counter() + seconds
        found = await asyncio.gather(*(_client(session, url, coding, end) for _ in range(clients)))
    for latency in sorted(latency for each in found for latency in each):
        sys.stdout.write(f"{latency}\n")


async def _client(session: aiohttp.ClientSession, url: str, coding: str, end: float) -> list[float]:
    found = []
    while (start := perf_counter()) < end:
        async with session.get(url, headers={"Accept-Encoding": coding}) as answer:
            answer.raise_for_status()
            async for _ in answer.content.iter_any():
                pass
        found.append(perf_counter() - start)
    return found


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
