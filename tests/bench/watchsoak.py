"""`astrolabe watch` under load: 1,000 events a second for minutes; nothing is missing and memory is flat.

`python -m tests.bench.watchsoak --minutes 5`, a part of `make soak`. Exits 1 where something does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from statistics import median
from time import monotonic

import aiohttp

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import kubeconfig
from tests.bench.budget import Figure, table
from tests.bench.progress import say
from tests.bench.soak import Taken
from tests.ports import free_port
from tests.watch.helpers import configmap

SIZE = 2000
RATE = 1000
WARM = 1 / 3
"""The part of a run in which memory is still finding its level."""
FLAT = 1.05
"""Times the level when it was warm that memory may have at the end."""
LATE = 5.0
"""Seconds within which the last events have to be written."""
_TICK = 0.01
_EXPORT_MB = 20
_PATIENCE = 60


async def serve() -> None:
    """Serve ConfigMaps that come, change and go; obey the standard input as `tests.bench.churn` does."""
    server, random = ApiServer(requests_kept=1000), Random(1)
    live = [f"c{number}" for number in range(SIZE)]
    for name in live:
        server.put(configmap(name, app="soak"))
    events = number = 0
    async with serving(server) as url:
        _tell(url)
        await asyncio.to_thread(sys.stdin.readline)
        over = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        start = monotonic()
        while not over.done():
            while events < (monotonic() - start) * RATE:
                place = random.randrange(SIZE)
                if events % 10 == 0:
                    # Deleted, and another one created: two events.
                    server.delete("configmaps", "shop", live[place])
                    number += 1
                    live[place] = f"c{SIZE + number}"
                    events += 1
                server.put(configmap(live[place], data=str(events), app="soak"))
                events += 1
            await asyncio.sleep(_TICK)
        _tell(f"{events} {monotonic() - start}")
        await asyncio.to_thread(sys.stdin.read)


def _tell(what: str) -> None:
    sys.stdout.write(what + "\n")
    sys.stdout.flush()


@contextlib.asynccontextmanager
async def _started(*command: str, **pipes: int) -> AsyncIterator[Process]:
    environment = {**os.environ, "KUBECONFIG": ""}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, env=environment, **pipes)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(_PATIENCE):
        return (await process.stdout.readline()).decode().strip()


async def _metric(session: aiohttp.ClientSession, url: str, name: str) -> float:
    """Return the sum of a family; 0 while nobody answers."""
    with contextlib.suppress(aiohttp.ClientError):
        async with session.get(f"{url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))
    return 0.0


def _exported(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield type and name of each event that was written, in order."""
    for path in sorted((folder / "logs").glob("events-*"), key=lambda path: path.stat().st_mtime):
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            for line in file:
                event = json.loads(line)
                yield event["eventType"], event["name"]


def broken(events: Iterator[tuple[str, str]]) -> tuple[Counter[str], int]:
    """Count events by type, and those that cannot be: what is there is added, or what is not is changed."""
    counted: Counter[str] = Counter()
    alive: set[str] = set()
    wrong = 0
    for type_, name in events:
        counted[type_] += 1
        wrong += (type_ == "ADDED") is (name in alive)
        (alive.discard if type_ == "DELETED" else alive.add)(name)
    return counted, wrong


async def soak(minutes: float) -> AsyncIterator[Figure]:
    """Yield what must hold after so many minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        url = f"http://127.0.0.1:{port}"
        async with (
            _started("tests.bench.watchsoak", "--serve", stdin=PIPE, stdout=PIPE) as server,
            aiohttp.ClientSession() as session,
        ):
            assert server.stdin is not None
            config = folder / "watch.yaml"
            settings = {
                "output_dir": str(folder),
                "json_export": True,
                "export_max_mb": _EXPORT_MB,
                "metrics": {"enabled": True, "port": port},
                "resources": [{"gvr": "v1/configmaps", "label_selector": "app=soak"}],
            }
            config.write_text(json.dumps(settings))
            flags = [f"--config={config}", f"--kubeconfig={kubeconfig(folder, await _line(server))}"]
            async with _started("astrolabe", "watch", *flags, stdout=DEVNULL, stderr=DEVNULL) as process:
                async with asyncio.timeout(_PATIENCE):
                    while not await _metric(session, url, "astrolabe_watch_ready"):  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
                before = Taken.by(process.pid)
                say(f"RSS {before.resident:.1f} MiB, {before.threads} threads; now {RATE} events a second")
                server.stdin.write(b"\n")
                samples = await _load(process.pid, minutes * 60)
                server.stdin.write(b"\n")
                told, seconds = (await _line(server)).split()
                events, ended = int(told), monotonic()
                handled = "astrolabe_watch_handler_handled_total"
                while (  # noqa: ASYNC110  (another process)
                    await _metric(session, url, handled) < SIZE + events and monotonic() - ended < LATE
                ):
                    await asyncio.sleep(0.05)
                yield Figure("until the last event was written", "s", monotonic() - ended, LATE)
        counted, wrong = broken(_exported(folder))
        say(f"{events} events; written: {dict(counted)}")
        yield Figure("events a second", "", events / float(seconds), 0.98 * RATE, at_least=True)
        yield Figure("events that are missing, or there twice", "", abs(counted.total() - SIZE - events), 0)
        yield Figure("events that make no sense after the one before", "", wrong, 0)
        steady = samples[int(len(samples) * WARM) :]
        # Of the pool that files are written and compressed in; it may fill at any time.
        pool = min(32, (os.cpu_count() or 1) + 4)
        yield Figure("threads more than before", "", samples[-1].threads - before.threads, pool)
        yield Figure("files more than when it was warm", "", samples[-1].files - steady[0].files, 0)
        fifth = max(len(steady) // 5, 1)
        level = median(taken.resident for taken in steady[:fifth])
        last = median(taken.resident for taken in steady[-fifth:])
        say(f"RSS {before.resident:.1f} MiB at first, {level:.1f} warm, {last:.1f} at the end")
        yield Figure("memory at the end against when it was warm", "x", last / level, FLAT)


async def _load(pid: int, seconds: float) -> list[Taken]:
    """Return what the process takes at each second."""
    start, told, samples = monotonic(), 0, []
    while (now := monotonic() - start) < seconds:
        samples.append(Taken.by(pid))
        if now >= 60 * (told + 1):
            told += 1
            say(f"minute {told}: RSS {samples[-1].resident:.1f} MiB")
        await asyncio.sleep(1)
    say(f"end: RSS {samples[-1].resident:.1f} MiB")
    return samples


async def _figures(minutes: float) -> list[Figure]:
    return [figure async for figure in soak(minutes)]


def main() -> int:
    """Soak, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watchsoak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return 0
    figures = asyncio.run(_figures(arguments.minutes))
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
