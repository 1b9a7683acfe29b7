"""How fast the whole graph is read over HTTP while events come. `python -m tests.bench.api` runs it alone."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable
from statistics import median, quantiles
from time import perf_counter, process_time, thread_time

import aiohttp

from tests.bench.budget import Figure, table
from tests.bench.outside import following
from tests.bench.progress import say

SIZE = 10_000
RATE = 200
CLIENTS = 16
SECONDS = 15.0
SPANS = 5
HOLD_UP = 20.0
"""Milliseconds for which the writer may be held up, as by readers of metrics."""
_PORT = 18097


async def reading() -> AsyncIterator[Figure]:
    """Yield the latencies of clients that read the whole graph, and what the writer feels of them."""
    say(f"reading the graph of {SIZE} objects while {RATE} events come a second")
    async with following(SIZE, RATE, _PORT):
        # Once events come as one a time, and not what the lists left behind.
        await asyncio.sleep(2)
        url = f"http://127.0.0.1:{_PORT}/api/v1/graph"
        idle = await _pulse(asyncio.sleep(SECONDS))
        async with aiohttp.ClientSession() as session:
            start = perf_counter()
            async with session.get(url) as answer:
                size = len(await answer.read())
            say(f"the first answer of {size / 1e6:.1f} MB took {perf_counter() - start:.2f} s")
        for coding, middle, slow, processor in (("gzip", 50, 150, 3), ("identity", 300, 600, 15)):
            found: list[float] = []
            spent = process_time()
            gaps = await _pulse(_ask(url, coding, found))
            spent = process_time() - spent
            cuts = quantiles(found, n=100)
            say(f"{len(found)} answers, {coding}; without readers the writer waits {_p999(idle):.1f} ms")
            name = f"graph of {SIZE} objects, {CLIENTS} readers, {coding}"
            yield Figure(f"{name}: p50", "ms", 1e3 * cuts[49], middle)
            yield Figure(f"{name}: p99", "ms", 1e3 * cuts[98], slow)
            yield Figure(f"{name}: processor time of an answer", "ms", 1e3 * spent / len(found), processor)
            name = f"the writer's wait for its turn meanwhile, {coding}: p99.9"
            yield Figure(name, "ms", _p999(gaps), HOLD_UP)


async def _ask(url: str, coding: str, found: list[float]) -> None:
    command = (sys.executable, "-m", "tests.bench.askers", url, str(CLIENTS), str(SECONDS), coding)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    found += map(float, output.split())


async def _pulse(work: Awaitable[object]) -> list[float]:
    """Do something; return how long the event loop computed before it came round, each time, in seconds.

    Processor time: what others on the machine take counts for nothing.
    """
    gaps: list[float] = []

    async def feel() -> None:
        while True:
            start = thread_time()
            await asyncio.sleep(0.001)
            gaps.append(thread_time() - start)

    feeling = asyncio.create_task(feel())
    await work
    feeling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await feeling
    return gaps


def _p999(gaps: list[float]) -> float:
    """Return a time that one in a thousand exceeds, in milliseconds: the median over spans of the run.

    What the machine does to one span, so near the edge, would else be the figure.
    """
    span = len(gaps) // SPANS
    return 1e3 * median(quantiles(gaps[i * span : (i + 1) * span], n=1000)[998] for i in range(SPANS))


async def _main() -> int:
    figures = [figure async for figure in reading()]
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
