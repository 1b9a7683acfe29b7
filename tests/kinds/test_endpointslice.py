"""EndpointSlices."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.endpointslice import KIND
from tests.kinds.objects import GONE, edges, facts, verdict


def endpoint(pod: str | None = None, *, ready: bool | None = True, kind: str = "Pod") -> dict[str, Any]:
    target = {"kind": kind, "namespace": "shop", "name": pod, "uid": f"uid-{pod}"} if pod else None
    return {
        "addresses": ["10.1.0.1"],
        "conditions": {"ready": ready, "serving": True, "terminating": False},
        "targetRef": target,
        "nodeName": "node-1",
    }


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        ([endpoint("a"), endpoint("b")], ("Ready", "2 ready endpoint(s)")),
        ([endpoint("a"), endpoint("b", ready=False)], ("Ready", "1 ready endpoint(s)")),
        ([endpoint("a", ready=None)], ("Ready", "1 ready endpoint(s)")),
        ([{"addresses": ["10.1.0.1"], "conditions": {}}], ("Ready", "1 ready endpoint(s)")),
        ([{"addresses": ["10.1.0.1"], "conditions": None}], ("Ready", "1 ready endpoint(s)")),
        ([endpoint("a", ready=False)], ("Pending", "NoReadyEndpoints")),
        ([], ("Pending", "NoReadyEndpoints")),
        (None, ("Pending", "NoReadyEndpoints")),
    ],
)
def test_status(endpoints: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, endpoints=endpoints, addressType="IPv4", ports=[])) == expected


def test_being_deleted() -> None:
    assert verdict(facts(KIND, metadata=GONE, endpoints=[endpoint("a")])) == ("Pending", "Terminating")


def test_stands_between_its_service_and_every_pod_ready_or_not() -> None:
    described = facts(
        KIND,
        metadata={"labels": {"kubernetes.io/service-name": "web"}},
        endpoints=[
            endpoint("web-0"),
            endpoint("web-1", ready=False),
            endpoint("web-0"),
            endpoint("node-1", kind="Node"),
            endpoint(),
            {"addresses": [], "targetRef": {"kind": "Pod", "name": "web-2"}},
        ],
    )
    assert edges(described) == [
        "endpoints ← Service/shop/web",
        "endpoints → Pod/shop/web-0 = uid-web-0",
        "endpoints → Pod/shop/web-1 = uid-web-1",
        "endpoints → Pod/shop/web-2",
    ]


def test_of_no_service() -> None:
    assert edges(facts(KIND, metadata={"labels": {"app": "web"}}, endpoints=[])) == []


def test_a_pod_and_its_successor_of_the_same_name_are_two() -> None:
    """While a Pod of a StatefulSet is replaced, a slice may list both. Which comes first must not matter."""
    old, new = endpoint("db-0", ready=False), endpoint("db-0")
    new["targetRef"]["uid"] = "uid-successor"
    assert edges(facts(KIND, endpoints=[old, new])) == [
        "endpoints → Pod/shop/db-0 = uid-db-0",
        "endpoints → Pod/shop/db-0 = uid-successor",
    ]
