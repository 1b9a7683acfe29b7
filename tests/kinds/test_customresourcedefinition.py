"""CustomResourceDefinitions."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds import service
from astrolabe.kinds.customresourcedefinition import KIND
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import Backend, WebhookDetail
from tests.kinds.objects import GONE, GONE_SECONDS, edges, facts, verdict

CONVERTED: dict[str, Any] = {
    "conversion": {
        "strategy": "Webhook",
        "webhook": {"clientConfig": {"service": {"namespace": "shop", "name": "web", "path": "/convert"}}},
    }
}


def condition(name: str, status: str, reason: str = "", message: str = "") -> dict[str, Any]:
    told = {"type": name, "status": status, "reason": reason, "message": message}
    return {**told, "lastTransitionTime": GONE["deletionTimestamp"]}


ESTABLISHED = condition("Established", "True", "InitialNamesAccepted")
SAMPLE = {"spec": CONVERTED, "status": {"conditions": [ESTABLISHED]}}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([condition("NamesAccepted", "True"), ESTABLISHED], Verdict(message="Established")),
        (
            [condition("NamesAccepted", "False", "PluralConflict", '"widgets" is already in use')],
            Verdict("Error", "PluralConflict", '"widgets" is already in use', GONE_SECONDS),
        ),
        (
            [condition("Established", "False", "Installing")],
            Verdict("Error", "Installing", "The condition Established is False", GONE_SECONDS),
        ),
        ([], Verdict("Pending", "Installing", "The API server does not serve it yet")),
        (None, Verdict("Pending", "Installing", "The API server does not serve it yet")),
    ],
)
def test_status(conditions: Any, expected: Verdict) -> None:
    assert facts(KIND, status={"conditions": conditions}).verdict == expected


def test_one_that_is_being_deleted() -> None:
    assert verdict(facts(KIND, metadata=GONE, status={"conditions": [ESTABLISHED]})) == (
        "Pending",
        "Terminating",
    )


@pytest.mark.parametrize(
    ("spec", "expected", "required"),
    [
        (CONVERTED, ["calls → Service/shop/web"], True),
        ({"conversion": {"strategy": "None"}}, [], False),
        ({"conversion": {"webhook": {"clientConfig": {"url": "https://away.example"}}}}, [], False),
        ({"conversion": {"webhook": None}}, [], False),
        (None, [], False),
    ],
)
def test_who_converts_its_objects(spec: Any, expected: list[str], *, required: bool) -> None:
    described = facts(KIND, spec=spec)
    assert edges(described) == expected
    backends = (Backend("Service/shop/web", "443"),) if required else ()
    assert described.detail == WebhookDetail(required=required, backends=backends)


def test_without_the_service_that_converts_them_its_objects_cannot_be_read() -> None:
    graph = Graph(JUDGES)
    graph.apply(facts(KIND, **SAMPLE))
    graph.cover("Service")
    node = graph.get("CustomResourceDefinition/web")
    assert node is not None
    assert (node.status, node.reason) == ("Error", "WebhookUnavailable")
    assert node.message.endswith("Service web does not exist")
    graph.apply(facts(service.KIND))
    node = graph.get("CustomResourceDefinition/web")
    assert node is not None
    assert node.status == "Ready"


def test_what_it_defines() -> None:
    described = facts(KIND, spec={"group": "example.com", "names": {"kind": "Widget", "plural": "widgets"}})
    assert described.detail == WebhookDetail(defines="Widget.example.com")
