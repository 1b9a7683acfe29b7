"""Causes and impact, on the cases that people are called for."""

from __future__ import annotations

import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.graph.dependencies import causes, impact, unhealthy
from astrolabe.graph.explanations import Explanations
from astrolabe.graph.facts import Facts, Ref, Requirement, Selection, Verdict
from astrolabe.graph.graph import Graph
from tests.graph.test_graph import facts, owned_by
from tests.graph.test_laws import step
from tests.graph.worlds import histories

WEB = (Requirement("app", "In", ("web",)),)


def shop(*changes: Facts) -> Graph:
    """Ingress → Service → EndpointSlice → Pods of a Deployment, which need a Secret and a Node."""
    graph = Graph()
    for kind in ("Secret", "ConfigMap", "Node", "EndpointSlice"):
        graph.cover(kind)
    uses = (Ref("uses-secret", "Secret/shop/db"), Ref("runs-on", "Node/one"))
    slice_refs = (Ref("endpoints", "Service/shop/web", reverse=True), Ref("endpoints", "Pod/shop/web-1-a"))
    objects = {
        item.id: item
        for item in (
            facts("Ingress", "web", refs=(Ref("routes-to", "Service/shop/web"),)),
            facts("Service", "web", selections=(Selection("selects", ("Pod",), WEB),)),
            facts("EndpointSlice", "web-x", refs=slice_refs),
            facts("Deployment", "web"),
            facts("ReplicaSet", "web-1", owners=owned_by("Deployment", "web")),
            *(
                facts(
                    "Pod",
                    f"web-1-{letter}",
                    owners=owned_by("ReplicaSet", "web-1"),
                    labels=(("app", "web"),),
                    selectable=True,
                    refs=uses,
                )
                for letter in "ab"
            ),
            facts("Secret", "db"),
            facts("Node", "one", ""),
            *changes,
        )
    }
    for item in objects.values():
        graph.apply(item)
    return graph


def why(graph: Graph, node_id: str) -> list[tuple[str, int]]:
    node = graph.get(node_id)
    assert node is not None
    return [(cause.id, cause.distance) for cause in causes(graph, node)]


def hit(graph: Graph, node_id: str) -> set[str]:
    node = graph.get(node_id)
    assert node is not None
    return impact(graph, node)


def ill(graph: Graph, *ids: str, status: str = "Error") -> None:
    for node_id in ids:
        node = graph.get(node_id)
        assert node is not None
        graph.apply(msgspec.structs.replace(node.facts, verdict=Verdict(status)))


DEGRADED = ("Deployment/shop/web", "ReplicaSet/shop/web-1", "Pod/shop/web-1-a", "Pod/shop/web-1-b")


def test_a_missing_secret_explains_everything_above_it() -> None:
    graph = shop()
    graph.remove("Secret/shop/db")
    ill(graph, *DEGRADED)
    assert why(graph, "Pod/shop/web-1-a") == [("Secret/shop/db", 1)]
    assert why(graph, "ReplicaSet/shop/web-1") == [("Secret/shop/db", 2)]
    assert why(graph, "Deployment/shop/web") == [("Secret/shop/db", 3)]
    node = graph.get("Deployment/shop/web")
    assert node is not None
    assert causes(graph, node)[0].path == ("ReplicaSet/shop/web-1", "Pod/shop/web-1-a", "Secret/shop/db")


def test_an_optional_reference_explains_nothing() -> None:
    optional = (Ref("uses-secret", "Secret/shop/extra", optional=True),)
    graph = shop(facts("Pod", "web-1-a", refs=optional, verdict=Verdict("Error")))
    assert why(graph, "Pod/shop/web-1-a") == []


def test_a_failed_node_explains_its_pods() -> None:
    graph = shop()
    ill(graph, "Node/one", *DEGRADED)
    assert why(graph, "Pod/shop/web-1-b") == [("Node/one", 1)]
    assert why(graph, "Deployment/shop/web") == [("Node/one", 3)]


def test_a_crashing_pod_explains_its_workload_and_itself_has_no_further_cause() -> None:
    graph = shop()
    ill(graph, "Deployment/shop/web", "ReplicaSet/shop/web-1", "Pod/shop/web-1-b")
    assert why(graph, "Pod/shop/web-1-b") == []
    assert why(graph, "Deployment/shop/web") == [("Pod/shop/web-1-b", 2)]


def test_what_is_healthy_on_the_way_ends_it() -> None:
    graph = shop()
    ill(graph, "Node/one", "Deployment/shop/web")
    assert why(graph, "Deployment/shop/web") == []


def test_the_nearest_three_are_enough() -> None:
    refs = tuple(Ref("uses-configmap", f"ConfigMap/shop/{name}") for name in "dcba")
    graph = shop(facts("Pod", "web-1-a", refs=refs, verdict=Verdict("Error")))
    assert why(graph, "Pod/shop/web-1-a") == [(f"ConfigMap/shop/{name}", 1) for name in "abc"]


def test_circles_end() -> None:
    graph = Graph()
    graph.apply(facts("A", "x", refs=(Ref("scales", "B/shop/x"),), verdict=Verdict("Error")))
    graph.apply(facts("B", "x", refs=(Ref("scales", "A/shop/x"),), verdict=Verdict("Error")))
    assert why(graph, "A/shop/x") == []
    assert hit(graph, "A/shop/x") == {"B/shop/x"}


def test_impact_reaches_the_ingress() -> None:
    graph = shop()
    pods = {"Pod/shop/web-1-a", "Pod/shop/web-1-b"}
    above = {
        "Deployment/shop/web",
        "ReplicaSet/shop/web-1",
        "Service/shop/web",
        "EndpointSlice/shop/web-x",
        "Ingress/shop/web",
    }
    assert hit(graph, "Secret/shop/db") == pods | above
    assert hit(graph, "Service/shop/web") == {"Ingress/shop/web"}
    assert hit(graph, "Ingress/shop/web") == set()


@settings(max_examples=300, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_whatever_is_explained_differently_is_told(
    history: list[tuple[str, Any]], chance: random.Random
) -> None:
    graph = Graph()
    explanations = Explanations(graph)
    known: dict[str, Any] = {}
    for event in history:
        explanations.follow(step(graph, event))
        if chance.random() < 0.4:
            refresh(graph, explanations, known)
    refresh(graph, explanations, known)
    assert explanations.waiting == 0
    assert known == {node.id: explained(graph, node.id) for node in graph if unhealthy(node)}


def explained(graph: Graph, node_id: str) -> tuple[list[tuple[str, int]], frozenset[str]]:
    return why(graph, node_id), frozenset(hit(graph, node_id))


def refresh(graph: Graph, explanations: Explanations, known: dict[str, Any]) -> None:
    for node_id in explanations.stale():
        known.pop(node_id, None)
        if unhealthy(graph.get(node_id)):
            known[node_id] = explained(graph, node_id)


def test_what_recovers_and_goes_at_once_is_no_reason_any_more() -> None:
    graph = Graph()
    explanations = Explanations(graph)
    refs = (Ref("scales", "B/shop/x"),)
    for each in (
        facts("A", "x", refs=refs, verdict=Verdict("Error")),
        facts("B", "x", verdict=Verdict("Error")),
    ):
        explanations.follow(graph.apply(each))
    assert "A/shop/x" in set(explanations.stale())
    explanations.follow(graph.apply(facts("B", "x")))
    explanations.follow(graph.remove("B/shop/x"))
    assert "A/shop/x" in set(explanations.stale())
