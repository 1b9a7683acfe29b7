"""Gateways, alone and with what is around them."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kinds import gatewayclass
from astrolabe.kinds.gateway import KIND
from astrolabe.kinds.judges.registry import JUDGES
from tests.kinds.objects import GONE, condition, edges, facts, verdict, words

CLASS = "GatewayClass.gateway.networking.k8s.io"


WELL = (condition("Accepted"), condition("Programmed"))
NO_CERTIFICATE = condition("ResolvedRefs", "False", "InvalidCertificateRef", "Secret shop/tls not found")


def gateway(*conditions: Any, listeners: Any = (), metadata: Any = None, spec: Any = None) -> Facts:
    found = [{"name": "https", "conditions": list(each)} for each in listeners]
    return facts(
        KIND,
        metadata={"generation": 2, **(metadata or {})},
        spec=spec,
        status={"conditions": list(conditions), "listeners": found},
    )


SAMPLE = {
    "metadata": {"generation": 2},
    "spec": {
        "gatewayClassName": "web",
        "listeners": [{"name": "https", "tls": {"certificateRefs": [{"group": "", "name": "tls"}]}}],
    },
    "status": {
        "conditions": [*WELL],
        "listeners": [{"name": "https", "conditions": [condition("ResolvedRefs")]}],
    },
}


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (gateway(*WELL, metadata=GONE), ("Pending", "Terminating")),
        (gateway(*WELL), ("Ready", "Programmed")),
        (gateway(*WELL, listeners=[WELL, WELL]), ("Ready", "Programmed")),
        (gateway(condition("Accepted", "False", "InvalidParameters")), ("Error", "InvalidParameters")),
        (gateway(WELL[0], condition("Programmed", "False", "NoResources")), ("Error", "NoResources")),
        (
            gateway(WELL[0], condition("Programmed", "False", "AddressNotAssigned")),
            ("Pending", "AddressNotAssigned"),
        ),
        (gateway(condition("Accepted", "Unknown", "Pending")), ("Pending", "Pending")),
        (
            gateway(condition("Accepted", "False", "ListenersNotValid"), listeners=[WELL, [NO_CERTIFICATE]]),
            ("Error", "InvalidCertificateRef"),
        ),
        (
            gateway(
                *WELL,
                listeners=[
                    [
                        condition("Programmed", "False", "Invalid"),
                        condition("Conflicted", "True", "HostnameConflict"),
                    ]
                ],
            ),
            ("Error", "HostnameConflict"),
        ),
        (gateway(*WELL, listeners=[[condition("Conflicted", "False")]]), ("Ready", "Programmed")),
        (
            gateway(condition("Programmed", seen=1), WELL[0]),
            ("Pending", "LatestGenerationNotObserved"),
        ),
        (gateway(), ("Pending", "Pending")),
        (facts(KIND), ("Pending", "Pending")),
    ],
)
def test_status(described: Facts, expected: tuple[str, str]) -> None:
    assert verdict(described) == expected


def test_reason_and_message_are_the_controllers() -> None:
    described = gateway(*WELL, listeners=[[NO_CERTIFICATE]])
    assert words(described) == ("Error", "InvalidCertificateRef", "Secret shop/tls not found")


def test_edges() -> None:
    certificates = [
        [{"name": "tls"}, {"name": "tls", "namespace": "certs"}],
        [{"name": "tls"}, {"group": "example.com", "kind": "Managed", "name": "web"}, {"name": None}],
    ]
    listeners: list[Any] = [{"tls": {"certificateRefs": refs}} for refs in certificates]
    described = gateway(
        spec={"gatewayClassName": "fast", "listeners": [*listeners, {"tls": None}, {"tls": {}}]}
    )
    assert edges(described) == [
        f"classifies ← {CLASS}/fast",
        "uses-secret → Secret/shop/tls",
        "uses-secret → Secret/certs/tls",
        "refers → Managed.example.com/shop/web",
    ]


def test_a_class_that_does_not_exist_explains_that_nobody_answers() -> None:
    graph = Graph(JUDGES)
    graph.cover(CLASS)
    graph.apply(gateway(spec={"gatewayClassName": "fast"}))
    node = graph.get(f"{KIND.name}/shop/web")
    assert node is not None
    assert (node.status, node.message) == ("Error", "GatewayClass fast does not exist")
    graph.apply(facts(gatewayclass.KIND, name="fast"))
    node = graph.get(f"{KIND.name}/shop/web")
    assert node is not None
    assert (node.status, node.message) == ("Pending", "No controller has answered yet")
