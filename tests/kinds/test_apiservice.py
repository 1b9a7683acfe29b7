"""APIServices."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Verdict
from astrolabe.kinds.apiservice import KIND
from tests.kinds.objects import GONE, GONE_SECONDS, edges, facts


def available(status: str, reason: str | None = None, message: str | None = None) -> dict[str, Any]:
    condition = {"type": "Available", "status": status, "reason": reason, "message": message}
    return {"conditions": [{**condition, "lastTransitionTime": GONE["deletionTimestamp"]}]}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (available("True", "Local", "Local APIServices are always available"), Verdict(message="Available")),
        (
            available("False", "ServiceNotFound", 'service/metrics in "kube-system" is not present'),
            Verdict(
                "Error", "ServiceNotFound", 'service/metrics in "kube-system" is not present', GONE_SECONDS
            ),
        ),
        (
            available("Unknown"),
            Verdict("Error", "NotAvailable", "The API server cannot reach it", GONE_SECONDS),
        ),
        ({"conditions": []}, Verdict("Unknown", message="No controller has looked at it")),
        (None, Verdict("Unknown", message="No controller has looked at it")),
    ],
)
def test_status(status: Any, expected: Verdict) -> None:
    assert facts(KIND, status=status).verdict == expected


def test_edges() -> None:
    service = {"namespace": "kube-system", "name": "metrics", "port": 443}
    assert edges(facts(KIND, spec={"service": service})) == ["serves → Service/kube-system/metrics"]
    assert edges(facts(KIND, spec={"service": None})) == []
    assert edges(facts(KIND, spec={"service": {"namespace": "kube-system"}})) == []
