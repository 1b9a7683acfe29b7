"""What a cluster says all the time without anything happening reaches nobody, and costs hardly anything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Client, Exporter, cluster, following, serving, until

HEARTBEATS = 50


class Deltas(Follower):
    """What is told to those who follow the graph."""

    def __init__(self, exporter: Client | Exporter) -> None:
        self.all: list[Delta] = []
        exporter.application.bus.add("api", self)

    def follow(self, delta: Delta) -> None:
        self.all.append(delta)

    def lost(self) -> None:
        raise AssertionError


def beat(server: ApiServer, number: int) -> str:
    """Let a kubelet say that its Node is as it was; return the resource version that this makes."""
    node = server.get("nodes", "", "one")
    time = f"2026-03-01T12:{number:02}:00Z"
    for condition in node["status"]["conditions"]:
        condition["lastHeartbeatTime"] = time
    node["metadata"]["annotations"] = {"example.com/renewed": time}
    version: Any = server.put(node)["metadata"]["resourceVersion"]
    return str(version)


def newest(exporter: Client | Exporter) -> str:
    return exporter.application.supervisor.versions()[Place("nodes", Scope())]


async def test_a_heartbeat_is_no_event_and_leaves_answers_valid() -> None:
    server = cluster()
    async with serving(server) as client:
        paths = ("/api/v1/graph", "/api/v1/graph/Node/one", "/api/v1/graph/Node/one/neighbors")
        tags = [(await client.get(path))[1].headers["ETag"] for path in paths]
        event, deltas = client.application.feed.mark(), Deltas(client)
        before = await client.text("/metrics?name[]=astrolabe_resource_info")
        versions = [beat(server, number) for number in range(HEARTBEATS)]
        await until(lambda: newest(client) == versions[-1])
        assert deltas.all == []
        for path, tag in zip(paths, tags, strict=True):
            status, response, _ = await client.get(path, headers={"If-None-Match": tag})
            assert (status, response.headers["ETag"]) == (304, tag)
        assert client.application.feed.mark() == event
        assert client.application.exposition.backlog == 0
        assert await client.text("/metrics?name[]=astrolabe_resource_info") == before
        # Telemetry tells that the API server speaks.
        sample = client.application.telemetry.registry.get_sample_value
        assert sample("astrolabe_watch_events_total", {"resource": "nodes", "type": "MODIFIED"}) == HEARTBEATS


@pytest.mark.looptime
async def test_how_far_the_server_is_and_what_is_held_stays_known_and_one_object() -> None:
    server = cluster()
    async with following(server) as exporter:
        facts = exporter.application.graph.get("Node/one").facts  # type: ignore[union-attr]
        for number in range(HEARTBEATS):
            version = beat(server, number)
            await asyncio.sleep(1)
            assert newest(exporter) == version
        # The graph and who follows the API server hold the same facts: memory does not grow with heartbeats.
        assert exporter.application.graph.get("Node/one").facts is facts  # type: ignore[union-attr]
        assert facts.resource_version == version


@pytest.mark.looptime
async def test_a_list_that_says_nothing_new_tells_nobody() -> None:
    """After an outage everything may have a newer version, and most of it says what it said."""
    server = cluster()
    async with following(server) as exporter:
        deltas = Deltas(exporter)
        facts = exporter.application.graph.get("Node/one").facts  # type: ignore[union-attr]
        server.go_away()
        await asyncio.sleep(20)
        version = beat(server, 1)
        server.compact()
        server.come_back()
        await asyncio.sleep(60)
        assert exporter.telemetry("astrolabe_list_total", resource="nodes", result="success") == 2
        assert newest(exporter) == version
        assert deltas.all == []
        assert exporter.application.graph.get("Node/one").facts is facts  # type: ignore[union-attr]
