"""Readiness in a sick cluster: a kind whose own server fails holds up nobody for long, and heals."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from astrolabe.kube.reflector import Checkpoint, ReflectorOptions
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place
from astrolabe.testing import faults
from astrolabe.testing.requests import Verb
from tests.kube.test_supervisor import DEFINITIONS, WIDGETS, choosing, definition, widget
from tests.kube.world import World, configmap, pod

pytestmark = pytest.mark.looptime

MESSAGE = 'conversion webhook for example.com/v1, Kind=Widget failed: Post "https://w": connection refused'
BROKEN: dict[str, faults.Fault | None] = {
    "as seen": None,
    "refused at once": faults.Refuse(500, MESSAGE),
    "refused by event": faults.ErrorEvent(500, MESSAGE),
    "slow to refuse": faults.Slow(6),
    "nobody answers": faults.Silent(),
    "nothing follows": faults.HalfOpen(),
    "not found": faults.Refuse(404),
}


@pytest.fixture
def world() -> World:
    made = World()
    made.pods(3)
    made.server.put(configmap("c"))
    made.server.put(definition("v1"))
    made.server.put(widget("w"))
    return made


def break_widgets(world: World, fault: faults.Fault | None) -> None:
    """Have a conversion webhook be down, in one of many ways; None is how a real API server puts it."""
    if fault is None:
        world.server.faults.break_conversion(WIDGETS)
        return
    reads = frozenset({Verb.LIST, Verb.WATCH, Verb.STREAM})
    world.server.faults.order(WIDGETS, fault, times=None, verbs=reads)
    if isinstance(fault, faults.ErrorEvent | faults.HalfOpen):
        # A list has neither events nor a stream that could stop.
        reads = frozenset({Verb.LIST})
    if isinstance(fault, faults.Slow | faults.ErrorEvent | faults.HalfOpen):
        world.server.faults.order(WIDGETS, faults.Refuse(500, MESSAGE), times=None, verbs=reads)


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("streaming", [True, False])
async def test_at_the_start(world: World, fault: faults.Fault | None, streaming: bool) -> None:
    break_widgets(world, fault)
    options = ReflectorOptions(streaming=streaming)
    async with world.supervised(
        choosing("pods", "configmaps", WIDGETS), settle=1, options=options
    ) as supervisor:
        assert not supervisor.ready
        assert [state.phase for state in supervisor.states][:2] == ["synced", "synced"]
        await asyncio.sleep(29)
        assert supervisor.ready
        (state,) = (state for state in supervisor.states if state.resource == WIDGETS)
        assert not state.listed
        assert state.phase in ("failing", "absent")
        assert state.error
        assert world.telemetry.sync == {"pods": True, "configmaps": True, WIDGETS: False}
        # Others are followed.
        world.server.put(pod("new"))
        await asyncio.sleep(1)
        assert world.known() == world.fresh()
        # It heals by itself.
        await asyncio.sleep(600)
        world.server.faults.clear(WIDGETS)
        await asyncio.sleep(60)
        assert world.telemetry.sync[WIDGETS]
        assert world.known("Widget") == world.fresh(WIDGETS, "Widget")
        assert [state.phase for state in supervisor.states] == ["synced"] * 3
        assert state.failures == 0


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN.keys())
async def test_later(world: World, fault: faults.Fault | None) -> None:
    async with world.supervised(choosing("pods", "configmaps", WIDGETS)) as supervisor:
        break_widgets(world, fault)
        world.server.break_connections()
        for _ in range(30):
            await asyncio.sleep(10)
            assert supervisor.ready
        if not isinstance(fault, faults.HalfOpen):
            # Whatever the words, it is no fault that passes.
            assert supervisor.states[2].phase in ("failing", "absent")
        assert [state.phase for state in supervisor.states][:2] == ["synced", "synced"]
        assert "Widget/default/w" in world.known("Widget")
        world.server.put(widget("x"))
        world.server.faults.clear(WIDGETS)
        await asyncio.sleep(60)
        assert world.known("Widget") == world.fresh(WIDGETS, "Widget")


async def test_an_outage_takes_no_readiness_back(world: World) -> None:
    """One kind fails on its own, and then the API server goes away."""
    world.server.faults.break_conversion(WIDGETS)
    async with world.supervised(choosing("pods", WIDGETS), settle=30) as supervisor:
        assert supervisor.ready
        world.server.go_away()
        for _ in range(30):
            await asyncio.sleep(10)
            assert supervisor.ready
            assert supervisor.usable
        world.server.come_back()
        world.server.faults.clear(WIDGETS)
        await asyncio.sleep(60)
        assert [state.phase for state in supervisor.states] == ["synced", "synced"]


async def test_a_definition_that_comes_later_and_is_broken(world: World) -> None:
    world.server.delete(DEFINITIONS, "", WIDGETS)
    async with world.supervised(choosing("pods", "configmaps", WIDGETS)) as supervisor:
        assert supervisor.ready
        break_widgets(world, faults.Refuse(500, MESSAGE))
        world.server.put(definition("v1"))
        await asyncio.sleep(30)
        assert len(supervisor.states) == 3
        assert supervisor.ready


async def test_three_failures_of_every_kind_are_an_api_server_that_fails(world: World) -> None:
    async with world.supervised(choosing("pods", "configmaps"), settle=0) as supervisor:
        world.server.faults.order("*", faults.Refuse(500), times=None)
        await asyncio.sleep(600)
        assert not supervisor.ready
        world.server.faults.clear("*")
        await asyncio.sleep(60)
        assert supervisor.ready


async def test_a_kind_that_is_alone_is_settled_where_definitions_answer(world: World) -> None:
    break_widgets(world, faults.Refuse(500, MESSAGE))
    async with world.supervised(choosing(WIDGETS), settle=30) as supervisor:
        assert supervisor.ready


async def test_groups_that_are_broken_are_named(world: World) -> None:
    world.server.faults.broken_groups.add("example.com")
    async with world.supervised(choosing("pods", WIDGETS)) as supervisor:
        assert supervisor.broken == {"example.com"}
        assert supervisor.ready
        world.server.faults.broken_groups.clear()
        await asyncio.sleep(40)
        assert supervisor.broken == set()
        assert world.known("Widget") == world.fresh(WIDGETS, "Widget")


class TestRestored:
    def kept(self, world: World, **more: Any) -> dict[Place, Checkpoint[Any]]:
        place = Place("pods", Scope())
        return {place: Checkpoint(str(world.server.version), list(world.sink.contents.values()), **more)}

    async def restored(self, world: World) -> dict[Place, Checkpoint[Any]]:
        async with world.supervised(choosing("pods")):
            pass
        world.forget()
        return self.kept(world)

    async def test_a_quiet_resource_is_known_as_soon_as_its_watch_is_accepted(self, world: World) -> None:
        kept = await self.restored(world)
        async with world.supervised(choosing("pods"), restored=kept, settle=1.5) as supervisor:
            assert supervisor.ready
            assert world.telemetry.sync == {"pods": True}
            assert [state.phase for state in supervisor.states] == ["synced"]
            assert world.requests(Verb.STREAM, Verb.LIST) == []

    async def test_nor_does_it_wait_longer_after_a_server_that_was_away(self, world: World) -> None:
        kept = await self.restored(world)
        world.server.faults.order("pods", faults.Refuse(503), times=3)
        async with world.supervised(choosing("pods"), restored=kept, settle=10) as supervisor:
            assert supervisor.ready
            assert [state.phase for state in supervisor.states] == ["synced"]

    async def test_while_what_was_missed_is_still_coming_it_is_not_known(self, world: World) -> None:
        kept = await self.restored(world)
        for number in range(50):
            world.server.put(pod(f"new{number}"))
        seen: list[tuple[bool, int]] = []
        put = world.sink.put

        def look(item: Any, old: Any, read_at: float | None) -> None:
            put(item, old, read_at)
            seen.append((world.telemetry.sync["pods"], len(world.known())))

        world.sink.put = look  # type: ignore[method-assign]
        async with world.supervised(choosing("pods"), restored=kept):
            assert [known for known, _ in seen] == [False] * 50
            assert world.telemetry.sync["pods"]

    async def test_a_version_that_is_too_old_is_never_said_to_be_known(self, world: World) -> None:
        kept = await self.restored(world)
        world.server.put(pod("new"))
        world.server.compact()
        world.server.faults.order("pods", faults.Refuse(500), verbs=frozenset({Verb.STREAM}))
        said: list[int] = []
        tell = world.telemetry.synced

        def note(resource: str, synced: bool) -> None:
            tell(resource, synced)
            if resource == "pods" and synced:
                said.append(len(world.known()))

        world.telemetry.synced = note  # type: ignore[method-assign]
        async with world.supervised(choosing("pods"), restored=kept, settle=30):
            assert said == [4]

    async def test_it_can_be_shown_before_the_api_server_answers(self, world: World) -> None:
        kept = await self.restored(world)
        world.server.go_away()
        async with world.supervised(choosing("pods", "configmaps"), restored=kept, settle=0.1) as supervisor:
            assert (supervisor.usable, supervisor.ready, supervisor.discovered) == (True, False, False)
            await asyncio.sleep(120)
            assert (supervisor.usable, supervisor.ready) == (True, False)
            world.server.come_back()
            await asyncio.sleep(60)
            assert (supervisor.usable, supervisor.ready) == (True, True)

    @pytest.mark.parametrize("kept", [{}, {Place("pods", Scope()): Checkpoint("", [])}])
    async def test_without_anything_restored_nothing_can_be_shown(self, world: World, kept: Any) -> None:
        world.server.go_away()
        async with world.supervised(choosing("pods"), restored=kept) as supervisor:
            assert (supervisor.usable, supervisor.ready) == (False, False)
