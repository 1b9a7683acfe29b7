"""The recorded run of the real kube-green, shown by a simulated API server: from the watch to the counters.

Time is the recording's. Environments are namespaces. Where the exporter is restarted, it is stopped at one
event and begins with lists of what stands then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

import looptime
import msgspec
import pytest

from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kube.supervisor import Supervisor
from astrolabe.metrics.snapshot import plain
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from astrolabe.testing.inprocess import InProcess
from astrolabe.watchlist import Watchlist
from tests.metrics.exposing import exposing
from tests.sleep.test_trace import ASLEEP, EXPECTED, FAMILIES, trace

DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "sleepinfos.kube-green.com"},
    "spec": {
        "group": "kube-green.com",
        "names": {"plural": "sleepinfos", "kind": "SleepInfo", "singular": "sleepinfo"},
        "scope": "Namespaced",
        "versions": [{"name": "v1alpha1", "served": True, "storage": True}],
    },
}
SCRAPES = 5.0
"""Seconds between scrapes."""
AFTER = 200.0
"""Seconds that time goes on after the recording, so that whatever is still open is judged."""


class Exporter:
    """Follows an API server, as far as sleep is concerned."""

    def __init__(self, server: ApiServer, ledger: Ledger | None) -> None:
        clock, loop = (lambda: server.now().timestamp()), asyncio.get_running_loop()
        self.graph = Graph()
        self.source = SleepSource(self.graph, ledger=ledger, now=clock, elapsed=loop.time)
        self.bus, self.exposition = exposing(self.graph, self.source, now=clock)
        self.watchlist = Watchlist(Settings())
        self.scheduler = Scheduler()
        self.transport = InProcess(server)
        self.supervisor: Supervisor[Facts] = Supervisor(
            self.transport, self.watchlist.choose, self, Telemetry(), random=Random(1), now=clock
        )

    def put(self, item: Facts, _old: Facts | None, _: float | None) -> None:
        self.bus.follow(self.graph.apply(item))

    def remove(self, item: Facts, _: float | None) -> None:
        self.bus.follow(self.graph.remove(item.id, item.uid))

    def covered(self, resource: str, complete: bool) -> None:
        for kind, namespace in self.watchlist.complete(resource):
            self.bus.follow((self.graph.cover if complete else self.graph.uncover)(kind, namespace))

    async def work(self, steps: Iterator[object]) -> None:
        await self.scheduler.work(steps)

    async def scrape(self) -> str:
        snapshot = await self.exposition.snapshot()
        return b"".join(plain(snapshot.pieces())).decode()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Exporter]:
        task = asyncio.create_task(self.supervisor.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait([task])
        assert self.transport.open == 0


class Recording:
    """Shows the recorded objects in event time to one exporter after the other."""

    def __init__(self) -> None:
        self.server = ApiServer(clock=LoopClock(datetime.fromisoformat(trace()[0]["time"])))
        self.server.put(DEFINITION)

    async def play(self, every: int, *, remember: bool) -> dict[str, float]:
        lines = trace()
        parts = [lines[at : at + every] for at in range(0, len(lines), every)]
        ledger: Ledger | None = None
        for part in parts:
            async with Exporter(self.server, ledger).running() as exporter:
                for line in part:
                    await self.until(datetime.fromisoformat(line["time"]), exporter)
                    self.show(line)
                if part is not parts[-1]:
                    # What is under way on the connections is lost.
                    encoded = msgspec.json.encode(exporter.source.ledger())
                    ledger = msgspec.json.decode(encoded, type=Ledger) if remember else None
                    continue
                end = asyncio.get_running_loop().time() + AFTER
                while asyncio.get_running_loop().time() < end:
                    await asyncio.sleep(SCRAPES)
                    text = await exporter.scrape()
        return {
            series: float(value)
            for line in text.splitlines()
            if line.startswith(FAMILIES)
            for series, _, value in [line.rpartition(" ")]
            if float(value)
        }

    async def until(self, time: datetime, exporter: Exporter) -> None:
        while (left := (time - self.server.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, SCRAPES))
            await exporter.scrape()

    def show(self, line: dict[str, Any]) -> None:
        kind, obj = line["event"]["type"], line["event"]["object"]
        if kind == "BOOKMARK":
            return
        if line["resource"] == "secrets":
            obj = {**obj, "apiVersion": "v1", "kind": "Secret"}
        if kind == "DELETED":
            name = self.server.resource_of(obj).name
            self.server.delete(name, line["namespace"], obj["metadata"]["name"])
        else:
            self.server.put(obj)


def play(every: int, *, remember: bool = True) -> dict[str, float]:
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(Recording().play(every, remember=remember))


def test_the_recorded_run() -> None:
    counted = play(len(trace()))
    assert counted == EXPECTED
    scaled = {
        (place, way): sum(
            value
            for series, value in counted.items()
            if series.startswith("kube_green_resources_scaled_total")
            and f'namespace="{place}",direction="{way}"' in series
        )
        for place in ("plain", "manual", "deleted", "broken", "missed")
        for way in ("down", "up")
    }
    assert list(scaled.values()) == [4, 4, 4, 3, 3, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("every", [pytest.param(10, marks=pytest.mark.long), 23])
def test_restarted_with_what_it_remembers(every: int) -> None:
    assert play(every) == EXPECTED


def test_restarted_without_memory_it_knows_what_sleeps_and_counts_nothing_twice() -> None:
    counted = play(10, remember=False)
    assert all(value <= EXPECTED.get(series, 0) for series, value in counted.items())
    asleep = {series for series in EXPECTED if series.startswith("astrolabe_workload_asleep")}
    assert len(asleep) == len(ASLEEP)
    assert asleep <= set(counted)
