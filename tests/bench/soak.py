"""`make soak MINUTES=10`: the whole program under load for a while; afterwards it must be as it was.

500 creates, updates and deletes a second, a scrape a second, gzip and plain in turn, and an API server that
restarts now and then. Then the graph's metrics must be those of a fresh process, and nothing may have piled
up. Exits 1 where something does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import zlib
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import monotonic
from typing import NamedTuple

import aiohttp

from tests.api.exporter import kubeconfig
from tests.bench.budget import Figure, table
from tests.bench.progress import say
from tests.bench.trend import trend
from tests.ports import free_port

SIZE = 4000
RATE = 500.0
PERIOD = 150.0
"""Seconds between restarts of the API server: after two healthy minutes pauses are short again. A run of less
than ten minutes has three nevertheless: the first list after a restart belongs to getting warm."""
WARM = 1 / 3
"""The part of a run in which memory is still finding its level."""
HELD = 1.02
"""Times what a fresh process holds for the same objects: tables that were cut and glued are less full."""
GROWTH = 1.0
"""Per cent an hour."""
LONG = 30.0
"""Minutes of a line that can tell so little; in shorter runs the blocks in use tell of leaks."""
_IDLE = 20
"""Seconds after which connections that nobody needs are closed."""
_PATIENCE = 120
_SLOW_SCRAPE = 10
_EVENTS = "astrolabe_watch_events_total{"


class Taken(NamedTuple):
    """What a process takes at one moment."""

    resident: float
    """MiB."""
    threads: int
    files: int
    """Open file descriptors, sockets among them."""

    @classmethod
    def by(cls, pid: int) -> Taken:
        """Look."""
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
        values = {name: int(status.split(f"{name}:")[1].split()[0]) for name in ("VmRSS", "Threads")}
        return cls(
            values["VmRSS"] / 1024, values["Threads"], sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        )


class Exporter(NamedTuple):
    """A process that serves."""

    process: Process
    url: str
    itself: str
    """URL of what it says of itself."""
    told: Path
    """Where it writes what it holds."""

    async def events(self) -> int:
        """How many events it was told of by watches."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.itself}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return int(sum(float(line.split()[-1]) for line in lines if line.startswith(_EVENTS)))

    def taken(self) -> Taken:
        return Taken.by(self.process.pid)

    async def held(self) -> int:
        """How many blocks of memory its objects take, without garbage and caches."""
        self.told.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(_PATIENCE):
            while not self.told.exists():  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.1)
        return int(self.told.read_text())

    async def metrics(self, coding: str) -> bytes:
        """Scrape over a connection of its own, as text; raises `aiohttp.ClientError` and `TimeoutError`."""
        headers = {"Accept-Encoding": coding, "Connection": "close"}
        async with (
            asyncio.timeout(_SLOW_SCRAPE),
            aiohttp.ClientSession(auto_decompress=False, raise_for_status=True) as session,
            session.get(f"{self.url}/metrics", headers=headers) as answer,
        ):
            body = await answer.read()
            return zlib.decompress(body, 31) if coding == "gzip" else body


@contextlib.asynccontextmanager
async def exporter(config: Path) -> AsyncIterator[Exporter]:
    """Run `astrolabe serve` from when it is ready; what it says of itself is on another port."""
    port, telemetry = free_port(), free_port()
    url, itself = (f"http://127.0.0.1:{each}" for each in (port, telemetry))
    flags = [f"--kubeconfig={config}", f"--port={port}", f"--telemetry-port={telemetry}"]
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "held"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.observed", str(told), "serve", *flags),
            stderr=DEVNULL,
            env={**os.environ, "KUBECONFIG": ""},
        )
        try:
            async with asyncio.timeout(_PATIENCE), aiohttp.ClientSession() as session:
                while not await _ready(session, url):  # noqa: ASYNC110  (another process)
                    await asyncio.sleep(0.2)
            yield Exporter(process, url, itself, told)
        finally:
            process.terminate()
            await process.wait()


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError):
        async with session.get(f"{url}/readyz") as answer:
            return answer.ok
    return False


