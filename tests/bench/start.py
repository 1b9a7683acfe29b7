"""`python -m tests.bench.start`: where the time of a first list goes, object by object, in one process.

What counts is processor time: others who work on the machine change little. The collector is off meanwhile,
as it is while the exporter lists.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import TypeVar

from astrolabe.application import Application
from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.wire import framed
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from tests.bench.installed import BARE
from tests.bench.population import Population

_MICRO = 1e6
_STARTS = 5

R = TypeVar("R")


async def new_application() -> Application:
    """Make what has to be made in a loop, though none of it is awaited here."""
    return Application(Settings(), InProcess(ApiServer(clock=lambda: 0.0)))


class Watch:
    """Adds up what steps take."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def time(self, step: str, work: Callable[[], R]) -> R:
        """Do work, and add its seconds to a step's."""
        start = process_time()
        result = work()
        self.seconds[step] += process_time() - start  # type: ignore[assignment]
        return result


def listing(size: int) -> Counter[str]:
    """Return the seconds of each step from lines of a watch to blocks of text."""
    lines = [(item.kind, b'{"type":"ADDED","object":' + item.body + b"}") for item in Population(size)]
    # Pods come last: their list is by far the longest, and lists are taken in when they are complete.
    lines.sort(key=lambda line: line[0] == "Pod")
    readers = {kind.name: kind.reader(kind.versions[0], KindOptions()) for kind in KINDS}
    application = asyncio.run(new_application())
    watch = Watch()
    gc.disable()
    found: list[Facts] = []
    for kind, line in lines:
        event = watch.time("frame", lambda line=line: framed(line))
        assert event is not None
        read = lambda kind=kind, event=event: readers[kind](event.object, {})  # noqa: E731
        found.append(watch.time("decode and describe", read))
    for facts in found:
        delta = watch.time("graph", lambda facts=facts: application.graph.apply(facts))
        watch.time("followers", lambda delta=delta: application.bus.follow(delta))
    for kind in readers:
        application.bus.follow(application.graph.cover(kind))
    watch.time("explain, render, fold", application.exposition.snapshot_now)
    gc.enable()
    return watch.seconds


def imports() -> float:
    """Return the seconds of processor time for Python to start and to import the exporter, median.

    Python keeps what it has compiled, as in an image.
    """
    times = []
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        for _ in range(_STARTS):
            before = _of_children()
            command = [sys.executable, "-c", f"{BARE}; import astrolabe.cli, astrolabe.commands.serve"]
            subprocess.run(command, check=True, env=kept | {"PYTHONPYCACHEPREFIX": folder})
            times.append(_of_children() - before)
    return median(times)


def _of_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.start", description=__doc__)
    parser.add_argument("--objects", type=int, default=20_000, help="default: 20000")
    size = parser.parse_args().objects
    sys.stdout.write("| step | µs an object |\n| --- | --- |\n")
    for step, seconds in listing(size).items():
        sys.stdout.write(f"| {step} | {_MICRO * seconds / size:.1f} |\n")
    sys.stdout.write(f"\nPython and its imports: {imports():.2f} s, once.\n")


if __name__ == "__main__":
    main()
