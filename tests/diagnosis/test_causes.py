"""Causes and impact, on the cases that people are called for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from astrolabe.derived.diagnosis import explanations as module
from astrolabe.derived.diagnosis.causes import causes, impact
from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.derived.diagnosis.search import CAUSES
from astrolabe.graph.facts import Facts, Ref, Requirement, Selection, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import WebhookDetail
from tests.graph.test_graph import facts, owned_by
from tests.graph.test_laws import step
from tests.graph.worlds import everything_known, histories

WEB = (Requirement("app", "In", ("web",)),)


def shop(*changes: Facts) -> Graph:
    """Ingress → Service → EndpointSlice → Pods of a Deployment, which need a Secret and a Node."""
    graph = Graph(JUDGES)
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


def test_what_is_in_error_comes_before_what_waits() -> None:
    """Whatever their names: what is only not ready yet may wait for the other one."""
    config, machine = "Config.example.com/shop/m", "AWSMachine.example.com/shop/m"
    graph = shop(
        facts(
            "Machine.example.com",
            "m",
            refs=(Ref("refers", machine), Ref("refers", config)),
            verdict=Verdict("Pending", "Waiting"),
        ),
        facts("AWSMachine.example.com", "m", verdict=Verdict("Pending", "WaitingForBootstrapData")),
        facts("Config.example.com", "m", verdict=Verdict("Error", "DataSecretGenerationFailed")),
    )
    assert why(graph, "Machine.example.com/shop/m") == [(config, 1), (machine, 1)]


def test_the_nearest_three_are_enough() -> None:
    refs = tuple(Ref("uses-configmap", f"ConfigMap/shop/{name}") for name in "dcba")
    graph = shop(facts("Pod", "web-1-a", refs=refs, verdict=Verdict("Error")))
    assert why(graph, "Pod/shop/web-1-a") == [(f"ConfigMap/shop/{name}", 1) for name in "abc"]


def line(length: int, *, missing: bool, back: dict[int, int] | None = None) -> Graph:
    """Things in error, each of which needs the next; the last one is missing, or needs nothing further."""
    graph = Graph(JUDGES)
    graph.cover("Z")
    for number in range(length):
        kind = "Z" if number == length - 1 else "A"
        refs = [Ref("scales", f"{kind}/shop/{number + 1:02}")]
        if back and number in back:
            refs.append(Ref("mounts", f"A/shop/{back[number]:02}"))
        graph.apply(facts("A", f"{number:02}", refs=tuple(refs), verdict=Verdict("Error")))
    if not missing:
        graph.apply(facts("Z", f"{length:02}", verdict=Verdict("Error")))
    return graph


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 50), st.booleans(), st.dictionaries(st.integers(0, 49), st.integers(0, 49), max_size=5))
def test_a_cause_is_found_however_far_away_it_is(length: int, missing: bool, back: dict[int, int]) -> None:
    back = {here: there for here, there in back.items() if there <= here}
    graph = line(length, missing=missing, back=back)
    end = f"Z/shop/{length:02}"
    for number in range(length):
        assert why(graph, f"A/shop/{number:02}") == [(end, length - number)]
    first = graph.get("A/shop/00")
    assert first is not None
    assert causes(graph, first)[0].path[-2:] == ((f"A/shop/{length - 1:02}", end) if length > 1 else (end,))
    if not missing:
        assert len(hit(graph, end)) == length


@settings(max_examples=200, deadline=None)
@given(histories)
def test_a_cause_is_unhealthy_or_missing_and_reached_through_what_is_unhealthy(
    history: list[tuple[str, Any]],
) -> None:
    graph = Graph(JUDGES)
    for event in (*everything_known, *history):
        step(graph, event)
    # Where another object has the name of what is missing, the way ends there: that has a test of its own.
    assume(not any(missing.target in graph for missing in graph.missing()))
    for node in graph:
        found = causes(graph, node) if unhealthy(node) else []
        assert len(found) <= CAUSES
        assert [cause.distance for cause in found] == sorted(cause.distance for cause in found)
        for cause in found:
            assert cause.path[-1] == cause.id != node.id
            assert cause.missing or unhealthy(graph.get(cause.id))
            assert all(unhealthy(graph.get(each)) or each in missed(graph) for each in cause.path[:-1])
            assert not cause.missing or cause.id in missed(graph)


def missed(graph: Graph) -> set[str]:
    return {missing.target for missing in graph.missing()}


def test_circles_end() -> None:
    graph = Graph(JUDGES)
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


def test_a_namesake_of_what_is_missing_ends_the_way() -> None:
    """What somebody else's claim waits for is not why this Pod does not start."""
    graph = Graph(JUDGES)
    for kind in ("PersistentVolumeClaim", "StorageClass"):
        graph.cover(kind)
    scratch = "PersistentVolumeClaim/shop/web-scratch"
    fast = Ref("provisions", "StorageClass/fast", reverse=True)
    graph.apply(facts("PersistentVolumeClaim", "web-scratch", verdict=Verdict("Pending"), refs=(fast,)))
    mounts = Ref("mounts", scratch, uid="uid-Pod/shop/web")
    graph.apply(facts("Pod", "web", verdict=Verdict("Pending"), refs=(mounts,)))
    assert why(graph, scratch) == [("StorageClass/fast", 1)]
    assert why(graph, "Pod/shop/web") == [(scratch, 1)]