class ApiServer:
    """`tests.bench.churn` in a process of its own."""

    def __init__(self, process: Process, config: Path) -> None:
        self._process = process
        self.config = config

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls, period: float) -> AsyncIterator[ApiServer]:
        """Run it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.churn", str(SIZE), str(RATE), str(period)),
            stdin=PIPE,
            stdout=PIPE,
        )
        with tempfile.TemporaryDirectory() as folder:
            try:
                yield cls(process, kubeconfig(Path(folder), await cls._line(process)))
            finally:
                process.terminate()
                await process.wait()

    def begin(self) -> None:
        """Let objects change."""
        self._say()

    async def end(self) -> tuple[int, int, float]:
        """Let nothing change any more; returns events, restarts and seconds."""
        self._say()
        events, restarts, seconds = (await self._line(self._process)).split()
        return int(events), int(restarts), float(seconds)

    def _say(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")

    @staticmethod
    async def _line(process: Process) -> str:
        assert process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            return (await process.stdout.readline()).decode().strip()


async def soak(minutes: float) -> AsyncIterator[Figure]:
    """Yield what must hold after so many minutes."""
    period = min(PERIOD, minutes * 15)
    say(f"starting with {SIZE} objects; the API server restarts every {period:.0f} s")
    async with ApiServer.started(period) as server, exporter(server.config) as long_running:
        for coding in ("gzip", "identity"):
            await long_running.metrics(coding)
        await asyncio.sleep(_IDLE)
        before = long_running.taken()
        say(f"RSS {before.resident:.0f} MiB, {before.threads} threads, {before.files} files; now the load")
        server.begin()
        samples, failed = await _load(long_running, minutes * 60)
        events, restarts, seconds = await server.end()
        told = await long_running.events()
        say(f"{events} events ({told} came by watches), {restarts} restarts, {len(samples)} scrapes")
        yield Figure("events a second", "", events / seconds, 0.98 * RATE, at_least=True)
        yield Figure("restarts of the API server", "", restarts, 1, at_least=True)
        yield Figure("scrapes that failed", "", failed, 0)

        async with exporter(server.config) as fresh:
            yield Figure("lines other than a fresh process's", "", await _differing(long_running, fresh), 0)
            afresh = fresh.taken().resident
            holds, needs = await long_running.held(), await fresh.held()
            say(f"{holds} blocks of memory in use, {needs} in a fresh process")
            say(f"{(holds - needs) / events:.4f} blocks more an event")
            yield Figure("blocks of memory against a fresh process's", "x", holds / needs, HELD)
        after = await _calm(long_running, before)
        yield Figure("threads more than before", "", after.threads - before.threads, 0)
        yield Figure("sockets and files more than before", "", after.files - before.files, 0)

        steady = samples[int(len(samples) * WARM) :]
        level = median(resident for _, resident in steady[: len(steady) // 5])
        yield Figure("memory afterwards against when it was warm", "x", after.resident / level, 1.05)
        slope, error = trend(steady).an_hour()
        span = (steady[-1][0] - steady[0][0]) / 60
        say(
            f"RSS {before.resident:.0f} MiB at first, {level:.0f} warm, {after.resident:.0f} afterwards,"
            f" {afresh:.0f} in a fresh process"
        )
        say(f"RSS grows by {slope:+.1f} ± {error:.1f} % an hour (95 %, from {span:.1f} minutes)")
        if span < LONG:
            say(f"too short to hold it to {GROWTH:g} %: caches and the heap fill for a while")
            return
        name = f"memory's growth an hour, at least (line over {span:.1f} min: {slope:+.1f} ± {error:.1f} %)"
        yield Figure(name, "%", max(0.0, slope - error), GROWTH)


async def _load(exporter: Exporter, seconds: float) -> tuple[list[tuple[float, float]], int]:
    """Scrape every second; return when, with how much memory, and how many scrapes failed."""
    start = told = monotonic()
    samples: list[tuple[float, float]] = []
    failed = number = 0
    while (now := monotonic() - start) < seconds:
        try:
            await exporter.metrics(("gzip", "identity")[number % 2])
        except (aiohttp.ClientError, TimeoutError) as error:
            failed += 1
            say(f"a scrape failed: {error!r}")
        number += 1
        samples.append((now, (taken := exporter.taken()).resident))
        if monotonic() - told > 60:
            told = monotonic()
            say(f"RSS {taken.resident:.1f} MiB, {taken.threads} threads, {taken.files} files")
        await asyncio.sleep(max(0.0, start + number - monotonic()))
    return samples, failed


async def _differing(exporter: Exporter, fresh: Exporter) -> int:
    """Count the lines that only one of both says, once the API server's last restart has been got over."""
    expected = await fresh.metrics("identity")
    deadline = monotonic() + 60
    while True:
        said = await exporter.metrics("gzip")
        if said == expected:
            return 0
        if monotonic() > deadline:
            # Another order of the same lines counts as well.
            return max(1, len(set(said.splitlines()) ^ set(expected.splitlines())))
        await asyncio.sleep(1)


async def _calm(exporter: Exporter, before: Taken) -> Taken:
    """Wait until idle connections are closed, and look."""
    deadline = monotonic() + 60
    while True:
        taken = exporter.taken()
        if (taken.threads <= before.threads and taken.files <= before.files) or monotonic() > deadline:
            return taken
        await asyncio.sleep(1)


async def _figures(minutes: float) -> list[Figure]:
    return [figure async for figure in soak(minutes)]


def main() -> int:
    """Soak, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    figures = asyncio.run(_figures(parser.parse_args().minutes))
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
