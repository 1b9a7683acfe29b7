"""What events touch is rendered a moment later, once for many events; a scrape is one moment all the same."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.models.details import Away, ElsewhereDetail
from astrolabe.metrics import families
from astrolabe.metrics.exposed import ExposedMetrics
from astrolabe.metrics.exposition import BACKLOG, FOLD_INTERVAL, Exposition
from astrolabe.metrics.family import Family
from astrolabe.metrics.snapshot import Snapshot, plain

MANY = BACKLOG + 1


def facts(node_id: str, **fields: Any) -> Facts:
    kind, namespace, name = node_id.split("/")
    return Facts(
        **{"id": node_id, "kind": kind, "namespace": namespace, "uid": name, "api_version": "v1", **fields}
    )


class World:
    """A graph and its exposition."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.exposition = Exposition(self.graph)

    def apply(self, *several: Facts) -> None:
        for each in several:
            self.exposition.follow(self.graph.apply(each))

    def pair(self, number: int) -> None:
        """Let a ConfigMap come, and a Pod that uses it."""
        refs = (Ref("uses-configmap", f"ConfigMap/shop/{number:06}"),)
        self.apply(facts(f"Pod/shop/{number:06}", refs=refs), facts(f"ConfigMap/shop/{number:06}"))

    def leave(self, number: int) -> None:
        """Let both go."""
        for kind in ("ConfigMap", "Pod"):
            self.exposition.follow(self.graph.remove(f"{kind}/shop/{number:06}"))


def text(snapshot: Snapshot) -> str:
    return b"".join(plain(snapshot.pieces())).decode()


def test_what_many_events_touch_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    published: Counter[tuple[Family, str]] = Counter()
    original = world.exposition._rows._publish

    def publish(family: Family, key: str, row: str) -> None:
        published[family, key] += 1
        original(family, key, row)

    monkeypatch.setattr(world.exposition._rows, "_publish", publish)
    for number in range(5):
        world.apply(facts("Pod/shop/web", verdict=Verdict("Error" if number % 2 else "Ready")))
        world.apply(facts(f"Pod/shop/web-{number}"))
    assert not published
    page = text(world.exposition.snapshot_now())
    assert published[families.RESOURCE_STATUS, "Pod/shop/web"] == 1
    assert 'astrolabe_resources{kind="Pod",namespace="shop",status="Ready"} 6' in page


def test_what_is_again_as_it_was_shown_is_not_rendered() -> None:
    world = World()
    world.apply(facts("Pod/shop/web"))
    world.exposition.snapshot_now()
    world.apply(facts("Pod/shop/web", verdict=Verdict("Error")), facts("Pod/shop/web"))
    for _ in world.exposition._rows.work():
        pass
    keys = {key for table in world.exposition._tables.values() for key in table.pending}
    assert "Pod/shop/web" not in keys


def test_rendering_much_does_not_keep_all_of_its_text() -> None:
    world = World()
    for number in range(2 * BACKLOG):
        world.apply(facts(f"Pod/shop/{number:06}"))
    assert world.exposition.backlog == 0
    most = max(world.exposition.backlog for _ in world.exposition._render())
    assert BACKLOG < most < 1.2 * BACKLOG
    assert world.exposition.snapshot_now().samples > 4 * BACKLOG


def test_after_a_first_list_no_room_is_kept_for_as_much_again() -> None:
    world = World()
    for number in range(MANY):
        world.pair(number)
    world.exposition.snapshot_now()
    rows = world.exposition._rows
    for stale in (rows._stale_nodes, rows._edges.stale_carriers, rows._stale_sources):
        assert sys.getsizeof(stale) < 1000


