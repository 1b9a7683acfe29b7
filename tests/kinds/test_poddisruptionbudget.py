"""PodDisruptionBudgets."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Requirement, Selection
from astrolabe.kinds.models.details import BudgetDetail
from astrolabe.kinds.poddisruptionbudget import KIND
from tests.kinds.objects import GONE, facts, verdict, words

HELD = "2 healthy pod(s), 2 required: no eviction is allowed, so a drain of their Nodes waits"
UNCOUNTED = (
    "1 healthy pod(s) without a controller: no eviction is allowed, so a drain waits;"
    " only `minAvailable` as a number counts such Pods"
)
NO_SCALE = "clusters.db.example does not implement the scale subresource"
FAILED = {"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": NO_SCALE}


def test_why_a_budget_cannot_be_calculated() -> None:
    status = {"currentHealthy": 3, "desiredHealthy": 2, "conditions": [FAILED]}
    assert words(facts(KIND, status=status)) == (
        "Error",
        "SyncFailed",
        f"{NO_SCALE}: no eviction is allowed",
    )


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        (GONE, {"currentHealthy": 3, "desiredHealthy": 2}, ("Pending", "Terminating")),
        (
            {},
            {"currentHealthy": 3, "desiredHealthy": 2, "disruptionsAllowed": 1},
            ("Ready", "3 healthy pod(s), 2 required"),
        ),
        ({}, {"currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0}, ("Ready", HELD)),
        ({}, {"currentHealthy": 2, "desiredHealthy": 2}, ("Ready", HELD)),
        ({}, {"expectedPods": 0, "disruptionsAllowed": 0}, ("Ready", "It selects no Pod")),
        ({}, {"currentHealthy": 1, "expectedPods": 0, "disruptionsAllowed": 0}, ("Ready", UNCOUNTED)),
        ({}, {"currentHealthy": 3, "desiredHealthy": 2, "conditions": [FAILED]}, ("Error", "SyncFailed")),
        ({}, {"currentHealthy": 1, "desiredHealthy": 2}, ("Pending", "InsufficientPods")),
        ({}, {"currentHealthy": None, "desiredHealthy": 1}, ("Pending", "InsufficientPods")),
        ({}, None, ("Ready", "0 healthy pod(s), 0 required")),
    ],
)
def test_status(metadata: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, status=status)) == expected


@pytest.mark.parametrize(
    ("spec", "selections"),
    [
        (
            {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": "50%"},
            (Selection("selects", ("Pod",), (Requirement("app", "In", ("web",)),)),),
        ),
        ({"selector": {}}, (Selection("selects", ("Pod",)),)),
        ({"selector": None}, ()),
        ({"maxUnavailable": 1}, ()),
        (None, ()),
    ],
)
def test_an_empty_selector_selects_all_and_an_absent_one_nothing(spec: Any, selections: Any) -> None:
    assert facts(KIND, spec=spec).selections == selections


def test_detail() -> None:
    status = {"currentHealthy": 3, "desiredHealthy": 2, "disruptionsAllowed": 1, "expectedPods": 3}
    assert facts(KIND, status=status).detail == BudgetDetail(healthy=3, desired=2, disruptions_allowed=1)
