"""Jobs."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.job import KIND
from astrolabe.kinds.models.details import JobDetail
from tests.kinds.objects import GONE, TEMPLATE, TEMPLATE_EDGES, edges, facts, unneeded, verdict


def condition(kind: str, status: str = "True", reason: str | None = None) -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "lastProbeTime": "2026-03-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("metadata", "suspend", "status", "expected"),
    [
        (GONE, False, {"conditions": [condition("Complete")]}, ("Pending", "Terminating")),
        (
            {},
            True,
            {"conditions": [condition("SuccessCriteriaMet"), condition("Complete")], "succeeded": 1},
            ("Ready", "Completed"),
        ),
        (
            {},
            False,
            {"conditions": [condition("Failed", reason="BackoffLimitExceeded")]},
            ("Error", "BackoffLimitExceeded"),
        ),
        ({}, False, {"conditions": [condition("Failed")]}, ("Error", "Failed")),
        ({}, True, {"conditions": [condition("Suspended")]}, ("Ready", "Suspended")),
        ({}, False, {"conditions": [condition("Failed", "False")], "active": 2}, ("Pending", "Active")),
        ({}, None, {"active": None, "conditions": None}, ("Pending", "NotStarted")),
        ({}, None, None, ("Pending", "NotStarted")),
    ],
)
def test_status(metadata: Any, suspend: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, spec={"suspend": suspend}, status=status)) == expected


def test_edges_and_detail() -> None:
    described = facts(
        KIND,
        spec={"template": TEMPLATE, "suspend": True},
        status={"active": 1, "succeeded": 2, "failed": 3},
    )
    assert edges(described) == unneeded(TEMPLATE_EDGES)
    assert described.detail == JobDetail(active=1, succeeded=2, failed=3, suspended=True, image="nginx")


@pytest.mark.parametrize(
    ("suspend", "conditions", "needed"),
    [
        (False, [], True),
        (False, [condition("Suspended", "False"), condition("FailureTarget")], True),
        (False, [condition("Complete", "False")], True),
        (False, [condition("SuccessCriteriaMet"), condition("Complete")], False),
        (False, [condition("Failed", reason="BackoffLimitExceeded")], False),
        (True, [], False),
    ],
)
def test_a_job_that_has_ended_or_is_suspended_needs_nothing(
    suspend: Any, conditions: Any, *, needed: bool
) -> None:
    described = facts(
        KIND, spec={"template": TEMPLATE, "suspend": suspend}, status={"conditions": conditions}
    )
    assert edges(described) == (TEMPLATE_EDGES if needed else unneeded(TEMPLATE_EDGES))
