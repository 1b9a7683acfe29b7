"""How fast the graph gets into a graph database: `python -m tests.bench.exporting` measures it alone."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import msgspec

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import Target
from astrolabe.graphdb.writer import GraphWriter
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models.podparts import with_parts
from astrolabe.kinds.registry import KINDS
from tests.bench.budget import Figure, table
from tests.bench.population import Population
from tests.bench.progress import say
from tests.components import build
from tests.graphdb.falkorserver import FalkorServer
from tests.graphdb.neo4jserver import Server

SIZE = 100_000
RATE = 500
SECONDS = 20
FAILING = 5 * RATE
"""Pods that are not Ready at one moment: each is so for five seconds."""
UNREADY = Verdict("Pending", "ContainersNotReady", "Not ready (0/1): web")
_TICK = 0.02


class Noted:
    """A target that notes how long each change took until it was in the database."""

    def __init__(self, target: Target) -> None:
        self.name = target.name
        self._target = target
        self._waiting: dict[str, float] = {}
        self.lags: list[float] = []

    def changed(self, key: str) -> None:
        """Take note that what has this key changed now."""
        self._waiting.setdefault(key, perf_counter())

    def open(self, schema: Schema) -> str:
        return self._target.open(schema)

    def write(self, batch: Batch, run: str) -> None:
        began = perf_counter()
        self._target.write(batch, run)
        for row in batch.nodes:
            since = self._waiting.get(row.end.key, began)
            if since < began:
                self.lags.append(perf_counter() - self._waiting.pop(row.end.key))

    def begin(self, run: str) -> None:
        self._target.begin(run)

    def sweep(self, run: str) -> None:
        self._target.sweep(run)

    def close(self) -> None:
        self._target.close()


class World:
    """A cluster's graph, as an export has it."""

    def __init__(self, size: int) -> None:
        readers = {kind.name: kind.reader(kind.versions[0], KindOptions()) for kind in with_parts(KINDS)}
        self.graph = Graph(JUDGES)
        self.pods: list[Facts] = []
        for item in Population(size):
            facts = readers[item.kind](item.body, {})
            self.graph.apply(facts)
            if facts.kind == "Pod":
                self.pods.append(facts)
        for kind in readers:
            self.graph.cover(kind)
        gc.collect()
        gc.freeze()


async def _measured(
    world: World, name: str, target: Target, limit: float, again: str
) -> AsyncIterator[Figure]:
    """Yield the figures of one database."""
    schema, noted = Full("bench"), Noted(target)
    writer = GraphWriter(world.graph, schema, noted, lambda: True)
    start = perf_counter()
    await writer._step()
    seconds = perf_counter() - start
    yield Figure(f"export of {SIZE:,} objects with their edges into {name}", "s", seconds, limit)
    writer.lost()
    start = perf_counter()
    await writer._step()
    say(f"{again}: {perf_counter() - start:.1f} s")
    say(f"{RATE} changes a second for {SECONDS} s")
    running = asyncio.create_task(writer.run())
    changes = await _churn(world, schema, writer, noted)
    start = perf_counter()
    while not writer.equal:  # noqa: ASYNC110  (it tells nobody)
        await asyncio.sleep(0.01)
    behind = perf_counter() - start
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await writer.close()
    assert len(noted.lags) >= changes / 2, f"{len(noted.lags)} of {changes} changes were seen"
    what = f"{name}, {RATE} changes a second"
    yield Figure(f"a change in {what}, p99", "s", quantiles(noted.lags, n=100)[98], 2)
    yield Figure(f"{what}: behind after {SECONDS} s", "s", behind, 2)


async def _churn(world: World, schema: Schema, writer: GraphWriter, noted: Noted) -> int:
    """Let Pods fail and recover at a steady rate; return how often one did."""
    loop = asyncio.get_running_loop()
    start, number = loop.time(), 0
    while number < RATE * SECONDS:
        while number < (loop.time() - start) * RATE:
            place = number // 2
            if number % 2 == 0:
                facts = msgspec.structs.replace(world.pods[place], verdict=UNREADY)
            else:
                facts = world.pods[max(place - FAILING, 0)]
            writer.follow(world.graph.apply(facts))
            noted.changed(f"{schema.cluster}/{facts.uid}")
            number += 1
        await asyncio.sleep(_TICK)
    for facts in world.pods[max(number // 2 - FAILING, 0) : number // 2]:
        writer.follow(world.graph.apply(facts))
    return number


async def exporting(size: int) -> AsyncIterator[Figure]:
    """Yield the figures of Ladybug, of FalkorDB, and of Neo4j where it is there."""
    say(f"a graph of {size:,} objects")
    world = World(size)
    again = "once more, over what is there"
    with tempfile.TemporaryDirectory() as folder:
        say("into Ladybug")
        path = Path(folder) / "graph.lbug"
        async for figure in _measured(world, "Ladybug", Ladybug(path), 15, again):
            yield figure
    with tempfile.TemporaryDirectory() as folder:
        say("into FalkorDB")
        falkor = FalkorServer(Path(folder))
        with falkor.running("--appendonly", "no"):
            async for figure in _measured(world, "FalkorDB", falkor.target(), 60, again):
                yield figure
    if build.find("neo4j") is None:
        say(f"without Neo4j: {build.COMPONENTS['neo4j'].remedy}")
        return
    with tempfile.TemporaryDirectory() as folder:
        say("into Neo4j")
        server = Server(Path(folder))
        with server.running():
            server.begin()
            async for figure in _measured(world, "Neo4j", server.target(), 60, again):
                yield figure


async def _main(size: int) -> None:
    sys.stdout.write(table([figure async for figure in exporting(size)]) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE))
