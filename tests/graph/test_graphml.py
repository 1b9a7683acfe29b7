"""The graph as GraphML: read back by an XML parser, it is the graph."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.graph.graphml import as_graphml
from astrolabe.kinds.judges.registry import JUDGES
from tests.graph.test_laws import step
from tests.graph.worlds import histories

SPACE = "{http://graphml.graphdrawing.org/xmlns}"


def read(graph: Graph) -> tuple[dict[str, dict[str, str]], list[tuple[str, ...]]]:
    root = ET.fromstring("".join(as_graphml(graph)))
    keys = {each.get("id"): each.get("attr.name") for each in root.iter(f"{SPACE}key")}
    nodes: dict[str, dict[str, str]] = {}
    edges = []
    for node in root.iter(f"{SPACE}node"):
        assert node.get("id") not in nodes
        nodes[str(node.get("id"))] = {str(keys[data.get("key")]): data.text or "" for data in node}
    for edge in root.iter(f"{SPACE}edge"):
        values = {keys[data.get("key")]: data.text for data in edge}
        ends = str(edge.get("source")), str(edge.get("target"))
        assert set(ends) <= nodes.keys()
        edges.append((str(values["type"]), *ends, values.get("missing", ""), values.get("optional", "")))
    return nodes, edges


@settings(max_examples=50)
@given(histories)
def test_it_reads_back(history: list[tuple[str, Any]]) -> None:
    graph = Graph(JUDGES)
    for event in history:
        step(graph, event)
    nodes, edges = read(graph)
    assert {key for key, values in nodes.items() if values["status"] != "Missing"} == {n.id for n in graph}
    assert all(nodes[node.id]["status"] == node.status for node in graph)
    want = [(edge.type, edge.source, edge.target, "", "") for edge in graph.edges()]
    want += [
        (one.type, one.source, one.target, "true", "true" if one.optional else "false")
        for one in graph.missing()
    ]
    assert sorted(edges) == sorted(want)


@given(st.text(max_size=20))
def test_whatever_a_message_says_it_stays_within_its_element(message: str) -> None:
    graph = Graph()
    facts = Facts(id="Secret/a/x", kind="Secret", namespace="a", uid="u", api_version="v1")
    graph.apply(msgspec.structs.replace(facts, verdict=Verdict(message=f"<{message}>")))
    nodes, _ = read(graph)
    plain = message.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    assert len(nodes["Secret/a/x"]["message"]) == len(f"<{plain}>")
