"""Every resource on its own; resources come and go while the program runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from astrolabe.kube.discovery import Discovery
from astrolabe.kube.reflector import Checkpoint
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place, WatchTarget
from astrolabe.testing import faults
from astrolabe.testing.requests import Verb
from astrolabe.testing.resources import defined
from astrolabe.testing.store import Store
from tests.kube.world import Item, World, configmap, decoder, pod

pytestmark = pytest.mark.looptime

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
WIDGETS = "widgets.example.com"
EVERYWHERE = (Scope(),)
UNDERSTOOD = ("v2", "v1", "v1beta1")

Choose = Callable[[Discovery], Sequence[WatchTarget[Item]]]


def choosing(*names: str, scopes: tuple[Scope, ...] = EVERYWHERE) -> Choose:
    def choose(discovery: Discovery) -> list[WatchTarget[Item]]:
        targets = []
        for name in names:
            plural, _, group = name.partition(".")
            served = discovery.find(group, plural, UNDERSTOOD)
            if served is not None:
                targets.append(WatchTarget(served.resource(), scopes, decoder(served.kind)))
        return targets

    return choose


def definition(*versions: str) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": WIDGETS},
        "spec": {
            "group": "example.com",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "scope": "Namespaced",
            "versions": [{"name": v, "served": True, "storage": v == versions[-1]} for v in versions],
        },
    }


def widget(name: str, version: str = "v1") -> dict[str, Any]:
    return {
        "apiVersion": f"example.com/{version}",
        "kind": "Widget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {},
    }


@pytest.fixture
def world() -> World:
    made = World()
    made.pods(3)
    made.server.put(configmap("c"))
    return made


async def test_follows_what_is_wanted_and_served(world: World) -> None:
    async with world.supervised(choosing("pods", "configmaps", WIDGETS)) as supervisor:
        assert supervisor.ready
        assert [state.resource for state in supervisor.states] == ["pods", "configmaps"]
        assert world.telemetry.sync == {"pods": True, "configmaps": True}
        assert world.known() == world.fresh()
        assert world.known("ConfigMap") == world.fresh("configmaps", "ConfigMap")
        version = str(world.server.version)
        assert supervisor.versions() == {
            Place("pods", Scope()): version,
            Place("configmaps", Scope()): version,
        }


@pytest.mark.parametrize("readable", [True, False])
async def test_a_definition_comes_and_goes(world: World, readable: bool) -> None:
    if not readable:
        world.server.faults.forbid(DEFINITIONS)
    async with world.supervised(choosing("pods", WIDGETS)) as supervisor:
        sockets, tasks = world.transport.open, len(asyncio.all_tasks())
        world.forget()

        world.server.put(definition("v1"))
        world.server.put(widget("w"))
        await asyncio.sleep(30)
        assert world.sink.drain() == [("added", "Widget/default/w")]
        assert world.telemetry.sync == {"pods": True, WIDGETS: True}
        assert supervisor.ready

        world.server.delete(DEFINITIONS, "", WIDGETS)
        await asyncio.sleep(30)
        assert world.sink.drain() == [("deleted", "Widget/default/w")]
        assert world.telemetry.sync == {"pods": True}
        assert [state.resource for state in supervisor.states] == ["pods"]
        await asyncio.sleep(60)
        assert (world.transport.open, len(asyncio.all_tasks())) == (sockets, tasks)


async def test_what_is_served_follows_the_definition_a_little_later(world: World) -> None:
    async with world.supervised(choosing(WIDGETS)) as supervisor:
        Store.put(world.server, definition("v1"))
        await asyncio.sleep(8)
        assert supervisor.states == []
        resource = defined(definition("v1"))
        assert resource is not None
        world.server.register(resource)
        await asyncio.sleep(22)
        assert [state.phase for state in supervisor.states] == ["synced"]


async def test_a_version_is_dropped(world: World) -> None:
    world.server.put(definition("v1beta1", "v1"))
    world.server.put(widget("w"))
    world.sink.reread = True
    async with world.supervised(choosing(WIDGETS)) as supervisor:
        assert world.requests(Verb.STREAM, resource=WIDGETS)[0].path == "/apis/example.com/v1/widgets"
        world.forget()
        world.server.put(definition("v1beta1"))
        await asyncio.sleep(30)
        assert {request.path for request in world.requests(Verb.STREAM, resource=WIDGETS)} == {
            "/apis/example.com/v1beta1/widgets"
        }
        assert [state.phase for state in supervisor.states] == ["synced"]
        assert world.known("Widget") == world.fresh(WIDGETS, "Widget")
        assert world.telemetry.sync == {WIDGETS: True}


async def test_storage_that_is_initializing_is_no_fault(world: World) -> None:
    initializing = faults.Refuse(429, "storage is (re)initializing", retry_after=1)
    async with world.supervised(choosing("pods", WIDGETS)) as supervisor:
        with capture_logs() as logs:
            world.server.faults.order(WIDGETS, initializing, times=4)
            world.server.put(definition("v1"))
            world.server.put(widget("w"))
            await asyncio.sleep(3)
            assert [(state.phase, state.error) for state in supervisor.states] == [
                ("synced", ""),
                ("listing", ""),
            ]
            await asyncio.sleep(27)
        assert [state.phase for state in supervisor.states] == ["synced", "synced"]
        assert [log for log in logs if log["log_level"] not in ("debug", "info")] == []
        assert world.known("Widget") == world.fresh(WIDGETS, "Widget")


@pytest.mark.parametrize("aggregated", [True, False])
async def test_a_broken_group_stops_nothing(world: World, aggregated: bool) -> None:
    world.server.faults.aggregated_discovery = aggregated
    world.server.put(definition("v1"))
    world.server.put(widget("w"))
    async with world.supervised(choosing("pods", WIDGETS)) as supervisor:
        assert len(world.sink.contents) == 4
        world.server.faults.broken_groups.add("example.com")
        world.server.put(definition("v1beta1", "v1"))
        world.server.break_connections()
        world.server.put(pod("new"))
        await asyncio.sleep(60)
        # What is known of the broken group stays, the rest goes on.
        assert world.known("Widget").keys() == {"Widget/default/w"}
        assert world.known() == world.fresh()
        assert [state.phase for state in supervisor.states] == ["synced", "failing"]
        world.server.faults.broken_groups.clear()
        await asyncio.sleep(60)
        assert [state.phase for state in supervisor.states] == ["synced", "synced"]


async def test_a_forbidden_kind_holds_up_nobody(world: World) -> None:
    world.server.faults.forbid("pods")
    with capture_logs() as logs:
        async with world.supervised(choosing("pods", "configmaps")) as supervisor:
            assert supervisor.ready
            assert [state.phase for state in supervisor.states] == ["forbidden", "synced"]
            assert world.telemetry.sync == {"pods": False, "configmaps": True}
            await asyncio.sleep(1000)
            world.server.faults.grant("pods")
            await asyncio.sleep(300)
            assert world.telemetry.sync == {"pods": True, "configmaps": True}
    # Said once, not once a retry.
    assert [log["phase"] for log in logs if log["log_level"] == "warning"] == ["forbidden"]


async def test_a_kind_that_becomes_forbidden_is_not_known_any_more_until_it_is_granted(world: World) -> None:
    async with world.supervised(choosing("pods", "configmaps")) as supervisor:
        assert world.telemetry.sync == {"pods": True, "configmaps": True}
        world.server.faults.forbid("pods")
        world.server.break_connections()
        await asyncio.sleep(60)
        assert [state.phase for state in supervisor.states] == ["forbidden", "synced"]
        assert world.telemetry.sync == {"pods": False, "configmaps": True}
        # What was known stays, as while the server is away.
        assert supervisor.ready
        assert world.known() == world.fresh()
        world.server.faults.grant("pods")
        await asyncio.sleep(310)
        assert world.telemetry.sync == {"pods": True, "configmaps": True}


async def test_an_outage_takes_nothing_back(world: World) -> None:
    async with world.supervised(choosing("pods")) as supervisor:
        world.server.go_away()
        await asyncio.sleep(60)
        assert [state.phase for state in supervisor.states] == ["failing"]
        assert world.telemetry.sync == {"pods": True}


async def test_a_slow_kind_holds_up_nobody_but_readiness(world: World) -> None:
    world.server.faults.order("pods", faults.Slow(20))
    async with world.supervised(choosing("pods", "configmaps"), settle=1) as supervisor:
        assert [state.phase for state in supervisor.states] == ["listing", "synced"]
        assert not supervisor.ready
        await asyncio.sleep(20)
        assert supervisor.ready


async def test_one_watch_for_each_namespace(world: World) -> None:
    world.server.put(pod("a", "team-a"))
    world.server.put(pod("b", "team-b"))
    world.server.faults.forbid("pods", "team-b")
    scopes = (Scope("team-a"), Scope("team-b"))
    async with world.supervised(choosing("pods", scopes=scopes)) as supervisor:
        assert {request.path for request in world.requests()} == {
            "/api/v1/namespaces/team-a/pods",
            "/api/v1/namespaces/team-b/pods",
        }
        assert [state.phase for state in supervisor.states] == ["synced", "forbidden"]
        # A kind has synced only once every scope of it has.
        assert world.telemetry.sync == {"pods": False}
        world.server.faults.grant("pods", "team-b")
        await asyncio.sleep(300)
        assert world.telemetry.sync == {"pods": True}
        assert world.known().keys() == {"Pod/team-a/a", "Pod/team-b/b"}


async def test_what_is_wanted_changes_at_run_time(world: World) -> None:
    """A scope that comes is followed, one that goes ends at once, for what is defined as well."""
    wanted = ["a"]
    world.server.put(definition("v1"))
    for namespace in ("a", "b"):
        world.server.put(pod("web", namespace))
        world.server.put(widget("w") | {"metadata": {"name": "w", "namespace": namespace}})

    def choose(discovery: Discovery) -> Sequence[WatchTarget[Item]]:
        return choosing("pods", WIDGETS, scopes=tuple(Scope(namespace) for namespace in wanted))(discovery)

    async with world.supervised(choose) as supervisor:
        assert sorted(world.sink.contents) == ["Pod/a/web", "Widget/a/w"]
        wanted[:] = ["b"]
        supervisor.reconsider()
        await asyncio.sleep(2)
        assert sorted(world.sink.contents) == ["Pod/b/web", "Widget/b/w"]
        assert len(world.server.watches("pods")) == len(world.server.watches(WIDGETS)) == 1
        assert world.sink.complete["pods"]
        assert supervisor.ready


async def test_exact_names(world: World) -> None:
    scopes = tuple(Scope("default", field_selector=f"metadata.name={name}") for name in ("p0000", "p0002"))
    async with world.supervised(choosing("pods", scopes=scopes)):
        assert world.known().keys() == {"Pod/default/p0000", "Pod/default/p0002"}


async def test_a_server_that_is_away_at_the_start(world: World) -> None:
    world.server.go_away()
    with capture_logs() as logs:
        async with world.supervised(choosing("pods")) as supervisor:
            await asyncio.sleep(300)
            assert (supervisor.ready, supervisor.error) == (False, "connection refused")
            world.server.come_back()
            await asyncio.sleep(60)
            assert (supervisor.ready, supervisor.error) == (True, "")
    # Once a minute, or a little later.
    said = [log["event"] for log in logs if log["log_level"] == "warning"].count(
        "no answer from the API server yet"
    )
    assert 3 <= said <= 5


async def test_away_for_ten_minutes_is_quiet_for_every_kind(world: World) -> None:
    async with world.supervised(choosing("pods", "configmaps")):
        world.forget()
        world.server.go_away()
        await asyncio.sleep(600)
        for path in {request.path for request in world.server.requests}:
            assert sum(request.path == path for request in world.server.requests) <= 0.25 * 600


async def test_what_nobody_serves_any_more_is_deleted_after_a_restart(world: World) -> None:
    gone = Item("Widget/default/w", "u", "5")
    world.sink.contents[gone.id] = gone
    kept = {
        Place(WIDGETS, Scope()): Checkpoint("5", [gone]),
        Place("pods", Scope()): Checkpoint(str(world.server.version), []),
    }
    async with world.supervised(choosing("pods"), restored=kept, settle=30):
        assert world.sink.drain() == [("deleted", "Widget/default/w")]
        assert world.telemetry.forgot == [WIDGETS]
        assert [request.verb for request in world.requests()] == [Verb.WATCH]


async def test_after_an_event_that_was_lost_no_process_goes_on_from_there(world: World) -> None:
    async with world.supervised(choosing("pods")) as supervisor:
        (watch,) = world.server.watches("pods")
        watch.send(b"garbage\n")
        world.server.put(pod("new"))
        await asyncio.sleep(1)
        assert supervisor.versions() == {Place("pods", Scope()): ""}
        await asyncio.sleep(60)
        assert supervisor.versions() == {Place("pods", Scope()): str(world.server.version)}


async def test_a_bug_in_the_sink_costs_one_kind_a_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.supervised(choosing("pods", "configmaps")) as supervisor:
        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.delattr("tests.kube.world.Recorder.put")
            world.server.put(pod("new"))
            await asyncio.sleep(10)
        assert [log["event"] for log in logs if log["log_level"] == "error"] == ["following crashed"]
        assert [state.phase for state in supervisor.states] == ["failing", "synced"]
        await asyncio.sleep(30)
        assert world.known() == world.fresh()
        assert [state.phase for state in supervisor.states] == ["synced", "synced"]
