"""The whole exporter, stopped and started again over a simulated API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from astrolabe.application import Application
from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.writer import StateWriter
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from astrolabe.testing.requests import Request, Verb
from tests.api.exporter import SEEN, Exporter, cluster, listening, until
from tests.api.shop import definition, make, pod, rocket
from tests.persistence.memory import Memory, MemoryShelf

virtual = pytest.mark.looptime
SYNCED = 35.0
"""Seconds after which a resource of which nothing is heard counts as followed (30), and some."""


@asynccontextmanager
async def exporter(
    server: ApiServer,
    memory: Memory,
    *,
    seconds: float = 5.0,
    followed: StateScope | None = None,
    **settings: Any,
) -> AsyncIterator[Exporter]:
    """Run an exporter that keeps its state."""
    state_writer = StateWriter(
        MemoryShelf(memory), followed or StateScope(cluster="shop"), host="host", interval=300
    )
    await state_writer.restore()
    chosen = Settings(**{"port": 0, "address": "127.0.0.1", "metrics_denied": (SEEN,), **settings})
    application = Application(chosen, InProcess(server), random=Random(1), state_writer=state_writer)
    stopping = asyncio.Event()
    running = asyncio.create_task(application.run(stopping))
    try:
        await asyncio.sleep(seconds)
        yield Exporter(application)
    finally:
        stopping.set()
        await running


def version(server: ApiServer, *served: str) -> None:
    """Have rockets be served in these versions alone."""
    fresh = definition()
    fresh["spec"]["versions"] = [
        {"name": name, "served": True, "storage": number == 0} for number, name in enumerate(served)
    ]
    server.put(fresh)


def lists(server: ApiServer, since: int) -> list[Request]:
    """Lists of anything but definitions, more than the one object that tells the newest version."""
    return [
        request
        for request in list(server.requests)[since:]
        if (request.verb is Verb.STREAM or (request.verb is Verb.LIST and request.query.get("limit") != "1"))
        and not request.resource.startswith("customresourcedefinitions")
    ]


@virtual
async def test_watches_go_on_where_they_were_without_a_list() -> None:
    server, memory = cluster(make("Secret", "db")), Memory()
    async with exporter(server, memory) as first:
        before = await first.text()
    server.put(pod("new"))
    server.delete("pods", "shop", "web-abc-2")
    server.delete("secrets", "shop", "db")
    asked = len(server.requests)
    async with exporter(server, memory, seconds=SYNCED) as second:
        assert lists(server, asked) == []
        assert second.application.supervisor.ready
        found = await second.text()
        async with exporter(server, Memory()) as fresh:
            assert found == await fresh.text() != before


@virtual
async def test_the_last_state_is_served_at_once_and_said_to_be_restored() -> None:
    server, memory = cluster(), Memory()
    async with exporter(server, memory) as first:
        before = await first.lines("astrolabe_resource_info")
    server.go_away()
    async with exporter(server, memory, seconds=600) as second:
        assert await second.lines("astrolabe_resource_info") == before
        # What is missing is only known when a kind has been heard of.
        assert await second.missing() == []
        assert second.telemetry("astrolabe_restored", resource="pods") == 1
        server.come_back()
        await asyncio.sleep(SYNCED + 30)
        assert second.application.supervisor.ready
        assert second.telemetry("astrolabe_restored", resource="pods") == 0
        assert len(await second.missing()) == 8


@virtual
async def test_a_version_that_is_too_old_is_listed_again_and_what_was_deleted_goes() -> None:
    server, memory = cluster(), Memory()
    async with exporter(server, memory):
        pass
    server.delete("pods", "shop", "web-abc-2")
    server.put(pod("new"))
    server.compact()
    async with exporter(server, memory, seconds=SYNCED) as second:
        async with exporter(server, Memory()) as fresh:
            assert await second.text() == await fresh.text()
        assert await second.lines("web-abc-2") == []


@virtual
async def test_a_server_restored_from_an_older_snapshot_is_followed() -> None:
    server, memory = cluster(), Memory()
    snapshot = server.snapshot()
    server.put(pod("later"))
    async with exporter(server, memory):
        pass
    server.restore(snapshot)
    async with exporter(server, memory, seconds=SYNCED) as second, exporter(server, Memory()) as fresh:
        assert await second.text() == await fresh.text()


@virtual
async def test_a_custom_kind_that_is_gone_meanwhile_goes_with_its_marks() -> None:
    server, memory = cluster(definition(), rocket("apollo")), Memory()
    async with exporter(server, memory) as first:
        assert await first.lines("astrolabe_resource_info", "apollo")
    server.delete("customresourcedefinitions.apiextensions.k8s.io", "", "rockets.space.example")
    async with exporter(server, memory, seconds=SYNCED) as second:
        assert await second.lines("apollo") == []
        assert second.telemetry("astrolabe_restored", resource="rockets.space.example") is None
        assert second.application.telemetry.restored == set()


class Gone(Follower):
    """The objects that went."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def follow(self, delta: Delta) -> None:
        self.names += (name for name, (_, after) in delta.nodes.items() if after is None)

    def lost(self) -> None:
        raise AssertionError


