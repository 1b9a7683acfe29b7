"""Replicas of an exporter over one history of a cluster, on virtual time, and what may become of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from prometheus_client import CollectorRegistry

from astrolabe.derived.cost.families import FAMILIES as COST_FAMILIES
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.beginning import Progress
from astrolabe.derived.sleep.families import FAMILIES as SLEEP_FAMILIES
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place
from astrolabe.metrics.persistence import PersistenceMetrics
from astrolabe.metrics.snapshot import plain
from astrolabe.parts import ACCUMULATED
from astrolabe.persistence.capture import StateSource
from astrolabe.persistence.election import Election, Outdated
from astrolabe.persistence.lease import Lease
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.store import REASONS, Commit, Holder
from astrolabe.persistence.writer import StateWriter
from astrolabe.scheduling.scheduler import Scheduler
from tests.metrics.exposing import exposing
from tests.persistence.memory import Memory, MemoryShelf
from tests.sleep.stage import KINDS, READERS, samples, unix

START = unix("2026-11-20T12:00Z")
FOLLOWED = StateScope(cluster="one")
PLACES = {kind.name: Place(plural, Scope()) for plural, kind in KINDS.items()}
NAMES = tuple(family.name for family in (*SLEEP_FAMILIES, *COST_FAMILIES))
COUNTERS = tuple(family.name for family in ACCUMULATED)
READY_AFTER = 2.0
"""Seconds from a start until everything has listed."""


def now() -> float:
    """The wall clock, the same for all."""
    return START + asyncio.get_running_loop().time()


class Expiring(Memory):
    """A store whose lease ends by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._until = 0.0

    @property
    def writer(self) -> str:
        return self._writer if self.left() > 0 else ""

    @writer.setter
    def writer(self, name: str) -> None:
        self._writer = name

    def hold(self, name: str, seconds: float) -> None:
        self._writer = name
        self._until = asyncio.get_running_loop().time() + seconds

    def left(self) -> float:
        return self._until - asyncio.get_running_loop().time()

    def flush(self) -> None:
        """Forget everything, the lease as well."""
        self.parts, self.blocks, self._until = {}, {}, 0.0


class Way(MemoryShelf):
    """One replica's way to the store. What a stopped process asked reaches it when the process goes on."""

    def __init__(self, memory: Memory, name: str, gate: asyncio.Event) -> None:
        super().__init__(memory, name)
        self._gate = gate

    async def peek(self, *arguments: Any) -> Any:
        await self._gate.wait()
        return await super().peek(*arguments)

    async def taken_by(self) -> Holder:
        await self._gate.wait()
        return await super().taken_by()

    async def acquire(self, lease: float) -> None:
        await self._gate.wait()
        await super().acquire(lease)

    async def prepare(self, *arguments: Any) -> None:
        await self._gate.wait()
        await super().prepare(*arguments)

    async def commit(self, commit: Commit, *, takeover: bool = False) -> None:
        await self._gate.wait()
        await super().commit(commit, takeover=takeover)


class History:
    """What happened to the cluster: the newest facts of each object, by the versions that they came with."""

    def __init__(self) -> None:
        self.events: list[Facts] = []

    def put(self, plural: str, obj: dict[str, Any]) -> None:
        metadata = {**obj["metadata"], "resourceVersion": str(len(self.events) + 1)}
        self.events.append(READERS[plural](json.dumps({**obj, "metadata": metadata}).encode(), {}))


class Replica:
    """An exporter that follows a history; with a store it is one of several, without it never fails."""

    def __init__(self, name: str, history: History, memory: Memory | None) -> None:
        self.name = name
        self._history = history
        self._memory = memory
        self._starts = 0
        self.running: asyncio.Task[None] | None = None
        self.gate = asyncio.Event()
        self.cut = False
        self.outdated = 0
        self.lease: Lease | None = None

    async def start(self) -> None:
        """Restore what is kept, and follow from there."""
        self._starts += 1
        self.gate.set()
        graph, covered = Graph(JUDGES), [False]

        def progress(_kind: str) -> Progress:
            return "known" if covered[0] else "awaited"

        writer, restored = None, None
        self.lease = None
        if self._memory is not None:
            self.shelf = Way(self._memory, f"{self.name}/{self._starts}", self.gate)
            self.shelf.trouble = "unreachable" if self.cut else None
            self.lease = Lease()
            election = Election(self.shelf, FOLLOWED, self.lease)
            writer = StateWriter(self.shelf, FOLLOWED, host="host", interval=300, election=election)
            await writer.restore()
            restored = writer.restored
        loop = asyncio.get_running_loop()
        sleep = SleepSource(
            graph,
            ledger=restored.ledger if restored else None,
            progress=progress,
            now=now,
            elapsed=loop.time,
        )
        cost = CostSource(graph, sleep, remembered=restored.cost if restored else None, now=now)
        lease = self.lease
        self._bus, self._exposition = exposing(
            graph, sleep, cost, now=now, withheld=lambda: () if lease is None or lease.held else ACCUMULATED
        )
        self._graph, self._writer, self._seen = graph, writer, 0
        for checkpoint in restored.checkpoints.values() if restored else ():
            self._seen = max(self._seen, int(checkpoint.version or 0))
            for item in checkpoint.items:
                self._bus.follow(graph.apply(item))
        if restored and restored.checkpoints:
            sleep.restored()
        began = loop.time()
        if writer is not None:
            subject = StateSource(
                graph,
                lambda: dict.fromkeys(PLACES.values(), str(self._seen)),
                {place.resource: kind for kind, place in PLACES.items()}.__getitem__,
                lambda: loop.time() - began >= READY_AFTER,
                sleep,
                cost,
            )
            writer.begin(subject, PersistenceMetrics(CollectorRegistry(), REASONS), Scheduler())
        self.catch_up()
        for kind in PLACES:
            self._bus.follow(graph.cover(kind))
        covered[0] = True
        if writer is not None:
            self.running = asyncio.create_task(self._run(writer))

    async def _run(self, writer: StateWriter) -> None:
        try:
            await writer.run()
        except Outdated:
            self.outdated += 1
            await writer.close()
            await self.start()

    @property
    def goes(self) -> bool:
        """Whether the process runs and is not stopped."""
        return self.gate.is_set() and (self._memory is None or self.running is not None)

    def catch_up(self) -> None:
        """Hear of what happened."""
        events = self._history.events
        while self._seen < len(events):
            item = events[self._seen]
            self._seen += 1
            delta = self._graph.apply(item)
            self._bus.follow(delta)
            if self._writer is not None:
                self._writer.follow(delta)

    def samples(self) -> dict[str, float]:
        """What a scrape sees of sleep and cost."""
        self.catch_up()
        return samples(b"".join(plain(self._exposition.snapshot_now().pieces(names=NAMES))).decode())

    def counters(self) -> dict[str, float]:
        """What accumulates, as a scrape sees it."""
        return {series: value for series, value in self.samples().items() if series.startswith(COUNTERS)}

    async def kill(self) -> None:
        """SIGKILL."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.wait([self.running])
            self.running = None

    async def terminate(self) -> None:
        """SIGTERM."""
        if self.running is not None:
            await self.kill()
            self.catch_up()
            assert self._writer is not None
            await self._writer.close()

    def pause(self) -> None:
        """SIGSTOP."""
        self.gate.clear()

    def go_on(self) -> None:
        """SIGCONT."""
        self.gate.set()

    def reach(self, *, reach: bool) -> None:
        """Cut the network between this process and the store, or heal it."""
        self.cut = not reach
        if self._starts:
            self.shelf.trouble = "unreachable" if self.cut else None
