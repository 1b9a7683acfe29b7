"""Configurations of admission webhooks, and how they are judged by what they call."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds import service
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import Backend, WebhookDetail
from astrolabe.kinds.webhookconfiguration import MUTATING, VALIDATING
from tests.kinds.objects import edges, facts


def webhook(name: str = "policy.example.com", policy: str | None = None, **client: Any) -> dict[str, Any]:
    service = {"namespace": "opa", "name": "opa", "path": "/"}
    return {"name": name, "failurePolicy": policy, "clientConfig": client or {"service": service}}


@pytest.mark.parametrize("kind", [VALIDATING, MUTATING], ids=lambda kind: kind.name)
def test_edges_and_detail(kind: Any) -> None:
    both = [
        webhook(),
        webhook("other", "Ignore", service={"namespace": "x", "name": "y"}),
        webhook(url="https://z"),
    ]
    described = facts(kind, webhooks=both)
    assert edges(described) == ["calls → Service/opa/opa", "calls → Service/x/y (optional)"]
    assert described.detail == WebhookDetail(
        ("policy.example.com", "other", "policy.example.com"),
        required=True,
        backends=(Backend("Service/opa/opa", "443"),),
    )
    assert facts(kind, webhooks=None).detail == WebhookDetail()
    assert facts(kind, webhooks=[webhook(policy="Ignore")]).detail == WebhookDetail(("policy.example.com",))


def judged(*, exists: bool, policy: str = "Fail") -> Verdict:
    graph = Graph(JUDGES)
    graph.cover("Service")
    graph.apply(facts(VALIDATING, webhooks=[webhook(policy=policy)]))
    if exists:
        graph.apply(facts(service.KIND, name="opa", metadata={"namespace": "opa"}))
    node = graph.get("ValidatingWebhookConfiguration/web")
    assert node is not None
    return node.verdict


def test_one_that_cannot_be_asked_refuses_requests() -> None:
    words = "Requests are refused, since it cannot be asked: Service opa does not exist"
    assert judged(exists=False) == Verdict("Error", "WebhookUnavailable", words)
    assert judged(exists=False, policy="Ignore").status == "Ready"
    assert judged(exists=True).status == "Ready"


@pytest.mark.parametrize(
    ("asked", "served", "lacks"),
    [(None, 443, ""), (None, 8443, "443"), (8443, 443, "8443"), (8443, 8443, "")],
)
def test_the_port_that_is_asked_must_be_there(asked: int | None, served: int, lacks: str) -> None:
    graph = Graph(JUDGES)
    client = {"service": {"namespace": "opa", "name": "opa", "port": asked}}
    graph.apply(facts(VALIDATING, webhooks=[webhook(**client)]))
    graph.apply(
        facts(service.KIND, name="opa", metadata={"namespace": "opa"}, spec={"ports": [{"port": served}]})
    )
    node = graph.get("ValidatingWebhookConfiguration/web")
    assert node is not None
    words = f"Requests are refused, since it cannot be asked: Service opa has no port {lacks}"
    assert node.verdict == (
        Verdict("Error", "WebhookUnavailable", words) if lacks else facts(VALIDATING).verdict
    )
