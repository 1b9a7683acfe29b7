"""What changed lately, over a restart of the whole exporter."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from astrolabe.derived.changes.recent import KEPT_SECONDS, MOST, Change, Recent
from astrolabe.graph.graph import Graph
from astrolabe.persistence.codec import Unreadable, encode
from astrolabe.persistence.state import memory_of_changes
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Exporter, cluster
from tests.api.shop import Object, make, pod
from tests.persistence.memory import Memory
from tests.persistence.test_restart import exporter

NOON = 1_800_000_000.0


def settings(level: str) -> Object:
    return make("ConfigMap", "settings", data={"level": level})


def deployment(image: str, replicas: int) -> Object:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"image": image}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return make("Deployment", "web", api="apps/v1", spec=spec)


def server() -> ApiServer:
    uses = pod("reader")
    uses["spec"]["volumes"] = [{"name": "c", "configMap": {"name": "settings"}}]
    return cluster(settings("info"), deployment("web:1", 1), uses)


def texts(exporter: Exporter, node_id: str) -> set[str]:
    return {change.text for change in exporter.application.recent.of(node_id)}


@pytest.mark.looptime
async def test_rollouts_replicas_and_configuration_are_known_after_a_restart() -> None:
    kept, memory = server(), Memory()
    async with exporter(kept, memory) as first:
        kept.put(settings("debug"))
        kept.put(deployment("web:2", 1))
        await asyncio.sleep(2)
        kept.put(deployment("web:2", 3))
        await asyncio.sleep(2)
        before = first.application.recent.remember()
        assert texts(first, "Deployment/shop/web") == {"image web:1 → web:2", "replicas 1 → 3"}
        assert texts(first, "ConfigMap/shop/settings") == {"was changed"}
    async with exporter(kept, memory) as second:
        assert second.application.recent.remember() == before
        # Also those that are exposed.
    async with exporter(kept, memory, metrics_denied=()) as third:
        assert len(await third.lines("astrolabe_last_change_timestamp_seconds{")) == len(before)
    async with exporter(kept, Memory()) as fresh:
        assert texts(fresh, "ConfigMap/shop/settings") == set()


def recent(*remembered: Change) -> Recent:
    return Recent(Graph(), lambda: NOON, remembered)


def test_what_is_too_old_or_of_a_time_to_come_is_left_out_and_the_rest_is_bounded() -> None:
    fine = Change("Node/a", "node", NOON - 60, "was cordoned")
    old = fine._replace(id="Node/b", at=NOON - KEPT_SECONDS)
    coming = fine._replace(id="Node/c", at=NOON + 3600)
    never = fine._replace(id="Node/d", at=float("nan"))
    assert recent(fine, old, coming, never).remember() == [fine]
    many = [fine._replace(id=f"Node/{number}", at=NOON - 1 - number) for number in range(2 * MOST)]
    assert len(recent(*many).remember()) <= MOST


@pytest.mark.parametrize("part", [b"", b"x", encode([1]), msgspec.msgpack.encode([encode([["a", "b"]])])])
def test_a_part_that_is_none_is_told(part: bytes) -> None:
    with pytest.raises(Unreadable):
        memory_of_changes({"changes": part})
    assert memory_of_changes({}) == ()
