"""GatewayClasses."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.gatewayclass import KIND
from tests.kinds.objects import GONE, edges, facts, words


def accepted(status: str, reason: str, message: str = "", seen: int | None = 1) -> dict[str, Any]:
    condition = {"type": "Accepted", "status": status, "reason": reason, "message": message}
    return {"conditions": [condition | {"observedGeneration": seen}]}


SAMPLE = {
    "metadata": {"generation": 1},
    "spec": {"controllerName": "example.com/c"},
    "status": accepted("True", "Accepted"),
}
UNANSWERED = ("Pending", "Pending", "No controller has answered yet")


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        (GONE, accepted("True", "Accepted"), ("Pending", "Terminating", "Is being deleted")),
        ({}, accepted("True", "Accepted"), ("Ready", "", "Accepted")),
        ({}, accepted("False", "InvalidParameters", "No such"), ("Error", "InvalidParameters", "No such")),
        ({}, accepted("Unknown", "Pending", "Waiting for it"), ("Pending", "Pending", "Waiting for it")),
        ({}, accepted("False", "Waiting", "Waiting for it"), ("Pending", "Waiting", "Waiting for it")),
        (
            {"generation": 2},
            accepted("True", "Accepted"),
            (
                "Pending",
                "LatestGenerationNotObserved",
                "Waiting for the controller to observe the newest generation",
            ),
        ),
        ({"generation": 2}, accepted("True", "Accepted", seen=None), ("Ready", "", "Accepted")),
        ({}, {"conditions": [{"type": "SupportedVersion", "status": "False"}]}, UNANSWERED),
        ({}, None, UNANSWERED),
    ],
)
def test_status(metadata: Any, status: Any, expected: tuple[str, str, str]) -> None:
    assert words(facts(KIND, metadata={"generation": 1, **metadata}, status=status)) == expected


def test_it_is_in_no_namespace_and_declares_no_edges() -> None:
    described = facts(KIND, name="fast")
    assert described.id == "GatewayClass.gateway.networking.k8s.io/fast"
    assert edges(described) == []
