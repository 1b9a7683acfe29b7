"""What keeping 10,000 objects costs: prints the figures of docs/persistence.md, and holds the promises.

`.venv/bin/python -m pytest -q -s tests/persistence/test_size.py`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import pytest

from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.persistence.access import Access
from astrolabe.persistence.capture import StateSource
from astrolabe.persistence.codec import BLOCK, pack, unpack
from astrolabe.persistence.journal import Journal
from astrolabe.persistence.redis import RedisShelf
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.store import REASONS
from astrolabe.persistence.writer import LEASE, StateWriter
from astrolabe.scheduling.scheduler import Scheduler
from tests.bench.population import Item, Population
from tests.metrics.exposing import exposing
from tests.persistence.servers import redis

OBJECTS = 10_000
FOLLOWED = StateScope(cluster="size")
T = TypeVar("T")


def say(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")


def described() -> list[Facts]:
    return read(list(Population(OBJECTS)))


def read(items: Iterable[Item]) -> list[Facts]:
    readers = {kind.resource: kind.reader(kind.versions[0], KindOptions()) for kind in KINDS}
    return [readers[item.resource](item.body, {}) for item in items]


def cpu(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds, which a busy machine changes little."""
    start = time.process_time()
    done = work()
    return time.process_time() - start, done


class Process:
    """Graph, sleep, cost and exposition, as the application wires them."""

    def __init__(self, address: str) -> None:
        state_store = RedisShelf(Access(address), key=FOLLOWED.key, writer="host/1")
        self.state_writer = StateWriter(state_store, FOLLOWED, host="host", interval=300)
        self.graph = Graph()

    def begin(self) -> None:
        restored = self.state_writer.restored
        self.sleep = SleepSource(self.graph, ledger=restored.ledger)
        self.cost = CostSource(self.graph, self.sleep, remembered=restored.cost)
        self.bus, _ = exposing(self.graph, self.sleep, self.cost)
        for checkpoint in restored.checkpoints.values():
            for item in checkpoint.items:
                self.bus.follow(self.graph.apply(item))
        kinds = {kind.resource: kind.name for kind in KINDS}
        versions = {Place(resource, Scope()): "1" for resource in kinds}
        subject = StateSource(
            self.graph, lambda: versions, lambda name: kinds[name], lambda: True, self.sleep, self.cost
        )
        self.state_writer.begin(subject, Telemetry().keeping(REASONS), Scheduler())


@pytest.mark.real
async def test_restored_within_a_second(tmp_path: Path) -> None:
    items = list(Population(OBJECTS))
    describing, facts = cpu(lambda: read(items))
    with redis(tmp_path) as server:
        first = Process(server.address)
        first.begin()
        applying, _ = cpu(lambda: [first.bus.follow(first.graph.apply(item)) for item in facts])
        start = time.process_time()
        await first.state_writer._write(LEASE)
        snapshot = time.process_time() - start
        keys = server.keys()
        memory = sum(server.client.memory_usage(key) for key in keys)
        await first.state_writer.close()
        # The median of three, in CPU time: what else runs on the machine is not what is measured.
        took = []
        for _ in range(3):
            start = time.process_time()
            second = Process(server.address)
            await second.state_writer.restore()
            decoding = time.process_time() - start
            second.begin()
            took.append((time.process_time() - start, decoding))
            assert len(second.graph) == len(first.graph)
            await second.state_writer._state_store.close()
        whole, decoding = sorted(took)[1]
    listing = describing + applying
    say(
        f"{len(first.graph)} objects: {whole:.2f} s to restore, of which {decoding:.2f} s to read and decode;"
        f" {listing:.2f} s to take them in from a list; {snapshot:.2f} s for a whole snapshot;"
        f" {memory / OBJECTS:.0f} bytes an object in Redis"
    )
    # A list has the network to wait for as well.
    assert decoding < listing / 2
    assert whole < 1.25 * listing
    assert memory / OBJECTS < 200


def test_what_an_event_costs_more() -> None:
    items = list(Population(OBJECTS))
    reading, facts = cpu(lambda: read(items))
    graph = Graph()
    exposition = Exposition(graph)
    journal = Journal(len(facts))
    deltas = [graph.apply(item) for item in facts]
    following, _ = cpu(lambda: [journal.follow(delta) for delta in deltas])
    changes = list(journal.changes.items())
    # Batches of a second at 100 changes.
    packing, _ = cpu(lambda: [pack(changes[at : at + 100], set()) for at in range(0, len(changes), 100)])
    again = Graph()
    applying, _ = cpu(lambda: [exposition.follow(again.apply(item)) for item in facts])
    share = (following + packing) / (reading + applying)
    say(
        f"an event: {following / OBJECTS * 1e6:.1f} µs to note, {packing / OBJECTS * 1e6:.1f} µs to write,"
        f" {reading / OBJECTS * 1e6:.1f} to read, {applying / OBJECTS * 1e6:.1f} to apply: {share:.0%} more"
    )
    assert share < 0.25


def test_no_turn_is_longer_than_a_few_milliseconds() -> None:
    facts = [(item.id, item) for item in described()]
    packed = [cpu(lambda at=at: pack(facts[at : at + BLOCK], set())) for at in range(0, len(facts), BLOCK)]  # type: ignore[misc]
    blocks = [block for _, block in packed]
    reading = []
    turns = unpack(blocks)
    while True:
        seconds, found = cpu(lambda: next(turns, None))
        if found is None:
            break
        reading.append(seconds)
    writing = sorted(seconds for seconds, _ in packed)
    reading.sort()
    say(
        f"a block of {BLOCK}: {writing[len(writing) // 2] * 1e3:.1f} ms to write,"
        f" {reading[len(reading) // 2] * 1e3:.1f} ms to read (medians)"
    )
    assert writing[len(writing) // 2] < 0.004
    assert reading[len(reading) // 2] < 0.004
