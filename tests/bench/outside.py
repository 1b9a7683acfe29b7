"""What the whole process takes: memory, lag, and how long readers hold up the writer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic, perf_counter, thread_time

import aiohttp

from astrolabe.application import Application
from astrolabe.kube.cluster import connect
from astrolabe.kube.credentials import Kubeconfig
from astrolabe.settings import Settings
from tests.bench.budget import Figure
from tests.bench.progress import say

SCRAPE_SECONDS = 15
SCRAPES = 4
RATE = 500
CLIENTS = 20
_PATIENCE = 300
_BEAT = 0.001


@contextlib.contextmanager
def api_server(size: int, rate: float, *namespaces: str) -> Iterator[Path]:
    """Serve a population; yield a kubeconfig for it."""
    command = [sys.executable, "-m", "tests.bench.server", str(size), str(rate), *namespaces]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().strip()
        kubeconfig = Path(folder) / "kubeconfig"
        named = {
            "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": {"server": url}}],
            "users": [{"name": "bench", "user": {"token": "none"}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
        }
        kubeconfig.write_text(json.dumps(named))
        yield kubeconfig
        process.stdin.close()


@contextlib.asynccontextmanager
async def exporter(
    kubeconfig: Path, *flags: str, port: int = 18099, patience: float = _PATIENCE
) -> AsyncIterator[tuple[int, str]]:
    """Run `astrolabe serve` as a process; yield its pid and URL once it is ready."""
    flags = (f"--kubeconfig={kubeconfig}", f"--port={port}", *flags)
    command = [sys.executable, "-m", "astrolabe", "serve", *flags]
    environment = {**os.environ, "KUBECONFIG": ""}
    process = await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.DEVNULL, env=environment
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(patience), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{url}/readyz") as answer:
                        if answer.ok:
                            break
                await asyncio.sleep(0.2)
        yield process.pid, url
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def following(size: int, rate: float, port: int) -> AsyncIterator[Application]:
    """Run an exporter in this process over a population; yield it once everything is read."""
    with api_server(size, rate) as kubeconfig:
        transport = await connect(Kubeconfig(str(kubeconfig)))
        application = Application(Settings(address="127.0.0.1", port=port), transport)
        stopping = asyncio.Event()
        running = asyncio.create_task(application.run(stopping))
        try:
            while not application.supervisor.ready:  # noqa: ASYNC110  (it tells nobody)
                await asyncio.sleep(0.5)
            yield application
        finally:
            stopping.set()
            await running
            await transport.close()


async def memory(size: int, limit: float) -> AsyncIterator[Figure]:
    """Yield what a process of this size takes, and its peak during the first list."""
    say(f"starting a process with {size} objects")
    with api_server(size, 0) as kubeconfig:
        start = monotonic()
        async with exporter(kubeconfig) as (pid, url), aiohttp.ClientSession() as session:
            say(f"ready after {monotonic() - start:.1f} s; scraping every {SCRAPE_SECONDS} s")
            for _ in range(SCRAPES):
                async with session.get(f"{url}/metrics") as answer:
                    await answer.read()
                await asyncio.sleep(SCRAPE_SECONDS)
            resident, peak = memory_of(pid)
    yield Figure(f"memory (RSS) at {size} objects", "MiB", resident, limit)
    if size >= 100_000:
        yield Figure(f"peak of the first list of {size} objects against steady", "x", peak / resident, 1.3)


async def lag(size: int) -> AsyncIterator[Figure]:
    """Yield the lag of events and the longest hold-up of the writer, with readers at work."""
    say(f"following {RATE} events a second at {size} objects")
    async with following(size, RATE, 18098) as application:
        await asyncio.sleep(5)
        before = _buckets(application)
        await asyncio.sleep(20)
        yield Figure(f"lag of {RATE} events a second, p99", "ms", _p99(before, _buckets(application)), 50)

        say(f"{CLIENTS} clients scrape at once, gzip and plain, some slowly")
        pulse = _Pulse()
        feeling = asyncio.create_task(pulse.feel())
        readers = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.readers", "http://127.0.0.1:18098", str(CLIENTS)
        )
        before = _buckets(application)
        await readers.wait()
        feeling.cancel()
        await asyncio.wait([feeling])
        say(f"the loop came round {1000 * pulse.late:.1f} ms late at most, with what other processes took")
        yield Figure("the same while 20 clients scrape", "ms", _p99(before, _buckets(application)), 50)
        yield Figure("longest hold-up of the writer by 20 readers", "ms", 1000 * pulse.held, 20)


class _Pulse:
    """The event loop's pulse: how much later than asked it comes round."""

    def __init__(self) -> None:
        self.late = 0.0
        """Seconds at most by the clock, with what other processes took."""
        self.held = 0.0
        """Seconds at most that the loop itself worked meanwhile."""

    async def feel(self) -> None:
        """Go on until cancelled."""
        while True:
            start, worked = perf_counter(), thread_time()
            await asyncio.sleep(_BEAT)
            late = perf_counter() - start - _BEAT
            self.late = max(self.late, late)
            self.held = max(self.held, min(late, thread_time() - worked))


def memory_of(pid: int) -> tuple[float, float]:
    """Return a process's RSS and its peak in MiB."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    values = [int(status.split(f"{name}:")[1].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
    return values[0], values[1]


def _buckets(application: Application) -> dict[float, float]:
    registry = application.telemetry.registry
    return {
        float(sample.labels["le"]): sample.value
        for family in registry.collect()
        if family.name == "astrolabe_event_lag_seconds"
        for sample in family.samples
        if "le" in sample.labels
    }


def _p99(before: dict[float, float], after: dict[float, float]) -> float:
    """Return an upper bound of the 99th percentile in milliseconds."""
    counts = {bound: after[bound] - before[bound] for bound in after}
    total = max(counts.values())
    return 1000 * min(bound for bound, count in counts.items() if count >= 0.99 * total)
