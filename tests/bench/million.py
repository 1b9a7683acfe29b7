"""`make million`: what a million objects take, in one process and in shards by namespace; a table of figures.

The API server is simulated, and sends each shard what it asks for. `--objects` takes fewer.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import NamedTuple

import aiohttp

from tests.bench.budget import digits
from tests.bench.outside import RATE, api_server, exporter, memory_of
from tests.bench.progress import say

_PATIENCE = 1800.0
_PORT = 18110
_NAMESPACES = "team-{:04}-prod"
"""Names that differ before their last four characters: others would fall to one shard."""
_SCRAPES = 3
_EVENT_SECONDS = 30.0
_MIB = 1 << 20
_TICKS = os.sysconf("SC_CLK_TCK")
_LAG = b"\nastrolabe_event_lag_seconds_"


class Started(NamedTuple):
    """A process that is ready."""

    pid: int
    url: str
    seconds: float
    """Since its start."""


class Answer(NamedTuple):
    """One scrape."""

    seconds: float
    size: int
    """Bytes on the wire."""
    text: bytes


async def started(stack: AsyncExitStack, kubeconfig: Path, shards: int) -> list[Started]:
    """Start all shards at once, and wait until each is ready."""

    async def start(number: int) -> Started:
        flags = (
            () if shards == 1 else ("--shard-by=namespace", f"--shard={number}", f"--total-shards={shards}")
        )
        began = monotonic()
        running = exporter(kubeconfig, *flags, port=_PORT + number, patience=_PATIENCE)
        pid, url = await stack.enter_async_context(running)
        say(f"{number + 1} of {shards} ready after {monotonic() - began:.0f} s")
        return Started(pid, url, monotonic() - began)

    return await asyncio.gather(*map(start, range(shards)))


async def scrape(url: str, encoding: str) -> Answer:
    """Ask for /metrics once."""
    async with aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(300)) as session:
        began = perf_counter()
        async with session.get(f"{url}/metrics", headers={"Accept-Encoding": encoding}) as answer:
            body = await answer.read()
        seconds = perf_counter() - began
    return Answer(seconds, len(body), gzip.decompress(body) if encoding == "gzip" else body)


def lags(text: bytes) -> dict[float, float]:
    """Return how many events were in the graph within so many seconds; all of them under infinity."""
    found = {}
    place = text.find(_LAG + b"bucket")
    while place >= 0:
        line = text[place + 1 : text.index(b"\n", place + 1)]
        found[float(line.split(b'"')[1])] = float(line.rsplit(b" ", 1)[1])
        place = text.find(_LAG + b"bucket", place + 1)
    return found


def spent(pid: int) -> float:
    """Return the seconds of processor time that a process took."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def measured(shards: int, size: int) -> list[dict[str, float]]:
    """Return the figures of each process."""
    say(f"making {size} objects")
    with api_server(size, RATE, _NAMESPACES) as kubeconfig:
        async with AsyncExitStack() as stack:
            processes = await started(stack, kubeconfig, shards)
            rows = [{"ready after (s)": each.seconds} for each in processes]
            for each, row in zip(processes, rows, strict=True):
                for encoding in ("gzip", "identity"):
                    answers = [await scrape(each.url, encoding) for _ in range(_SCRAPES)]
                    name = "gzip" if encoding == "gzip" else "plain"
                    row[f"scrape, {name} (s)"] = median(answer.seconds for answer in answers)
                    row[f"scrape, {name} (MiB)"] = answers[-1].size / _MIB
            say("following events")
            before = [(lags((await scrape(each.url, "gzip")).text), spent(each.pid)) for each in processes]
            await asyncio.sleep(_EVENT_SECONDS)
            for each, row, (known, time) in zip(processes, rows, before, strict=True):
                now = spent(each.pid) - time
                new = lags((await scrape(each.url, "gzip")).text)
                counts = {bound: count - known[bound] for bound, count in new.items()}
                events = max(counts.values())
                row["lag of an event, p99 at most (ms)"] = 1000 * min(
                    bound for bound, count in counts.items() if count >= 0.99 * events
                )
                row["processor time (s a minute)"] = 60 * now / _EVENT_SECONDS
                row["memory (MiB)"], row["memory, peak (MiB)"] = memory_of(each.pid)
            return rows


_SUMMED = {"scrape, gzip (MiB)", "scrape, plain (MiB)", "processor time (s a minute)", "memory (MiB)"}


def table(one: dict[str, float], several: Sequence[dict[str, float]]) -> str:
    """Render both beside each other: of the shards the one that takes most, and all of them."""
    lines = [
        f"| figure | one process | largest of {len(several)} shards | all shards |",
        "| --- | --- | --- | --- |",
    ]
    for name, figure in one.items():
        figures = [row[name] for row in several]
        whole = digits(sum(figures)) if name in _SUMMED else ""
        lines.append(f"| {name} | {digits(figure)} | {digits(max(figures))} | {whole} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.million", description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000_000, help="default: 1000000")
    parser.add_argument("--shards", type=int, default=8, help="default: 8")
    arguments = parser.parse_args()
    (one,) = asyncio.run(measured(1, arguments.objects))
    several = asyncio.run(measured(arguments.shards, arguments.objects))
    sys.stdout.write(table(one, several) + "\n")


if __name__ == "__main__":
    main()
