"""The rule that Deployments, StatefulSets and ReplicaSets share."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Verdict
from astrolabe.kinds import deployment, replicaset, statefulset
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.details import ReplicasDetail
from tests.kinds.objects import (
    GONE,
    GONE_SECONDS,
    TEMPLATE,
    TEMPLATE_EDGES,
    edges,
    facts,
    unneeded,
    verdict,
    words,
)

WAITING = ("Pending", "LatestGenerationNotObserved")
REPLICATED = pytest.mark.parametrize(
    "kind", [deployment.KIND, statefulset.KIND, replicaset.KIND], ids=lambda kind: kind.name
)


@REPLICATED
@pytest.mark.parametrize(
    ("metadata", "replicas", "status", "expected"),
    [
        ({"generation": 2}, 3, {"observedGeneration": 1, "readyReplicas": 3}, WAITING),
        ({"generation": 1}, 3, {}, WAITING),
        ({"generation": 2}, 0, {"observedGeneration": 1, "readyReplicas": 3}, WAITING),
        ({"generation": 2, **GONE}, 3, {"observedGeneration": 1}, ("Pending", "Terminating")),
        ({}, 3, {"replicas": 3, "readyReplicas": 3}, ("Ready", "All replicas ready (3/3)")),
        ({}, 3, {"replicas": 3}, ("Error", "NoReplicasReady")),
        ({}, 3, {"replicas": 3, "readyReplicas": None}, ("Error", "NoReplicasReady")),
        ({}, 3, {"replicas": 3, "readyReplicas": 1}, ("Pending", "PartiallyReady")),
        ({}, 1, {"replicas": 2, "readyReplicas": 2}, ("Pending", "PartiallyReady")),
        ({}, None, {"replicas": 1, "readyReplicas": 1}, ("Ready", "All replicas ready (1/1)")),
        ({}, None, None, ("Error", "NoReplicasReady")),
    ],
)
def test_status(kind: Kind, metadata: Any, replicas: Any, status: Any, expected: tuple[str, str]) -> None:
    described = facts(kind, metadata=metadata, spec={"replicas": replicas}, status=status)
    assert verdict(described) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (deployment.KIND, ("Ready", "AtRest", "Scaled to zero (0/0)")),
        (statefulset.KIND, ("Ready", "AtRest", "Scaled to zero (0/0)")),
        # Its controller keeps it to roll back to: nobody put it to rest.
        (replicaset.KIND, ("Ready", "", "Scaled to zero (0/0)")),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_what_is_scaled_to_zero_is_at_rest(kind: Kind, expected: tuple[str, str, str]) -> None:
    assert words(facts(kind, spec={"replicas": 0}, status={"replicas": 0})) == expected


def test_who_scaled_it_to_zero_and_when() -> None:
    managed = {
        "manager": "kube-green",
        "operation": "Apply",
        "time": GONE["deletionTimestamp"],
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
    }
    resting = facts(deployment.KIND, metadata={"managedFields": [managed]}, spec={"replicas": 0})
    assert resting.verdict == Verdict("Ready", "AtRest", "Scaled to zero by kube-green (0/0)", GONE_SECONDS)


@REPLICATED
def test_pods_that_admission_refuses(kind: Kind) -> None:
    refused = (
        'pods "web-1" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2'
    )
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": refused,
        "lastTransitionTime": GONE["deletionTimestamp"],
    }
    status = {"replicas": 2, "readyReplicas": 2, "updatedReplicas": 2, "conditions": [failure]}
    described = facts(kind, spec={"replicas": 3}, status=status)
    assert described.verdict == Verdict("Error", "FailedCreate", refused, GONE_SECONDS)
    # What is there after all was not refused in the end.
    assert verdict(facts(kind, spec={"replicas": 2}, status=status)) == ("Ready", "All replicas ready (2/2)")


@REPLICATED
def test_edges_and_detail(kind: Kind) -> None:
    described = facts(
        kind,
        spec={"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE},
        status={"replicas": 4, "readyReplicas": 2, "availableReplicas": 1, "updatedReplicas": 2},
    )
    assert edges(described) == TEMPLATE_EDGES
    assert described.selections == ()
    assert not described.selectable
    assert described.detail == ReplicasDetail(desired=3, current=4, ready=2, available=1, image="nginx")


@REPLICATED
@pytest.mark.parametrize(("replicas", "needed"), [(0, False), (1, True), (None, True)])
def test_what_is_scaled_to_zero_needs_nothing(kind: Kind, replicas: int | None, *, needed: bool) -> None:
    """Its last Pods, while they stop, speak for themselves."""
    described = facts(kind, spec={"replicas": replicas, "template": TEMPLATE}, status={"replicas": 1})
    assert edges(described) == (TEMPLATE_EDGES if needed else unneeded(TEMPLATE_EDGES))


@REPLICATED
def test_what_is_being_deleted_needs_nothing(kind: Kind) -> None:
    described = facts(kind, metadata=GONE, spec={"replicas": 3, "template": TEMPLATE})
    assert edges(described) == unneeded(TEMPLATE_EDGES)