@virtual
async def test_a_custom_kind_that_has_another_version_meanwhile_is_read_in_that() -> None:
    server, memory = cluster(definition(), rocket("apollo"), rocket("gemini")), Memory()
    async with exporter(server, memory) as first:
        assert len(await first.lines('api_version="space.example/v1"')) == 2
    version(server, "v2")
    async with exporter(server, memory, seconds=0.0) as second:
        gone = Gone()
        second.application.bus.add("api", gone)
        await asyncio.sleep(SYNCED)
        assert gone.names == []
        async with exporter(server, Memory()) as fresh:
            assert await second.text() == await fresh.text()
        assert len(await second.lines('api_version="space.example/v2"')) == 2


@virtual
async def test_what_a_broken_group_serves_is_kept_over_more_than_one_restart_and_goes_with_the_group() -> (
    None
):
    server, memory = cluster(definition(), rocket("apollo")), Memory()
    async with exporter(server, memory) as first:
        before = await first.lines("apollo")
        assert before
    server.faults.broken_groups.add("space.example")
    for _ in range(3):
        async with exporter(server, memory, seconds=SYNCED) as second:
            assert await second.lines("apollo") == before
            assert second.application.telemetry.restored == {"rockets.space.example"}
    server.delete("customresourcedefinitions.apiextensions.k8s.io", "", "rockets.space.example")
    async with exporter(server, memory, seconds=SYNCED) as second:
        # While the group is said to be broken, what it serves is not known.
        server.faults.broken_groups.clear()
        await asyncio.sleep(60)
        assert await second.lines("apollo") == []
        assert second.application.telemetry.restored == set()


@virtual
async def test_restarted_together_with_the_api_server_nothing_is_dropped() -> None:
    server, memory = cluster(definition(), rocket("apollo")), Memory()
    async with exporter(server, memory) as first:
        before = await first.text()
    asked = len(server.requests)
    server.restart(3)
    async with exporter(server, memory, seconds=0.0) as second:
        for _ in range(40):
            await asyncio.sleep(1)
            assert len(await second.lines("astrolabe_resource_info", "apollo")) == 1
        assert await second.text() == before
        assert lists(server, asked) == []
        assert second.application.supervisor.ready


@virtual
async def test_namespaces_and_names_go_back_to_where_they_came_from() -> None:
    server, memory = cluster(pod("other", "elsewhere"), make("Secret", "db"), make("Secret", "tls")), Memory()
    settings: dict[str, Any] = {"namespaces": ("shop", "elsewhere"), "names": {"secrets": ("db", "tls")}}
    async with exporter(server, memory, **settings):
        pass
    asked = len(server.requests)
    async with exporter(server, memory, seconds=SYNCED, **settings) as second:
        assert lists(server, asked) == []
        objects = {(str(s.scope), s.resource): s.objects for s in second.application.supervisor.states}
        assert objects["namespace elsewhere", "pods"] == 1
        assert objects["namespace shop", "pods"] == 2
        assert objects["namespace shop, fields metadata.name=tls", "secrets"] == 1


@virtual
async def test_killed_in_the_middle_of_the_first_lists_everything_is_there_afterwards() -> None:
    server, memory = cluster(), Memory()
    server.faults.forbid("pods")
    async with exporter(server, memory):
        pass
    server.faults.grant("pods")
    async with exporter(server, memory, seconds=SYNCED) as second, exporter(server, Memory()) as fresh:
        assert await second.text() == await fresh.text()


async def test_readiness_and_health_say_that_it_is_restored() -> None:
    server, memory = cluster(), Memory()
    state_writer = StateWriter(MemoryShelf(memory), StateScope(cluster="shop"), host="host", interval=300)
    application = Application(
        Settings(port=0, address="127.0.0.1"), InProcess(server), state_writer=state_writer
    )
    stopping = asyncio.Event()
    running = asyncio.create_task(application.run(stopping))
    await until(lambda: application.supervisor.ready)
    stopping.set()
    await running
    server.go_away()
    state_writer = StateWriter(MemoryShelf(memory), StateScope(cluster="shop"), host="host", interval=300)
    await state_writer.restore()
    application = Application(
        Settings(port=0, address="127.0.0.1"), InProcess(server), state_writer=state_writer
    )
    stopping = asyncio.Event()
    with capture_logs() as logs:
        running = asyncio.create_task(application.run(stopping))
        try:
            await until(lambda: listening(logs))
            async with aiohttp.ClientSession(listening(logs)[0]) as session:
                async with session.get("/readyz") as answer:
                    assert answer.status == 200
                    lines = (await answer.text()).splitlines()
                assert lines[0] == "ready"
                assert lines[1].startswith("restored, not compared with the API server yet: clusterrole")
                assert lines[2].startswith("discovery: ")
                async with session.get("/health") as answer:
                    assert await answer.json() == {"status": "degraded", "nodes": 11}
                async with session.get("/livez") as answer:
                    assert answer.status == 200
                async with session.get("/metrics") as answer:
                    text = await answer.text()
            assert 'astrolabe_restored{resource="pods"} 1.0' in text
            assert "astrolabe_persistence_up 1.0" in text
            assert 'astrolabe_resource_info{id="Pod/shop/web-abc-1"' in text
        finally:
            stopping.set()
            await running


@virtual
async def test_without_persistence_nothing_of_it_is_exposed() -> None:
    server = cluster()
    application = Application(Settings(port=0, address="127.0.0.1"), InProcess(server))
    names = {family.name for family in application.telemetry.registry.collect()}
    assert not [name for name in names if "persistence" in name]
