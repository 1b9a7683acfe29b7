"""The laws of the graph, on generated histories, against a graph built from scratch."""

from __future__ import annotations

import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.graph.delta import Delta, Edge, Missing, Node, Root
from astrolabe.graph.facts import Facts, Release, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from tests.graph.worlds import histories, objects


class Mirror:
    """A listener that knows the graph from its deltas alone."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: set[Edge] = set()
        self.missing: set[Missing] = set()

    def follow(self, delta: Delta) -> None:
        for node_id, (before, after) in delta.nodes.items():
            assert self.nodes.get(node_id) == before
            assert before != after
            if after is None:
                del self.nodes[node_id]
            else:
                self.nodes[node_id] = after
        for changes, known in ((delta.edges, self.edges), (delta.missing, self.missing)):
            for item, came in changes.items():
                assert (item in known) is not came, "a change that changes nothing"
                (known.add if came else known.remove)(item)

    def check(self, graph: Graph) -> None:
        assert self.nodes == {node.id: node for node in graph}
        edges = list(graph.edges())
        assert len(edges) == len(set(edges)), "an edge is accounted to two nodes"
        assert self.edges == set(edges)
        assert self.edges == {edge for node in graph for edge in graph.incident(node)}
        assert self.missing == set(graph.missing())


def reported(graph: Graph, argument: tuple[str, Any]) -> Facts | None:
    """The same object with another status: the most frequent event of a real cluster."""
    node = graph.get(argument[0])
    return None if node is None else msgspec.structs.replace(node.facts, verdict=Verdict(argument[1]))


def step(graph: Graph, event: tuple[str, Any]) -> Delta:
    name, argument = event
    if name == "apply":
        return graph.apply(argument)
    if name == "report":
        facts = reported(graph, argument)
        return Delta() if facts is None else graph.apply(facts)
    if name == "remove":
        return graph.remove(argument)
    return getattr(graph, name)(*argument)


def indexes(graph: Graph) -> dict[str, Any]:
    """Every index of a graph, so that what a deleted object leaves behind shows."""
    found = {
        name: {key: set(index.get(key)) for key in index}
        for owner in (graph, graph._selections, graph._ownership, graph._records)
        for name, index in vars(owner).items()
        if type(index).__name__ == "Index"
    }
    return found | {
        "nodes": dict(graph._nodes),
        "hidden": dict(graph._ownership._hidden),
        "said": dict(graph._records._said),
    }


@settings(max_examples=400, deadline=None)
@given(histories)
def test_deltas_say_exactly_what_changed(history: list[tuple[str, Any]]) -> None:
    graph, mirror = Graph(JUDGES), Mirror()
    for event in history:
        mirror.follow(step(graph, event))
        mirror.check(graph)


@settings(max_examples=200, deadline=None)
@given(histories)
def test_a_resource_version_alone_is_no_change(history: list[tuple[str, Any]]) -> None:
    graph = Graph()
    for number, event in enumerate(history):
        step(graph, event)
        held = {node.id: node for node in graph if node.facts.uid}
        before = indexes(graph)
        for node in held.values():
            assert not graph.apply(msgspec.structs.replace(node.facts, resource_version=str(number)))
        assert indexes(graph) == before
        for node_id, node in held.items():
            assert graph.get(node_id) is node
            assert node.facts.resource_version == str(number)


@settings(max_examples=300, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_nothing_is_stale(
    history: list[tuple[str, Any]], chance: random.Random
) -> None:
    graph = Graph(JUDGES)
    final: dict[str, Facts] = {}
    coverage: dict[tuple[str, str], None] = {}
    for name, argument in history:
        report = reported(graph, argument) if name == "report" else None
        step(graph, (name, argument))
        if report is not None and report.id in final:
            final[report.id] = report
        if name == "apply":
            final[argument.id] = argument
        elif name == "remove":
            final.pop(argument, None)
        elif name == "cover":
            coverage[argument] = None
        elif name == "uncover":
            coverage.pop(argument, None)
    fresh = Graph(JUDGES)
    steps: list[tuple[str, Any]] = [("apply", facts) for facts in final.values()]
    steps += [("cover", scope) for scope in coverage]
    chance.shuffle(steps)
    for event in steps:
        step(fresh, event)
    assert indexes(graph) == indexes(fresh)
    assert set(graph.edges()) == set(fresh.edges())
    assert set(graph.missing()) == set(fresh.missing())


@settings(max_examples=200, deadline=None)
@given(st.lists(objects(), max_size=12))
def test_removing_everything_leaves_nothing(everything: list[Facts]) -> None:
    graph, mirror = Graph(JUDGES), Mirror()
    for facts in everything:
        mirror.follow(graph.apply(facts))
    for facts in everything:
        mirror.follow(graph.remove(facts.id))
    assert not mirror.nodes
    assert not mirror.edges
    assert not any(indexes(graph).values())


def inherited(facts: Facts, everything: list[Facts]) -> tuple[Root | None, Release | None, str]:
    """What an object has from those above it, hidden or not, looked up among all objects there are."""
    chain = [facts]
    while (owner := chain[-1].controller) is not None:
        above = [each for each in everything if (each.uid, each.kind) == (owner.uid, owner.kind)]
        if not above or above[0] in chain:
            break
        chain += above
    top = chain[-1].controller
    root = Root(top.kind, top.name) if top is not None else Root(chain[-1].kind, chain[-1].name)
    circular = top is not None and any((each.uid, each.kind) == (top.uid, top.kind) for each in chain)
    named = next((each.release for each in chain if each.release is not None), None)
    if named is not None and named.stored:
        said = [each.release for each in everything if each.release is not None and each.release.namespace]
        kept = [Release(each.namespace, each.name) for each in said if each.stored == named.stored]
        named = Release(named.namespace or min(kept, default=named.place).namespace, named.name)
    chart = next((each.chart for each in chain if each.chart), "")
    return (None if circular or facts.controller is None else root), named, chart


@settings(max_examples=400, deadline=None)
@given(st.lists(objects(), max_size=12, unique_by=lambda facts: facts.id))
def test_what_an_object_inherits_comes_from_those_above_it_hidden_or_not(everything: list[Facts]) -> None:
    graph = Graph()
    for facts in everything:
        graph.apply(facts)
    for facts in everything:
        node = graph.get(facts.id)
        assert (node is None) is facts.hidden
        if node is not None:
            assert (node.root, node.release, node.chart) == inherited(facts, everything)