@settings(max_examples=300, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_whatever_is_explained_differently_is_told(
    history: list[tuple[str, Any]], chance: random.Random
) -> None:
    graph = Graph(JUDGES)
    explanations = Explanations(graph)
    known: dict[str, Any] = {}
    for event in history:
        explanations.follow(step(graph, event))
        if chance.random() < 0.4:
            refresh(graph, explanations, known)
    refresh(graph, explanations, known)
    assert explanations.waiting == 0
    assert known == {node.id: explained(graph, node.id) for node in graph if unhealthy(node)}


@settings(max_examples=1000, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_whatever_happens_while_a_walk_has_paused_is_told(
    history: list[tuple[str, Any]], chance: random.Random
) -> None:
    graph = Graph(JUDGES)
    explanations = Explanations(graph)
    known: dict[str, Any] = {}
    walk: Iterator[str] = iter(())
    for event in (*everything_known, *history):
        explanations.follow(step(graph, event))
        for _ in range(chance.randrange(4)):
            node_id = next(walk, None)
            if node_id is None:
                walk = explanations.stale()
            else:
                take(graph, node_id, known)
    for node_id in (*walk, *explanations.stale()):
        take(graph, node_id, known)
    assert known == {node.id: explained(graph, node.id) for node in graph if unhealthy(node)}


@settings(max_examples=300, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_whatever_could_not_be_worked_out_is_told_after_another_try(
    history: list[tuple[str, Any]], chance: random.Random
) -> None:
    graph = Graph(JUDGES)
    explanations = Explanations(graph, lambda _: None)
    known: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_below", "_above"):
            patch.setattr(module, name, sometimes(getattr(module, name), chance))
        for event in (*everything_known, *history):
            delta = step(graph, event)
            if chance.random() < 0.2:
                explanations.doubt(delta)
            else:
                explanations.follow(delta)
            if chance.random() < 0.4:
                refresh(graph, explanations, known)
    explanations.retry()
    refresh(graph, explanations, known)
    assert known == {node.id: explained(graph, node.id) for node in graph if unhealthy(node)}


def sometimes(function: Any, chance: random.Random) -> Any:
    def failing(*args: Any) -> Any:
        if chance.random() < 0.3:
            raise ValueError
        return function(*args)

    return failing


def explained(graph: Graph, node_id: str) -> tuple[list[tuple[str, int]], frozenset[str]]:
    return why(graph, node_id), frozenset(hit(graph, node_id))


def refresh(graph: Graph, explanations: Explanations, known: dict[str, Any]) -> None:
    for node_id in explanations.stale():
        take(graph, node_id, known)


def take(graph: Graph, node_id: str, known: dict[str, Any]) -> None:
    known.pop(node_id, None)
    if unhealthy(graph.get(node_id)):
        known[node_id] = explained(graph, node_id)


def test_what_recovers_and_goes_at_once_is_no_reason_any_more() -> None:
    graph = Graph(JUDGES)
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


@pytest.mark.parametrize("failing", [False, True])
def test_what_recovers_and_goes_while_a_walk_has_paused_is_no_reason_any_more(
    monkeypatch: pytest.MonkeyPatch,
    failing: bool,
) -> None:
    graph = Graph(JUDGES)
    explanations = Explanations(graph, lambda _: None)
    refs = (Ref("scales", "B/shop/x"),)
    for each in (
        facts("A", "x", refs=refs, verdict=Verdict("Error")),
        facts("B", "x", verdict=Verdict("Error")),
    ):
        explanations.follow(graph.apply(each))
    assert "A/shop/x" in set(explanations.stale())
    explanations.follow(graph.apply(facts("B", "x")))
    walk = explanations.stale()
    told = set()
    with monkeypatch.context() as patch:
        if failing:
            patch.setattr(module, "_above", lambda *_: 1 / 0)
        told.add(next(walk))
        told |= set(walk) if failing else set()
    explanations.follow(graph.remove("B/shop/x"))
    explanations.retry()
    assert "A/shop/x" in {*told, *walk, *explanations.stale()}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ('configmap "web" not found', True),
        ("couldn't find key LEVEL in ConfigMap shop/web", True),
        ("cannot open web: no such file", True),
        # A container, a part of an image's name, a namespace, and parts of other names.
        ("Container web exited with code 1", False),
        ("Init container web exited with code 1", False),
        ("cannot pull registry/web:3", False),
        ("cannot reach web/db", False),
        ("lookup web-db: no such host", False),
        ("the webs are many", False),
    ],
)
def test_what_is_optional_and_missing_explains_only_what_names_it(words: str, named: bool) -> None:
    optional = (Ref("uses-configmap", "ConfigMap/shop/web", optional=True),)
    verdict = Verdict("Error", "CrashLoopBackOff", words)
    graph = shop(facts("Pod", "web-1-a", refs=optional, verdict=verdict))
    assert why(graph, "Pod/shop/web-1-a") == ([("ConfigMap/shop/web", 1)] if named else [])


def test_what_a_namespace_cannot_be_emptied_of_is_traced_to_whoever_serves_it() -> None:
    graph = Graph(JUDGES)
    for kind in ("APIService", "Service"):
        graph.cover(kind)
    words = "Discovery failed for some groups, 1 failing: away.example/v1: stale GroupVersion discovery"
    graph.apply(facts("Namespace", "shop", "", verdict=Verdict("Pending", "Terminating", words)))
    down = Verdict("Error", "ServiceNotFound", "not present")
    serves = (Ref("serves", "Service/away/api"),)
    for name in ("v1.away.example", "v1.far.away.example", "v2.away.example"):
        graph.apply(facts("APIService", name, "", verdict=down, refs=serves))
    assert why(graph, "Namespace/shop") == [("Service/away/api", 2)]
    node = graph.get("Namespace/shop")
    assert node is not None
    assert causes(graph, node)[0].path[0] == "APIService/v1.away.example"


def holding(name: str, node: str, verdict: Verdict, claim: str = "data") -> Facts:
    refs = (Ref("mounts", f"PersistentVolumeClaim/shop/{claim}"), Ref("runs-on", f"Node/{node}"))
    return facts("Pod", name, refs=refs, verdict=verdict)


def test_a_webhook_explains_whoever_applies_objects_whatever_comes_first() -> None:
    """Flux and Argo CD hear the same words as the controllers of Kubernetes."""
    words = (
        'Deployment/web dry-run failed: failed calling webhook "check.example.com": no endpoints available'
    )
    kind, hook = "Kustomization.kustomize.toolkit.fluxcd.io", "ValidatingWebhookConfiguration/check"
    detail = WebhookDetail(("check.example.com",), required=True)
    graph = shop(
        facts(kind, "apps", verdict=Verdict("Error", "ReconciliationFailed", words)),
        facts("ValidatingWebhookConfiguration", "check", "", detail=detail),
    )
    explanations = Explanations(graph)
    assert why(graph, f"{kind}/shop/apps") == []
    unavailable = Verdict("Error", "WebhookUnavailable", "Service check does not exist")
    ill = facts("ValidatingWebhookConfiguration", "check", "", detail=detail, verdict=unavailable)
    explanations.follow(graph.apply(ill))
    assert f"{kind}/shop/apps" in set(explanations.stale())
    assert why(graph, f"{kind}/shop/apps") == [(hook, 1)]


def test_who_holds_a_volume_explains_who_cannot_attach_it() -> None:
    graph = Graph(JUDGES)
    explanations = Explanations(graph)

    def put(item: Facts) -> set[str]:
        explanations.follow(graph.apply(item))
        return set(explanations.stale())

    lost = Verdict("Error", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    waits = Verdict(
        "Pending", "FailedAttachVolume", "Multi-Attach error: Volume is already used by pod(s) old"
    )
    going = Verdict("Pending", "Terminating", "Is being deleted")
    put(facts("Node", "one", ""))
    put(facts("Node", "two", ""))
    put(facts("PersistentVolumeClaim", "data"))
    put(holding("old", "one", Verdict()))
    put(holding("apart", "one", going, claim="other"))
    put(holding("new", "two", waits))
    put(holding("newer", "two", waits))
    assert why(graph, "Pod/shop/new") == []
    # Whoever waits for the volume is explained again.
    assert {"Pod/shop/new", "Pod/shop/newer"} <= put(holding("old", "one", going))
    assert why(graph, "Pod/shop/new") == [("Pod/shop/old", 1)]
    assert {"Pod/shop/new", "Pod/shop/newer"} <= put(facts("Node", "one", "", verdict=lost))
    assert why(graph, "Pod/shop/new") == [("Node/one", 2)]
    explanations.follow(graph.remove("Pod/shop/old"))
    assert {"Pod/shop/new", "Pod/shop/newer"} <= set(explanations.stale())
    assert why(graph, "Pod/shop/new") == []
