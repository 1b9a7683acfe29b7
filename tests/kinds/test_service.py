"""Services."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Requirement, Selection
from astrolabe.kinds.models.details import ServiceDetail
from astrolabe.kinds.service import KIND
from tests.kinds.objects import GONE, facts, verdict

ADDRESS = {"loadBalancer": {"ingress": [{"ip": "203.0.113.7", "ipMode": "VIP"}]}}
HOSTNAME = {"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}}
NO_ADDRESS: dict[str, Any] = {"loadBalancer": {}}
SELECTOR = {"tier": "front", "app": "web"}


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        ({"type": "ExternalName", "externalName": "example.com"}, {}, ("Ready", "External name")),
        ({"type": "ExternalName", "selector": SELECTOR}, {}, ("Ready", "External name")),
        ({"type": "ClusterIP"}, NO_ADDRESS, ("Ready", "No selector")),
        ({"type": "ClusterIP", "selector": {}}, NO_ADDRESS, ("Ready", "No selector")),
        ({"type": "ClusterIP", "selector": SELECTOR}, NO_ADDRESS, ("Ready", "Has ready endpoints")),
        ({"type": "NodePort", "selector": SELECTOR}, None, ("Ready", "Has ready endpoints")),
        ({"selector": SELECTOR}, None, ("Ready", "Has ready endpoints")),
        ({"type": "LoadBalancer", "selector": SELECTOR}, NO_ADDRESS, ("Pending", "NoAddress")),
        ({"type": "LoadBalancer", "selector": SELECTOR}, None, ("Pending", "NoAddress")),
        (
            {"type": "LoadBalancer", "selector": SELECTOR},
            {"loadBalancer": {"ingress": [{"ip": None, "hostname": ""}]}},
            ("Pending", "NoAddress"),
        ),
        ({"type": "LoadBalancer", "selector": SELECTOR}, ADDRESS, ("Ready", "Has ready endpoints")),
        ({"type": "LoadBalancer", "selector": SELECTOR}, HOSTNAME, ("Ready", "Has ready endpoints")),
        ({"type": "LoadBalancer"}, ADDRESS, ("Ready", "No selector")),
        ({"type": "LoadBalancer"}, NO_ADDRESS, ("Pending", "NoAddress")),
        (None, None, ("Ready", "No selector")),
    ],
)
def test_status(spec: Any, status: Any, expected: tuple[str, str]) -> None:
    described = facts(KIND, spec=spec, status=status)
    assert verdict(described) == expected


def test_one_that_is_being_deleted_does_not_wait_for_endpoints() -> None:
    described = facts(KIND, metadata=GONE, spec={"selector": SELECTOR})
    assert verdict(described) == ("Pending", "Terminating")


@pytest.mark.parametrize("kind", ["ClusterIP", "LoadBalancer"])
def test_selects_pods_by_all_labels_of_its_selector(kind: str) -> None:
    requirements = (Requirement("app", "In", ("web",)), Requirement("tier", "In", ("front",)))
    assert facts(KIND, spec={"type": kind, "selector": SELECTOR}).selections == (
        Selection("selects", ("Pod",), requirements),
    )


@pytest.mark.parametrize(
    "spec", [{}, {"selector": {}}, {"selector": None}, {"type": "ExternalName", "selector": SELECTOR}]
)
def test_selects_nothing(spec: Any) -> None:
    assert facts(KIND, spec=spec).selections == ()


def test_detail() -> None:
    assert facts(KIND, spec={"type": "NodePort", "clusterIP": "10.0.0.1"}).detail == ServiceDetail(
        "10.0.0.1", "NodePort"
    )
    assert facts(KIND, spec={}).detail == ServiceDetail("", "ClusterIP")
