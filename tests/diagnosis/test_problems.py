"""What is broken, by cause."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from astrolabe.derived.diagnosis.causes import causes
from astrolabe.derived.diagnosis.problems import Problem, Problems, gather, is_broken
from astrolabe.derived.diagnosis.reasons import BATCH
from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import PodDetail
from astrolabe.scheduling.steps import at_once
from tests.diagnosis.test_causes import DEGRADED, ill, shop
from tests.graph.test_graph import facts, owned_by
from tests.graph.test_laws import step
from tests.graph.worlds import everything_known, histories

CRASHING = Verdict("Error", "CrashLoopBackOff", "Container web exited with code 1")


def problems(graph: Graph) -> list[Problem]:
    return at_once(gather(graph, graph.all_unwell())).found


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


MANY = 10_000
WAITING = Verdict("Pending", "ContainerCreating", "Container web waits")
REPLACED = Verdict("Error", "Evicted", "The node was low on resource: memory.")


def many(**more: Any) -> Graph:
    """A shop with many Pods that are ill, and all that is made of them."""
    graph = shop(*(pod(f"web-1-{number:05}", **more) for number in range(MANY)))
    ill(graph, "Deployment/shop/web", "ReplicaSet/shop/web-1", "Service/shop/web", "Ingress/shop/web")
    return graph


def paced(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> tuple[Problems, list[int]]:
    """Return the problems, and how many objects were taken out of the graph between two pauses each."""
    taken = [0]
    get = Graph.get

    def counted(self: Graph, node_id: str) -> Any:
        taken[-1] += 1
        return get(self, node_id)

    monkeypatch.setattr(Graph, "get", counted)
    walk = gather(graph, graph.all_unwell())
    while True:
        try:
            next(walk)
        except StopIteration as stop:
            return stop.value, taken
        taken.append(0)


WEB_WAITS = ["Ingress/shop/web", "Service/shop/web", "Deployment/shop/web"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"verdict": CRASHING}, [("Pod/shop/web-1-00000", MANY, WEB_WAITS)]),
        (
            {"verdict": WAITING, "refs": (Ref("uses-secret", "Secret/shop/gone"),)},
            [("Secret/shop/gone", 1, WEB_WAITS)],
        ),
        (
            {"verdict": REPLACED, "detail": PodDetail(phase="Failed")},
            [
                ("Pod/shop/web-1-00000", 1, ["Deployment/shop/web"]),
                ("Service/shop/web", 1, ["Ingress/shop/web"]),
            ],
        ),
    ],
    ids=["crashing", "what is missing", "replaced"],
)
def test_many_that_fail_alike_are_one_and_hold_nobody_up(
    more: dict[str, Any], expected: list[tuple[str, int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (found, left_out), taken = paced(many(**more), monkeypatch)
    assert ([(each.id, len(each.alike), each.waiting) for each in found], left_out) == (expected, 0)
    # Of each some pauses apart, and of all of them together no square of their number.
    assert max(taken) <= 6 * BATCH
    assert sum(taken) <= 20 * MANY


def test_what_serves_users_comes_before_its_parts_where_there_is_too_much() -> None:
    graph = shop(*(pod(f"web-1-{letter}", verdict=CRASHING) for letter in "abcdef"))
    ill(graph, "Deployment/shop/web", "ReplicaSet/shop/web-1", "Ingress/shop/web")
    (problem,), left_out = at_once(gather(graph, graph.all_unwell(), looks=1))
    assert (problem.id, problem.affected) == ("Pod/shop/web-1-a", {"Deployment/shop/web"})
    assert left_out == len(graph.all_unwell()) - 1


def test_the_graph_may_change_at_every_pause() -> None:
    """Whatever goes meanwhile, the list comes to its end."""
    length = sum(1 for _ in gather(_small(), _small().all_unwell()))
    for number in range(0, length, 7):
        graph = _small()
        walk = gather(graph, graph.all_unwell())
        for _ in range(number):
            next(walk)
        for node_id in [node.id for node in graph]:
            graph.remove(node_id)
        for problem in at_once(walk).found:
            assert problem.id in problem.alike


def _small() -> Graph:
    graph = shop(*(pod(f"web-1-{number}", verdict=CRASHING) for number in range(2 * BATCH)))
    ill(graph, *DEGRADED)
    return graph


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
