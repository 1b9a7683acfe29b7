"""What is served, changes its version, or goes: nothing is dropped for a moment's word, and nothing stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from astrolabe.kube.discovery import Discovery
from astrolabe.kube.reflector import Checkpoint
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place, WatchTarget
from astrolabe.scheduling import scheduler
from astrolabe.testing import faults
from astrolabe.testing.requests import Verb
from astrolabe.testing.resources import ServedResource
from tests.kube.test_supervisor import DEFINITIONS, WIDGETS, choosing, definition, widget
from tests.kube.world import Item, World

pytestmark = pytest.mark.looptime

AGGREGATED = "packages.example.org"


@pytest.fixture
def world() -> World:
    """A world with three Pods, a definition with two objects, and an aggregated API with one."""
    made = World()
    made.pods(3)
    made.server.put(definition("v1"))
    for name in ("a", "b"):
        made.server.put(widget(name))
    made.server.register(
        ServedResource(plural="packages", kind="Package", group="example.org", generation=True)
    )
    made.server.put(
        {"apiVersion": "example.org/v1", "kind": "Package", "metadata": {"name": "p", "namespace": "default"}}
    )
    return made


def follow(world: World, **more: Any) -> Any:
    return world.supervised(choosing("pods", WIDGETS, AGGREGATED), **more)


class TestRestartedServer:
    @pytest.mark.parametrize("seconds", [0.3, 3.0])
    @pytest.mark.parametrize("readable", [True, False])
    async def test_nothing_is_dropped_for_a_moment_without_a_group(
        self, world: World, seconds: float, readable: bool
    ) -> None:
        if not readable:
            world.server.faults.forbid(DEFINITIONS)
        async with follow(world) as supervisor:
            for _ in range(9):
                world.forget()
                # A second after a change everything is discovered, in just that moment.
                supervisor._changed.set()
                await asyncio.sleep(0.9)
                world.server.restart(seconds)
                await asyncio.sleep(70)
                assert world.sink.drain() == []
                assert world.telemetry.forgot == []
                assert [state.phase for state in supervisor.states] == ["synced"] * 3
                assert world.requests(Verb.STREAM, Verb.LIST, resource=WIDGETS) == []

    async def test_objects_stay_while_their_definition_says_that_they_are_served(self, world: World) -> None:
        """However long discovery is without them."""
        async with follow(world) as supervisor:
            world.forget()
            world.server.restart(3600)
            supervisor._changed.set()
            await asyncio.sleep(1000)
            assert world.sink.drain() == []
            assert world.telemetry.sync[WIDGETS]
            # One question a discovery, not one a second.
            asked = [each for each in world.server.requests if "fieldSelector" in each.query]
            assert 0 < len(asked) <= 1000 / 30 + 5
            await asyncio.sleep(2700)
            assert [state.phase for state in supervisor.states] == ["synced"] * 3

    async def test_a_definition_that_goes_meanwhile_takes_its_objects_along(self, world: World) -> None:
        async with follow(world) as supervisor:
            world.server.restart(20)
            supervisor._changed.set()
            await asyncio.sleep(8)
            world.server.delete(DEFINITIONS, "", WIDGETS)
            await asyncio.sleep(30)
            assert world.known("Widget") == {}
            assert world.telemetry.forgot == [WIDGETS]

    async def test_definitions_that_may_no_longer_be_read_keep_nothing(self, world: World) -> None:
        async with follow(world):
            world.server.faults.forbid(DEFINITIONS)
            world.server.break_connections()
            await asyncio.sleep(10)
            world.server.delete(DEFINITIONS, "", WIDGETS)
            await asyncio.sleep(60)
            assert world.known("Widget") == {}
            assert world.telemetry.forgot == [WIDGETS]

    async def test_a_definition_of_which_no_version_is_served(self, world: World) -> None:
        async with follow(world) as supervisor:
            unserved = definition("v1")
            unserved["spec"]["versions"][0]["served"] = False
            world.server.put(unserved)
            await asyncio.sleep(30)
            assert world.known("Widget") == {}
            assert [state.resource for state in supervisor.states] == ["pods", AGGREGATED]
            assert supervisor.ready

    async def test_an_aggregated_api_that_is_not_named_for_a_moment(self, world: World) -> None:
        async with follow(world) as supervisor:
            world.forget()
            world.server.faults.forgotten_groups.add("example.org")
            world.server.break_connections()
            supervisor._changed.set()
            await asyncio.sleep(3)
            world.server.faults.forgotten_groups.clear()
            await asyncio.sleep(60)
            assert world.sink.drain() == []
            # One that is taken away is gone.
            world.server.break_connections()
            world.server.withdraw(AGGREGATED)
            await asyncio.sleep(30)
            assert world.sink.drain() == [("deleted", "Package/default/p")]

    async def test_a_process_that_starts_in_that_moment_is_ready_once_it_knows_everything(
        self, world: World
    ) -> None:
        world.server.restart(3)
        async with follow(world, settle=2) as supervisor:
            assert not supervisor.ready
            await asyncio.sleep(5)
            assert supervisor.ready
            assert len(world.known("Widget")) == 2

    async def test_what_was_restored_is_not_dropped_in_that_moment_either(self, world: World) -> None:
        restored = {}
        async with follow(world) as supervisor:
            versions = supervisor.versions()
            restored = {
                place: Checkpoint(versions[place], list(following.reflector.known.values()))
                for place, following in supervisor._following.items()
            }
        world.forget()
        world.server.restart(3)
        async with follow(world, settle=2, restored=restored) as supervisor:
            # Whoever keeps the state goes on keeping what is not followed yet.
            assert supervisor.versions() == versions
            await asyncio.sleep(30)
            assert world.sink.drain() == []
            assert len(supervisor.states) == 3
            assert world.requests(Verb.STREAM, resource=WIDGETS) == []


class TestGone:
    @pytest.mark.parametrize("aggregated", [True, False])
    async def test_a_group_that_was_broken_at_first_and_is_gone_later_leaves_nothing(
        self, world: World, aggregated: bool
    ) -> None:
        world.server.faults.aggregated_discovery = aggregated
        gone = Item("Package/default/p", "u", "5")
        world.sink.contents[gone.id] = gone
        world.server.faults.broken_groups.add("example.org")
        async with follow(world, restored={Place(AGGREGATED, Scope()): Checkpoint("5", [gone])}):
            assert gone.id in world.sink.contents
            await asyncio.sleep(60)
            assert gone.id in world.sink.contents
            # The APIService is deleted.
            world.server.faults.broken_groups.clear()
            world.server.withdraw(AGGREGATED)
            await asyncio.sleep(60)
            assert gone.id not in world.sink.contents
            assert world.telemetry.forgot == [AGGREGATED]

    async def test_one_that_is_repaired_is_followed_from_where_it_was(self, world: World) -> None:
        async with follow(world) as supervisor:
            version = supervisor.versions()[Place(AGGREGATED, Scope())]
            (item,) = (each for each in world.sink.contents.values() if each.id == "Package/default/p")
        world.forget()
        world.server.faults.broken_groups.add("example.org")
        async with follow(world, restored={Place(AGGREGATED, Scope()): Checkpoint(version, [item])}):
            await asyncio.sleep(60)
            world.server.faults.broken_groups.clear()
            await asyncio.sleep(60)
            assert ("deleted", item.id) not in world.sink.drain()
            assert world.requests(Verb.STREAM, Verb.LIST, resource=AGGREGATED) == []

    async def test_what_nobody_serves_at_the_first_discovery(self, world: World) -> None:
        gone = Item("Gadget/default/g", "u", "5")
        world.sink.contents[gone.id] = gone
        kept = {Place("gadgets.example.com", Scope()): Checkpoint("5", [gone])}
        async with follow(world, restored=kept, settle=30):
            assert gone.id not in world.sink.contents
            assert world.telemetry.forgot == ["gadgets.example.com"]


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let others have their turn after every second object."""
    monkeypatch.setattr(scheduler, "TURN_SECONDS", -1.0)


