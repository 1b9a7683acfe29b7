"""What consumers say of themselves: each family is told on the page, and follows what happens."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from astrolabe.messages.message import KubeMessage
from astrolabe.messages.metrics import MessagesCollector
from tests.messages.helpers import Model, World, facts
from tests.messages.test_page import PAGE

pytestmark = pytest.mark.looptime


class Stuck(Model):
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__("stuck")
        self.let = asyncio.Event()

    async def take(self, message: KubeMessage) -> None:
        await self.let.wait()
        await super().take(message)


class Telling:
    """The families of a router."""

    def __init__(self, world: World) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(MessagesCollector(world.router))

    def __call__(self, name: str, consumer: str, **labels: str) -> float | None:
        return self._registry.get_sample_value(f"astrolabe_messages_{name}", {"consumer": consumer, **labels})

    def families(self) -> set[str]:
        return {sample.name for family in self._registry.collect() for sample in family.samples}


async def test_what_waits_and_what_was_taken_is_told() -> None:
    world, stuck, quick = World(), Stuck(), Model("quick")
    tells = Telling(world)
    world.put(facts("Pod", "web"))
    for consumer in (stuck, quick):
        world.router.add(consumer)
    async with world.running():
        await asyncio.sleep(1)
        assert (tells("waiting", "quick"), tells("oldest_seconds", "quick")) == (0, 0)
        assert tells("waiting", "stuck") == 1
        await asyncio.sleep(60)
        world.put(facts("Pod", "other"))
        assert tells("waiting", "stuck") == 2
        assert tells("oldest_seconds", "stuck") == pytest.approx(61, abs=1)
        stuck.let.set()
        await asyncio.sleep(1)
        world.remove("Pod/shop/other")
        await asyncio.sleep(1)
        for name in ("stuck", "quick"):
            assert (tells("waiting", name), tells("oldest_seconds", name)) == (0, 0)
            actions = ("Restarted", "Applied", "Deleted")
            assert [tells("taken_total", name, action=each) for each in actions] == [1, 2, 1]
            assert (tells("failures_total", name), tells("restarts_total", name)) == (0, 0)


async def test_failures_and_restarts_are_told_by_consumer() -> None:
    world, failing, steady = World(), Model("failing"), Model("steady")
    tells = Telling(world)
    for consumer in (failing, steady):
        world.router.add(consumer)
    async with world.running():
        failing.failures.append(ValueError("once"))
        world.put(facts("Pod", "web"))
        await asyncio.sleep(5)
        assert (tells("failures_total", "failing"), tells("failures_total", "steady")) == (1, 0)
        assert (tells("restarts_total", "failing"), tells("restarts_total", "steady")) == (1, 0)
        world.router.lost()
        await asyncio.sleep(5)
        assert (tells("failures_total", "failing"), tells("failures_total", "steady")) == (1, 0)
        assert (tells("restarts_total", "failing"), tells("restarts_total", "steady")) == (2, 1)


async def test_consumers_of_one_name_are_told_together() -> None:
    world = World()
    tells = Telling(world)
    world.put(facts("Pod", "web"))
    for _ in range(2):
        world.router.add(Model("same"))
    async with world.running():
        await asyncio.sleep(1)
        assert tells("taken_total", "same", action="Applied") == 2


async def test_the_page_tells_each_family() -> None:
    world = World()
    world.router.add(Model())
    families = Telling(world).families()
    assert len(families) == 5
    for name in families:
        assert f"`{name}`" in PAGE
