"""An exception within access costs nothing that lasts: what was not taken in is read again."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from astrolabe.bus import Bus
from astrolabe.derived.access.access import Access
from astrolabe.derived.access.findings.index import FindingIndex
from astrolabe.derived.access.readers import ReaderIndex
from astrolabe.derived.access.rights import Rights
from astrolabe.derived.access.seen import Seen
from astrolabe.derived.access.source import AccessSource
from astrolabe.derived.access.uses import Uses
from astrolabe.graph.delta import Delta
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.scheduling.scheduler import Scheduler
from tests.access import small
from tests.access.world import World, id_of

PARTS: tuple[tuple[type[Any], str], ...] = (
    (Rights, "follow"),
    (Uses, "follow"),
    (Seen, "follow"),
    (ReaderIndex, "follow"),
    (FindingIndex, "follow"),
)


class Watched(World):
    """A world that access follows as it does in the program, with everything that it shows."""

    def __init__(self, faults: InternalErrors) -> None:
        super().__init__()
        self.access = Access(self.graph, now=lambda: 1000.0)
        self.source = AccessSource(self.access, faults=faults)
        self.bus = Bus(faults)
        self.bus.add("access", self.source)
        self.rows: dict[tuple[str, str], str] = {}
        self.source.attach(lambda family, key, text: self.rows.update({(family.name, key): text}))

    def tell(self, delta: Delta) -> None:
        super().tell(delta)
        if hasattr(self, "bus"):
            self.bus.follow(delta)

    async def settle(self) -> dict[tuple[str, str], str]:
        await self.source.settle(Scheduler())
        self.source.refresh(1000.0)
        return {key: text for key, text in self.rows.items() if text and "gained" not in key[0]}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[0].__name__)
@pytest.mark.parametrize("seed", range(6))
async def test_what_failed_once_is_as_if_it_never_had(
    part: tuple[type[Any], str], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, registry = Random(seed), CollectorRegistry()
    first, second = small.cluster(order), small.cluster(order)
    world, fresh = Watched(InternalErrors(registry)), Watched(InternalErrors())
    world.put(*first)
    await world.settle()
    owner, name = part
    original = getattr(owner, name)

    def function(self: Any, *args: Any) -> Any:
        # Only what belongs to `access`: the world has some parts of its own.
        if self in vars(world.access).values() and order.random() < 0.3:
            raise LookupError
        return original(self, *args)

    monkeypatch.setattr(owner, name, function)
    for each in order.sample(first, len(first) // 2):
        world.remove(id_of(each))
    world.put(*second)
    monkeypatch.undo()
    errors = registry.get_sample_value("astrolabe_internal_errors_total", {"part": "access"})
    assert errors
    for node in list(world.graph):
        fresh.tell(fresh.graph.apply(node.facts))
    assert await world.settle() == await fresh.settle()
    seen, other = world.access.seen, fresh.access.seen
    assert {*seen._since} == {*other._since}


async def test_what_goes_wrong_with_one_namespace_costs_that_one_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = CollectorRegistry()
    world = Watched(InternalErrors(registry))
    world.put(*small.cluster(Random(1)))
    original = FindingIndex._judge
    struck: list[str] = []

    def judge(self: FindingIndex, node_id: str) -> None:
        if not struck:
            struck.append(node_id)
            raise LookupError
        original(self, node_id)

    monkeypatch.setattr(FindingIndex, "_judge", judge)
    turns = Scheduler()
    for _ in range(2):
        await world.source.step(turns)
    assert registry.get_sample_value("astrolabe_internal_errors_total", {"part": "access"}) == 1
    assert world.access.settled
