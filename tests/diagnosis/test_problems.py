"""What is broken, by cause."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings

from astrolabe.derived.diagnosis.causes import causes
from astrolabe.derived.diagnosis.problems import Problem, gather, is_broken
from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import PodDetail
from tests.diagnosis.test_causes import DEGRADED, ill, shop
from tests.graph.test_graph import facts, owned_by
from tests.graph.test_laws import step
from tests.graph.worlds import everything_known, histories

CRASHING = Verdict("Error", "CrashLoopBackOff", "Container web exited with code 1")


def problems(graph: Graph) -> list[Problem]:
    walk = gather(graph, graph.all_unwell())
    while True:
        try:
            next(walk)
        except StopIteration as stop:
            found: list[Problem] = stop.value.found
            return found


def told(graph: Graph) -> list[tuple[str, int, list[str]]]:
    """Return id, how many are alike, and what waits."""
    return [(each.id, len(each.alike), each.waiting) for each in problems(graph)]


def pod(name: str, **more: Any) -> Facts:
    labels = (("app", "web"),)
    return facts("Pod", name, owners=owned_by("ReplicaSet", "web-1"), labels=labels, selectable=True, **more)


def test_a_healthy_cluster_has_none() -> None:
    assert told(shop()) == []


def test_pods_that_fail_alike_are_one_with_all_that_waits() -> None:
    graph = shop(*(pod(f"web-1-{letter}", verdict=CRASHING) for letter in "abc"))
    ill(graph, "Deployment/shop/web", "ReplicaSet/shop/web-1", "Ingress/shop/web")
    ((first, alike, waiting), *rest) = told(graph)
    assert (first, alike) == ("Pod/shop/web-1-a", 3)
    assert waiting == ["Deployment/shop/web"]
    # Its slice has an address, so the Service is well, and nothing explains what the Ingress says.
    assert rest == [("Ingress/shop/web", 1, [])]


def test_what_is_missing_is_one_problem_and_comes_before_what_is_pending() -> None:
    graph = shop(facts("ConfigMap", "slow", verdict=Verdict("Pending", "Terminating")))
    graph.remove("Secret/shop/db")
    ill(graph, *DEGRADED)
    first, second = problems(graph)
    assert (first.id, first.missing, first.node) == ("Secret/shop/db", True, None)
    assert first.waiting == ["Deployment/shop/web"]
    assert second.id == "ConfigMap/shop/slow"


def test_what_its_controller_has_replaced_is_none() -> None:
    evicted = Verdict("Error", "Evicted", "The node was low on resource: memory.")
    graph = shop(pod("web-1-old", verdict=evicted, detail=PodDetail(phase="Failed")))
    assert told(graph) == []


def test_two_owners_are_two_problems() -> None:
    other = msgspec.structs.replace(pod("api-1-a", verdict=CRASHING), owners=owned_by("ReplicaSet", "api-1"))
    graph = shop(pod("web-1-a", verdict=CRASHING), other)
    assert [each.id for each in problems(graph)] == ["Pod/shop/api-1-a", "Pod/shop/web-1-a"]


def test_a_cause_that_is_healthy_and_noted_says_so() -> None:
    """A quota that is used up is Ready, and explains what is refused for it nevertheless."""
    graph = shop()
    graph.apply(
        facts("ResourceQuota", "few", verdict=Verdict("Ready", "QuotaUsedUp", "Used up: pods 0 of 0"))
    )
    refused = Verdict("Error", "FailedCreate", 'pods "web-1-x" is forbidden: exceeded quota: few')
    graph.apply(facts("ReplicaSet", "web-2", verdict=refused))
    (only,) = problems(graph)
    assert only.id == "ResourceQuota/shop/few"
    assert only.affected == {"ReplicaSet/shop/web-2"}


@settings(max_examples=100, deadline=None)
@given(histories)
def test_whatever_is_broken_is_in_a_problem_with_its_cause(history: list[tuple[str, Any]]) -> None:
    graph = Graph(JUDGES)
    for event in (*everything_known, *history):
        step(graph, event)
    found = problems(graph)
    broken = {node.id: node for node in graph if is_broken(node)}
    assert set().union(*(each.affected for each in found)) == set(broken)
    for node in broken.values():
        because = {cause.id for cause in causes(graph, node)} or {node.id}
        assert because <= set().union(*(each.alike for each in found if node.id in each.affected))
    assert [each.rank for each in found] == sorted(each.rank for each in found)