class Scrapes:
    """Looks whenever anybody else has a turn: what is said to be complete has all of its objects."""

    def __init__(self, look: Callable[[], None]) -> None:
        self.count = 0
        self._looking = asyncio.create_task(self._look(look))

    async def _look(self, look: Callable[[], None]) -> None:
        while True:
            look()
            self.count += 1
            await asyncio.sleep(0 if self.count % 50 else 0.01)

    async def end(self) -> None:
        self._looking.cancel()
        done, _ = await asyncio.wait([self._looking])
        for task in done:
            assert task.cancelled(), task.exception()
        assert self.count > 100


@pytest.mark.usefixtures("turns")
class TestCoverage:
    """While a resource stops or changes its version, nobody is told that it is complete."""

    @pytest.fixture
    def many(self, world: World) -> World:
        world.sink.reread = True
        for number in range(300):
            world.server.put(widget(f"w{number:04}"))
        return world

    def complete(self, world: World) -> None:
        if world.telemetry.sync.get(WIDGETS):
            assert len(world.sink.contents) == 3 + 302 + 1

    async def test_while_it_stops(self, many: World) -> None:
        async with follow(many):
            scrapes = Scrapes(lambda: self.complete(many))
            # The objects are gone with the connection: nothing tells of each.
            many.server.break_connections()
            many.server.delete(DEFINITIONS, "", WIDGETS)
            await asyncio.sleep(30)
            await scrapes.end()
            assert many.known("Widget") == {}
            assert WIDGETS not in many.telemetry.sync

    @pytest.mark.parametrize(("first", "then"), [(("v1",), ("v2",)), (("v1",), ("v2", "v1"))])
    async def test_while_another_version_takes_over(
        self, many: World, first: tuple[str, ...], then: tuple[str, ...]
    ) -> None:
        many.server.put(definition(*first))
        async with follow(many) as supervisor:
            many.forget()
            scrapes = Scrapes(lambda: self.complete(many))
            fresh = definition(*then)
            fresh["metadata"]["labels"] = {"a": "b"}
            many.server.put(fresh)
            await asyncio.sleep(30)
            await scrapes.end()
            # Each object is read in the new version, and none goes.
            events = many.sink.drain()
            assert {what for what, _ in events} == {"changed"}
            assert len(events) == 302
            assert many.known("Widget") == many.fresh(WIDGETS, "Widget")
            assert [state.phase for state in supervisor.states] == ["synced"] * 3
            assert many.telemetry.forgot == []

    async def test_what_changed_meanwhile_is_told_once(self, many: World) -> None:
        async with follow(many):
            many.forget()
            many.server.put(definition("v2"))
            many.server.delete(WIDGETS, "default", "w0000")
            many.server.put(widget("w0001", "v2") | {"spec": {"new": True}})
            many.server.put(widget("new", "v2"))
            many.server.delete(WIDGETS, "default", "w0002")
            many.server.put(widget("w0002", "v2"))
            await asyncio.sleep(30)
            events = many.sink.drain()
            assert events.count(("deleted", "Widget/default/w0000")) == 1
            assert events.count(("changed", "Widget/default/w0001")) == 1
            assert events.count(("added", "Widget/default/new")) == 1
            assert [what for what, name in events if name == "Widget/default/w0002"] == ["deleted", "added"]
            assert len(events) == 304
            assert many.known("Widget") == many.fresh(WIDGETS, "Widget")

    async def test_a_list_of_the_new_version_that_fails_drops_nothing(self, many: World) -> None:
        async with follow(many) as supervisor:
            many.forget()
            many.server.faults.order(WIDGETS, faults.Refuse(500), times=8)
            many.server.put(definition("v2"))
            await asyncio.sleep(20)
            assert many.sink.drain() == []
            assert not many.telemetry.sync[WIDGETS]
            assert [state.phase for state in supervisor.states] == ["synced", "failing", "synced"]
            await asyncio.sleep(120)
            assert {what for what, _ in many.sink.drain()} == {"changed"}
            assert many.telemetry.sync[WIDGETS]

    async def test_what_was_kept_in_another_version_is_listed_again(self, world: World) -> None:
        async with follow(world) as supervisor:
            place = Place(WIDGETS, Scope())
            version = supervisor.versions()[place]
            items = list(supervisor._following[place].reflector.known.values())
        world.forget()
        world.sink.reread = True
        world.server.put(definition("v2"))
        restored = {place: Checkpoint(version, items, "example.com/v1")}
        async with follow(world, restored=restored):
            assert world.sink.drain()[:2] == [("changed", item.id) for item in items]


@pytest.mark.usefixtures("turns")
async def test_a_resource_that_is_not_wanted_any_more_is_uncovered_before_it_goes() -> None:
    world = World()
    world.pods(300)
    wanted = ["pods", "configmaps"]

    def choose(discovery: Discovery) -> Sequence[WatchTarget[Item]]:
        return choosing(*wanted)(discovery)

    async with world.supervised(choose) as supervisor:

        def look() -> None:
            if world.telemetry.sync.get("pods"):
                assert len(world.sink.contents) == 300

        scrapes = Scrapes(look)
        wanted.remove("pods")
        supervisor._changed.set()
        await asyncio.sleep(30)
        await scrapes.end()
        assert world.known() == {}
