"""Deployments, beyond what test_replicas.py says of all that have replicas."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.deployment import KIND
from tests.kinds.objects import facts, verdict, words


def progressing(status: str, reason: str | None) -> dict[str, Any]:
    return {
        "replicas": 3,
        "readyReplicas": 3,
        "conditions": [
            {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"},
            {"type": "Progressing", "status": status, "reason": reason, "message": "timed out progressing"},
        ],
    }


@pytest.mark.parametrize(
    ("replicas", "status", "expected"),
    [
        (3, progressing("False", "ProgressDeadlineExceeded"), ("Error", "ProgressDeadlineExceeded")),
        (3, progressing("False", None), ("Error", "NotProgressing")),
        (0, progressing("False", "ProgressDeadlineExceeded"), ("Ready", "AtRest")),
        (3, progressing("True", "ReplicaSetUpdated"), ("Ready", "All replicas ready (3/3)")),
        (3, progressing("Unknown", "DeploymentPaused"), ("Ready", "All replicas ready (3/3)")),
    ],
)
def test_a_rollout_that_is_stuck_is_an_error(replicas: int, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, spec={"replicas": replicas}, status=status)) == expected


def test_a_newer_wish_comes_before_an_older_failure() -> None:
    status = {**progressing("False", "ProgressDeadlineExceeded"), "observedGeneration": 1}
    described = facts(KIND, metadata={"generation": 2}, spec={"replicas": 3}, status=status)
    assert verdict(described)[0] == "Pending"


@pytest.mark.parametrize(
    ("replicas", "ready", "expected"),
    [
        (2, 2, ("Ready", "", "All replicas ready (2/2); its rollout is paused")),
        (2, 0, ("Error", "DeploymentPaused", "No replicas ready (0/2); its rollout is paused")),
        (0, 0, ("Ready", "AtRest", "Scaled to zero (0/0)")),
    ],
)
def test_a_paused_rollout_is_told(replicas: int, ready: int, expected: Any) -> None:
    spec = {"replicas": replicas, "paused": True}
    status = {"replicas": ready, "readyReplicas": ready}
    assert words(facts(KIND, spec=spec, status=status)) == expected


def test_a_rollout_whose_pods_are_refused_is_not_well_though_what_ran_before_it_is() -> None:
    refused = 'pods "web-2" is forbidden: exceeded quota: compute'
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": refused}
    status = {"replicas": 2, "readyReplicas": 2, "conditions": [failure]}
    expected = ("Pending", "FailedCreate", refused)
    assert words(facts(KIND, spec={"replicas": 2}, status=status)) == expected
    # When the Deployment gives up, it is an error, and the refusal still says more.
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    status = {**status, "updatedReplicas": 1, "conditions": [late, failure]}
    assert words(facts(KIND, spec={"replicas": 2}, status=status)) == ("Error", *expected[1:])