async def test_a_snapshot_is_one_moment_while_much_comes_and_goes() -> None:
    world = World()
    for number in range(MANY):
        world.pair(number)
    taking = asyncio.create_task(world.exposition.snapshot())
    number = 0
    while not taking.done():
        await asyncio.sleep(0)
        world.pair(MANY + number)
        world.leave(number)
        number += 1
    assert number > 5
    shown: dict[str, set[str]] = {"nodes": set(), "ends": set()}
    for family in text_string_to_metric_families(text(taking.result())):
        for sample in family.samples:
            if family.name == "astrolabe_resource_info":
                shown["nodes"].add(sample.labels["id"])
            elif family.name == "astrolabe_edge_info":
                shown["ends"] |= {sample.labels["source"], sample.labels["target"]}
    # Each Pod has its ConfigMap, and each ConfigMap that a Pod uses is there.
    assert shown["nodes"] == shown["ends"]
    fresh = World()
    fresh.apply(*(node.facts for node in world.graph))
    assert text(await world.exposition.snapshot()) == text(fresh.exposition.snapshot_now())


async def test_a_list_that_goes_on_does_not_keep_ahead_of_a_snapshot() -> None:
    world = World()
    pairs = 0

    async def listed() -> None:
        nonlocal pairs
        while not taking.done():
            await world.exposition.relieve()
            for _ in range(100):
                world.pair(pairs)
                pairs += 1
            await asyncio.sleep(0)

    for number in range(MANY):
        world.apply(facts(f"Secret/shop/{number:06}"))
    taking = asyncio.create_task(world.exposition.snapshot())
    await asyncio.wait_for(listed(), 20)
    shown = text(taking.result())
    assert shown.count('astrolabe_resource_info{id="Secret/') == MANY
    assert shown.count('astrolabe_resource_info{id="Pod/') < pairs


@pytest.mark.looptime
async def test_between_scrapes_what_is_little_is_rendered_and_much_once_no_more_comes() -> None:
    world = World()
    running = asyncio.create_task(world.exposition.run())
    world.pair(0)
    await asyncio.sleep(1.5 * FOLD_INTERVAL)
    assert (world.exposition._rows.waiting, world.exposition.backlog > 0) == (0, True)
    for number in range(MANY):
        world.pair(number)
    await asyncio.sleep(FOLD_INTERVAL)
    world.pair(MANY)
    await asyncio.sleep(FOLD_INTERVAL)
    assert world.exposition._rows.waiting > BACKLOG
    await asyncio.sleep(10 * FOLD_INTERVAL)
    assert (world.exposition._rows.waiting, world.exposition.backlog) == (0, 0)
    running.cancel()


def test_relations_to_other_clusters_come_change_and_go_with_their_object() -> None:
    def leading(*edges: Away) -> str:
        world.apply(facts("Import/shop/web", resource_version=str(len(edges)), detail=ElsewhereDetail(edges)))
        return text(world.exposition.snapshot_now())

    world = World()
    east, west = (Away("routes-to", "Service/shop/web", name) for name in ("east", "west"))
    series = (
        'astrolabe_remote_edge_info{{type="routes-to",namespace="shop",source="Import/shop/web",'
        'source_kind="Import",target_cluster="{}",target_server="",target="Service/shop/web",'
        'target_kind="Service"}} 1\n'
    )
    assert series.format("east") in leading(east)
    both = leading(east, west)
    assert series.format("east") + series.format("west") in both
    assert 'astrolabe_edges{type="routes-to"}' not in both
    assert series.format("east") not in leading(west)
    assert "astrolabe_remote_edge_info{" not in leading()
    assert series.format("east") in leading(east)
    world.exposition.follow(world.graph.remove("Import/shop/web", "web"))
    assert "astrolabe_remote_edge_info{" not in text(world.exposition.snapshot_now())


def test_types_of_relations_are_chosen_for_other_clusters_as_well() -> None:
    graph = Graph()
    exposition = Exposition(graph, ExposedMetrics(edge_types=("refers",)))
    edges = (Away("refers", "Pod/shop/a", "east"), Away("routes-to", "Service/shop/b", "east"))
    exposition.follow(graph.apply(facts("Import/shop/web", detail=ElsewhereDetail(edges))))
    said = text(exposition.snapshot_now())
    assert ('target="Pod/shop/a"' in said, 'target="Service/shop/b"' in said) == (True, False)
