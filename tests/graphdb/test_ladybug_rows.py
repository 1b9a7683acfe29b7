"""Whatever texts rows have, Ladybug has them afterwards; and what is copied comes once."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.cartography import Cartography
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.resolving import Resolver
from astrolabe.graphdb.rows import Batch, EdgeRow, End, NodeRow, Value
from astrolabe.graphdb.schema import Schema
from astrolabe.scheduling.steps import at_once, batches
from tests.graphdb.contents import given, of_ladybug
from tests.graphdb.shop import grow

HOSTILE = (
    "plain", " before", "behind ", " ", "NULL", "null", "\\N", "a\\b", 'a\\"b', "a\\", "'", '"', '""', "\r",
    "\n", "\r\n", "a,b", "#", "\t", "é☃😀", "\x00x", "\x01", "[1]", "{a}", "1", "true", "\u2028", "\ufeffx",
    "x" * 100_000,
)  # fmt: skip
LISTS = ([""], ["", "", "a"], ["a", ""], ["[", "]", ","], ['"', "'"], list(HOSTILE[:-1]))


def rows() -> list[NodeRow]:
    columns = Full("c").columns("Node")
    values: list[dict[str, Value]] = [{"message": text, "labels": [text, "a"]} for text in HOSTILE]
    values += [
        {"labels": texts, "created": 1.7e9, "cordoned": bool(number % 2)}
        for number, texts in enumerate(LISTS)
    ]
    values += [{}, {"labels": ["a\x1fb\x1ec"]}]
    return [
        NodeRow(End("Node", f"c/{number}"), dict.fromkeys(columns) | each)
        for number, each in enumerate(values)
    ]


def edges(nodes: list[NodeRow]) -> list[EdgeRow]:
    columns = Full("c").edge_columns("USES_SECRET")
    return [
        EdgeRow("USES_SECRET", node.end, nodes[0].end, dict.fromkeys(columns) | {"paths": list(HOSTILE[:-1])})
        for node in nodes
    ]


@pytest.mark.parametrize("first", [True, False])
def test_texts_arrive_as_they_are(first: bool, tmp_path: Path) -> None:
    path = tmp_path / 'it\'s a "graph" é.lbug'
    target, nodes = Ladybug(path), rows()
    target.open(Full("c"))
    if not first:
        target.begin("1")
        target.sweep("1")
    target.begin("2")
    target.write(Batch(nodes=nodes), "2")
    target.write(Batch(edges=edges(nodes)), "2")
    target.sweep("2")
    target.close()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    found = of_ladybug(path)
    wanted = {row.end: given(row.values) for row in nodes}
    # What marks the texts of a list in the file.
    wanted[nodes[-1].end]["labels"] = ["abc"]
    assert found.nodes == wanted
    assert [values["paths"] for values in found.edges.values()] == [list(HOSTILE[:-1])] * len(nodes)


def test_what_comes_twice_or_leads_nowhere_is_left_out_of_a_first_load(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    target, nodes = Ladybug(path), rows()[:3]
    target.open(Agent("c"))
    target.begin("1")
    bare = [NodeRow(End("Secret", row.end.key), dict.fromkeys(Agent("c").columns("Secret"))) for row in nodes]
    for _ in range(2):
        target.write(Batch(nodes=[*bare, bare[0]]), "1")
    nowhere = EdgeRow("RUNS_AS", bare[0].end, End("Secret", "c/nowhere"), {"missing": None, "optional": None})
    target.write(Batch(edges=[nowhere]), "1")
    target.sweep("1")
    target.close()
    found = of_ladybug(path)
    assert found.nodes.keys() == {row.end for row in bare}
    assert not found.edges


def test_a_load_that_is_given_up_while_nodes_are_copied_leaves_nothing(tmp_path: Path) -> None:
    path, nodes = tmp_path / "graph.lbug", rows()
    for _ in range(2):
        target = Ladybug(path)
        assert target.open(Full("c")) == ""
        target.begin("1")
        target.write(Batch(nodes=nodes), "1")
        target.write(Batch(edges=edges(nodes)), "1")
        target.close()
        assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert not of_ladybug(path).nodes


def test_only_the_owner_may_read_rows_on_their_way(tmp_path: Path) -> None:
    target = Ladybug(tmp_path / "graph.lbug")
    target.open(Full("c"))
    target.begin("1")
    target.write(Batch(nodes=rows()), "1")
    (folder,) = (each for each in tmp_path.iterdir() if each.is_dir())
    (file,) = folder.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)
    target.close()
    assert not folder.exists()


@pytest.mark.parametrize("schema_type", [Full, Agent, Cartography])
def test_no_relationship_is_accounted_to_two_objects(
    schema_type: Callable[[str], Schema], shop_facts: list[Facts]
) -> None:
    graph = grow(shop_facts)
    resolver = Resolver(graph, schema_type("c"))
    found = [
        (row.type, row.source, row.target)
        for some in batches([node.id for node in graph], 1)
        for row in at_once(resolver.all_edges(some))
    ]
    assert len(found) == len(set(found)) > 0
