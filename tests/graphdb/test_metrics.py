"""What an export says of itself: each family is told on the page, and follows what happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from astrolabe.graph.facts import Facts
from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.metrics import ExportCollector
from astrolabe.graphdb.target import TargetError
from astrolabe.graphdb.writer import GraphWriter
from tests.graphdb.page import PAGE
from tests.graphdb.shop import grow, some


class Telling:
    """A writer and its families."""

    def __init__(self, writer: GraphWriter) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(ExportCollector(writer))

    def __getitem__(self, name: str) -> float | None:
        return self._registry.get_sample_value(f"astrolabe_export_{name}")

    def families(self) -> set[str]:
        return {sample.name for family in self._registry.collect() for sample in family.samples}


async def test_it_tells_how_the_database_is_doing(shop_facts: list[Facts], tmp_path: Path) -> None:
    facts = [each for each in some(shop_facts) if each.kind in ("Pod", "ServiceAccount")]
    folder = tmp_path / "away"
    folder.write_text("no folder")
    graph = grow(facts)
    writer = GraphWriter(graph, Agent("c"), Ladybug(folder / "graph.lbug"), lambda: True)
    tells = Telling(writer)
    assert [tells[name] for name in ("equal", "last_success_timestamp_seconds", "failures_total")] == [
        0,
        0,
        0,
    ]
    with pytest.raises(TargetError):
        await writer._step()
    await writer._failed("away", 1)
    assert tells["failures_total"] == 1
    folder.unlink()
    await writer._step()
    assert tells["equal"] == 1
    assert (tells["batches_total"] or 0) > 0
    assert (tells["last_success_timestamp_seconds"] or 0) > 1.7e9
    pod = next(each for each in facts if each.kind == "Pod")
    writer.follow(graph.remove(pod.id))
    assert tells["equal"] == 0
    assert (tells["waiting_changes"] or 0) > 0
    await writer._step()
    assert (tells["equal"], tells["waiting_changes"]) == (1, 0)
    await writer.close()


def test_the_page_tells_each_family(shop_facts: list[Facts], tmp_path: Path) -> None:
    graph = grow(shop_facts[:1])
    page = PAGE.read_text("utf-8")
    writer = GraphWriter(graph, Agent("c"), Ladybug(tmp_path / "graph.lbug"), lambda: True)
    families = Telling(writer).families()
    writer._worker.end()
    assert families
    for name in families:
        assert f"`{name}`" in page
