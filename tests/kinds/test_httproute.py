"""HTTPRoutes, alone and with what is around them."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kinds import gateway, service
from astrolabe.kinds.httproute import KIND
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import Backend, RouteDetail
from tests.kinds.objects import GONE, condition, edges, facts, verdict, words

WEB = {"name": "web"}
GATEWAY = "Gateway.gateway.networking.k8s.io"


ACCEPTED = condition("Accepted")
RESOLVED = condition("ResolvedRefs")
REFUSED = condition("Accepted", "False", "NotAllowedByListeners", "No listener takes the route")


def parent(*conditions: dict[str, Any], **ref: Any) -> dict[str, Any]:
    return {"parentRef": {**WEB, **ref}, "controllerName": "example.com/c", "conditions": list(conditions)}


def route(*parents: dict[str, Any], refs: Any = (WEB,), rules: Any = (), metadata: Any = None) -> Facts:
    return facts(
        KIND,
        metadata={"generation": 2, **(metadata or {})},
        spec={"parentRefs": list(refs), "rules": list(rules)},
        status={"parents": list(parents)},
    )


SAMPLE = {
    "metadata": {"generation": 2},
    "spec": {
        "parentRefs": [{"name": "web", "sectionName": "https", "port": 443}],
        "rules": [
            {
                "backendRefs": [{"group": "", "kind": "Service", "name": "web", "port": 80, "weight": 1}],
                "filters": [
                    {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "web", "port": 80}}}
                ],
            }
        ],
    },
    "status": {"parents": [parent(ACCEPTED, RESOLVED, sectionName="https", port=443)]},
}


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (route(parent(ACCEPTED, RESOLVED), metadata=GONE), ("Pending", "Terminating")),
        (route(parent(ACCEPTED, RESOLVED)), ("Ready", "Accepted by its parents")),
        (route(parent(condition("Accepted", seen=None))), ("Ready", "Accepted by its parents")),
        (route(parent(REFUSED, RESOLVED)), ("Error", "NotAllowedByListeners")),
        (
            route(parent(ACCEPTED, condition("ResolvedRefs", "False", "RefNotPermitted"))),
            ("Error", "RefNotPermitted"),
        ),
        (
            route(parent(ACCEPTED, condition("PartiallyInvalid", "True", "UnsupportedValue"))),
            ("Error", "UnsupportedValue"),
        ),
        (route(parent(condition("Accepted", "False", "not a word"))), ("Error", "Accepted")),
        (route(parent(condition("Accepted", "Unknown", "Pending"))), ("Pending", "Pending")),
        (route(parent(condition("Accepted", "False", "Pending"))), ("Pending", "Pending")),
        # What was said of an older generation, good or bad, says nothing of this one.
        (route(parent(condition("Accepted", seen=1))), ("Pending", "LatestGenerationNotObserved")),
        (route(parent(REFUSED | {"observedGeneration": 1})), ("Pending", "LatestGenerationNotObserved")),
        (
            route(parent(condition("ResolvedRefs", "False", "BackendNotFound", seen=1), REFUSED)),
            ("Error", "NotAllowedByListeners"),
        ),
        (route(), ("Pending", "Pending")),
        (route(parent()), ("Pending", "Pending")),
        (route(parent(condition("Other", "False"))), ("Unknown", "Its status has no condition Accepted")),
        (route(refs=()), ("Unknown", "It names no parent")),
        (facts(KIND), ("Unknown", "It names no parent")),
    ],
)
def test_status(described: Facts, expected: tuple[str, str]) -> None:
    assert verdict(described) == expected


def test_reason_and_message_are_the_controllers() -> None:
    assert words(route(parent(REFUSED))) == ("Error", "NotAllowedByListeners", "No listener takes the route")
    assert words(route(parent(condition("Accepted", "False", "NoMatchingParent"))))[2] == (
        "Its condition Accepted is False"
    )


def test_every_parent_has_to_answer() -> None:
    refs = (WEB, {"name": "inner", "namespace": "mesh"})
    inner = parent(ACCEPTED, name="inner", namespace="mesh")
    assert verdict(route(parent(ACCEPTED), inner, refs=refs)) == ("Ready", "Accepted by its parents")
    assert words(route(parent(ACCEPTED), refs=refs)) == (
        "Pending",
        "Pending",
        "No controller has answered for Gateway inner yet",
    )
    refused = parent(REFUSED, name="inner", namespace="mesh")
    assert verdict(route(parent(ACCEPTED), refused, refs=refs)) == ("Error", "NotAllowedByListeners")


def test_a_parent_that_is_no_longer_named_does_not_count() -> None:
    left_over = parent(REFUSED, name="old")
    assert verdict(route(left_over, parent(ACCEPTED))) == ("Ready", "Accepted by its parents")
    whole = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "shop"}
    assert verdict(route(parent(ACCEPTED, **whole))) == ("Ready", "Accepted by its parents")
    assert verdict(route(parent(ACCEPTED, sectionName="http"))) == ("Pending", "Pending")


def test_leads_to_its_parents_and_backends() -> None:
    described = route(
        refs=(
            WEB,
            {"name": "inner", "namespace": "mesh", "sectionName": "a"},
            {"name": "inner", "namespace": "mesh", "sectionName": "b"},
            {"group": "", "kind": "Service", "name": "api"},
            {"name": None},
        ),
        rules=(
            {"backendRefs": [{"name": "api", "port": 80}, {"name": "old", "port": 80, "weight": 0}]},
            {"backendRefs": [{"name": "api", "port": 81}, {"name": "far", "namespace": "blog", "port": 80}]},
            {"backendRefs": [{"group": "example.com", "kind": "Bucket", "name": "files"}]},
            {"filters": [{"requestMirror": {"backendRef": {"name": "copy"}}}, {"requestMirror": None}]},
            {"backendRefs": None, "filters": None},
        ),
    )
    assert edges(described) == [
        f"parent → {GATEWAY}/shop/web",
        f"parent → {GATEWAY}/mesh/inner",
        "parent → Service/shop/api",
        "routes-to → Service/shop/api",
        "routes-to → Service/shop/old (optional)",
        "routes-to → Service/blog/far",
        "routes-to → Bucket.example.com/shop/files",
        "routes-to → Service/shop/copy (optional)",
    ]
    assert described.detail == RouteDetail(
        (
            Backend("Service/shop/api", "80"),
            Backend("Service/shop/api", "81"),
            Backend("Service/blog/far", "80"),
            Backend("Bucket.example.com/shop/files"),
        )
    )


ANSWER = (parent(ACCEPTED),)


def judged(*around: Facts, port: int = 80, status: Any = ANSWER) -> tuple[str, str, str]:
    graph = Graph(JUDGES)
    for kind in (GATEWAY, "Service"):
        graph.cover(kind)
    for each in (route(*status, rules=[{"backendRefs": [{"name": "api", "port": port}]}]), *around):
        graph.apply(each)
    node = graph.get(f"{KIND.name}/shop/web")
    assert node is not None
    return node.status, node.reason, node.message


API = facts(service.KIND, name="api", spec={"clusterIP": "10.0.0.1", "ports": [{"port": 80}]})
TAKEN = facts(gateway.KIND, name="web", status={"conditions": [condition("Programmed")]})


def test_is_judged_by_what_is_behind_it() -> None:
    assert judged(TAKEN, API) == ("Ready", "", "Accepted by its parents")
    assert judged(TAKEN) == ("Error", "BackendsUnavailable", "Service api does not exist")
    assert judged(TAKEN, API, port=81) == ("Error", "BackendsUnavailable", "Service api has no port 81")


def test_a_gateway_that_does_not_exist_explains_that_nobody_answers() -> None:
    assert judged(API, status=()) == ("Error", "ReferenceNotFound", "Gateway web does not exist")
    assert judged(API, TAKEN, status=())[:2] == ("Pending", "Pending")
