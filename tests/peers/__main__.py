"""`make peers`: Astrolabe beside kube-state-metrics, over one real API server with the same objects.

Each exporter starts several times, by turns, alone. Then both follow the same events side by side.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.budget import digits
from tests.bench.progress import say
from tests.components import build
from tests.peers.exporters import Program, Running, astrolabe, kube_state_metrics, running
from tests.peers.filling import filler, paced
from tests.real.control_plane import ApiServer, api_server, etcd

_SCRAPES = 3
"""Scrapes of each sort in each run."""
_RATE = 100.0
"""Events a second."""
_IDLE = 10.0
"""Seconds without events that tell what an exporter takes without them."""
_MILLI = 1e3
_MICRO = 1e6


class Run(NamedTuple):
    """What one start of an exporter showed."""

    ready: float
    """Seconds until the first scrape that held everything."""
    started: float
    """Seconds of processor time by then."""
    plain: float
    """Seconds of a scrape, median."""
    gzip: float
    peak: float
    """MiB, at most, scrapes included."""


class Row(NamedTuple):
    """A figure of both."""

    name: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float]

    def __str__(self) -> str:
        ours, theirs = median(self.ours), median(self.theirs)
        cells = (f"{_spread(each)} {self.unit}" for each in (self.ours, self.theirs))
        return f"| {self.name} | {' | '.join(cells)} | {ours / theirs:.2g} |"


async def compare(server: ApiServer, programs: tuple[Program, Program], options: argparse.Namespace) -> None:
    """Fill the API server, measure, print the table."""
    async with filler(server) as fill:
        say(f"creating {options.objects} objects")
        await fill.fill(options.objects)
        objects = sum(fill.made.values())
        say(f"{objects} objects; {options.runs} starts of each")
        runs: dict[str, list[Run]] = {program.name: [] for program in programs}
        for number in range(options.runs):
            for program in programs if number % 2 == 0 else programs[::-1]:
                log = options.folder / f"{program.name}.log"
                async with running(program, server.kubeconfig, log) as exporter:
                    run = await _start(exporter, fill.made)
                runs[program.name].append(run)
                say(f"{program.name}: ready after {run.ready:.2f} s")
        say(f"{options.events} events, both side by side")
        ours, theirs = await _events(server, programs, fill.made, options, fill.touch)
    first, second = (runs[program.name] for program in programs)
    rows = [
        Row("ready", "s", [run.ready for run in first], [run.ready for run in second]),
        Row("CPU until ready", "s", [run.started for run in first], [run.started for run in second]),
        Row("memory, at most", "MiB", [run.peak for run in first], [run.peak for run in second]),
        Row("scrape, plain", "ms", *([run.plain * _MILLI for run in each] for each in (first, second))),
        Row("scrape, gzip", "ms", *([run.gzip * _MILLI for run in each] for each in (first, second))),
        Row("CPU of an event", "µs", [ours * _MICRO], [theirs * _MICRO]),
    ]
    names = " | ".join(program.name for program in programs)
    lines = [f"| {objects} objects | {names} | ratio |", "| --- | --- | --- | --- |", *map(str, rows)]
    sys.stdout.write("\n".join(lines) + "\n")


async def _start(exporter: Running, expected: Mapping[str, int]) -> Run:
    ready = await exporter.ready(expected)
    started = exporter.cpu
    times = {}
    for gzip in (False, True):
        times[gzip] = median([(await exporter.scrape(gzip=gzip))[0] for _ in range(_SCRAPES)])
    return Run(ready, started, times[False], times[True], exporter.memory[1])


async def _events(
    server: ApiServer,
    programs: tuple[Program, Program],
    expected: Mapping[str, int],
    options: argparse.Namespace,
    touch: Callable[[int], Awaitable[None]],
) -> list[float]:
    """Return the seconds of processor time that one event costs each, without what it takes at rest."""
    async with contextlib.AsyncExitStack() as stack:
        exporters = [
            await stack.enter_async_context(
                running(program, server.kubeconfig, options.folder / f"{program.name}.log")
            )
            for program in programs
        ]
        for exporter in exporters:
            await exporter.ready(expected)
        await asyncio.sleep(_IDLE / 2)
        before = [exporter.cpu for exporter in exporters]
        await asyncio.sleep(_IDLE)
        idle = [(exporter.cpu - cpu) / _IDLE for exporter, cpu in zip(exporters, before, strict=True)]
        before = [exporter.cpu for exporter in exporters]
        seconds = await paced(options.events, _RATE, touch)
        await asyncio.sleep(1)
        return [
            (exporter.cpu - cpu - rest * (seconds + 1)) / options.events
            for exporter, cpu, rest in zip(exporters, before, idle, strict=True)
        ]


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return digits(values[0])
    return f"{digits(median(values))} ({digits(min(values))} to {digits(max(values))})"


def _missing() -> str:
    """Return why nothing can be measured; empty where everything is there."""
    for name in ("etcd", "kube-apiserver", "kube-state-metrics"):
        if build.find(name) is None:
            return f"{name} is missing: {build.COMPONENTS[name].remedy}"
    return ""


def main() -> int:
    """Measure, unless a program is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("--objects", type=int, default=20_000, help="default: 20000")
    parser.add_argument("--runs", type=int, default=5, help="starts of each exporter; default: 5")
    parser.add_argument("--events", type=int, default=2000, help="default: 2000")
    parser.add_argument("--kube-state-metrics", default="", metavar="PATH", help="default: a component")
    options = parser.parse_args()
    program = options.kube_state_metrics
    if program and not os.access(program, os.X_OK):
        sys.stderr.write(f"{program} cannot be run\n")
        return 1
    if not program and (reason := _missing()):
        sys.stderr.write(f"skipped: {reason}, or --kube-state-metrics=PATH\n")
        return 0
    program = program or str(build.find("kube-state-metrics"))
    with tempfile.TemporaryDirectory(prefix="astrolabe-peers-") as place, contextlib.ExitStack() as stack:
        options.folder = Path(place)
        server = stack.enter_context(api_server(options.folder, stack.enter_context(etcd(options.folder))))
        asyncio.run(compare(server, (astrolabe(), kube_state_metrics(program)), options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
