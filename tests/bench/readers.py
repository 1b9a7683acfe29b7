"""`python -m tests.bench.readers URL CLIENTS`: clients that scrape at once, each in its own manner."""

from __future__ import annotations

import asyncio
import sys

import aiohttp

ROUNDS = 3
_FILTERS = ("", "?kind[]=Pod", "?name[]=astrolabe_edge_info", "?kind[]=Pod&kind[]=Node")


async def main(url: str, clients: int) -> None:
    """Scrape in rounds; the last fifth of the clients read slowly, and one leaves in the middle."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        await asyncio.gather(*(_client(session, url, number, clients) for number in range(clients)))


async def _client(session: aiohttp.ClientSession, url: str, number: int, clients: int) -> None:
    coding = "identity" if number % 4 == 1 else "gzip"
    path = f"{url}/metrics{_FILTERS[number % len(_FILTERS)]}"
    for _ in range(ROUNDS):
        async with session.get(path, headers={"Accept-Encoding": coding}) as answer:
            async for _ in answer.content.iter_chunked(1 << 16):
                if number >= clients * 4 // 5:
                    await asyncio.sleep(0.01)
                if number == clients - 1:
                    break


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
