"""Whatever happens, in whatever order: rows brought up to date by changes are the rows of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.cartography import Cartography
from astrolabe.graphdb.changes import Changes
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.resolving import Resolver
from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.podparts import ContainerPart, PodParts, VolumePart, WholePodDetail
from astrolabe.scheduling.steps import at_once
from tests.graph.test_laws import step
from tests.graph.worlds import histories, with_uids_of_their_own
from tests.graphdb.contents import Model, check, expected

SCHEMAS: tuple[Callable[[str], Schema], ...] = (Full, Agent, Cartography)


def flush(changes: Changes, resolver: Resolver, model: Model, most: int) -> None:
    while len(changes):
        at_once(changes.explain())
        model.write(at_once(resolver.batch(changes.take(most))))


@pytest.mark.parametrize("schema_type", SCHEMAS)
@settings(max_examples=100)
@given(history=histories.map(with_uids_of_their_own), data=st.data())
def test_rows_of_changes_are_the_rows_of_the_graph(
    schema_type: Callable[[str], Schema], history: list[tuple[str, Any]], data: st.DataObject
) -> None:
    schema = schema_type("c")
    graph, model = Graph(JUDGES), Model()
    changes, resolver = Changes(graph, schema), Resolver(graph, schema)
    changes.begin()
    root = schema.root()
    model.write(Batch(nodes=[root] if root is not None else []))
    for event in history:
        changes.follow(step(graph, event))
        if data.draw(st.integers(0, 3)) == 0:
            # A write that fails is made again, together with what came after it.
            if data.draw(st.booleans()):
                changes.put_back(changes.take(data.draw(st.integers(1, 5))))
            flush(changes, resolver, model, data.draw(st.sampled_from((1, 3, 100))))
            check(model.contents, expected(graph, schema))
    flush(changes, resolver, model, 2)
    check(model.contents, expected(graph, schema))


@pytest.mark.parametrize("schema_type", SCHEMAS)
def test_an_object_in_the_place_of_another_keeps_the_relationships_to_it(
    schema_type: Callable[[str], Schema],
) -> None:
    schema = schema_type("c")
    graph, model = Graph(JUDGES), Model()
    changes, resolver = Changes(graph, schema), Resolver(graph, schema)
    changes.begin()
    root = schema.root()
    model.write(Batch(nodes=[root] if root is not None else []))
    space = Facts(id="Namespace/a", kind="Namespace", uid="n1", api_version="v1")
    account = Facts(id="ServiceAccount/a/x", kind="ServiceAccount", namespace="a", uid="1", api_version="v1")
    pod = Facts(
        id="Pod/a/x",
        kind="Pod",
        namespace="a",
        uid="p",
        api_version="v1",
        refs=(Ref("uses-sa", "ServiceAccount/a/x"),),
    )
    for facts in (space, account, pod):
        changes.follow(graph.apply(facts))
    flush(changes, resolver, model, 100)
    before = len(model.contents.edges)
    for facts in (space, account):
        changes.follow(graph.apply(msgspec.structs.replace(facts, uid=f"new-{facts.uid}")))
    # In the same batch, and its own relationships are as they were.
    changes.follow(graph.apply(msgspec.structs.replace(pod, verdict=Verdict("Error"))))
    flush(changes, resolver, model, 100)
    assert len(model.contents.edges) == before > 0
    check(model.contents, expected(graph, schema))


@pytest.mark.parametrize("schema_type", SCHEMAS)
def test_of_an_object_whose_parts_are_as_they_were_only_its_own_row_is_written(
    schema_type: Callable[[str], Schema],
) -> None:
    schema, graph = schema_type("c"), Graph(JUDGES)
    changes, resolver = Changes(graph, schema), Resolver(graph, schema)
    changes.begin()
    detail = WholePodDetail(
        parts=PodParts((ContainerPart("web", "nginx"),), (VolumePart("data", "emptyDir"),)), phase="Running"
    )
    pod = Facts(id="Pod/a/x", kind="Pod", namespace="a", uid="p", api_version="v1", detail=detail)
    changes.follow(graph.apply(pod))
    first = at_once(resolver.batch(changes.take(100)))
    assert len(first.nodes) == 2
    changes.follow(graph.apply(msgspec.structs.replace(pod, verdict=Verdict("Error"))))
    second = at_once(resolver.batch(changes.take(100)))
    assert [row.end.key for row in second.nodes] == ["c/p"]
    assert second.edges == []


def test_too_many_changes_are_let_go() -> None:
    schema = Full("c")
    graph = Graph(JUDGES)
    changes = Changes(graph, schema, most=1)
    changes.begin()
    assert not changes.everything
    for event in (("apply", n) for n in _three()):
        changes.follow(step(graph, event))
    assert changes.everything
    assert not len(changes.take(10))


def _three() -> list[Any]:
    return [
        Facts(id=f"Secret/a/{n}", kind="Secret", namespace="a", uid=f"u{n}", api_version="v1")
        for n in range(3)
    ]
