"""The rule that Deployments, StatefulSets and ReplicaSets share."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds import deployment, replicaset, statefulset
from astrolabe.kinds.details import ReplicasDetail
from astrolabe.kinds.kind import Kind
from tests.kinds.objects import GONE, TEMPLATE, TEMPLATE_EDGES, edges, facts, unneeded, verdict

WAITING = ("Pending", "Waiting for the controller to observe the newest generation")
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
        ({"generation": 2}, 0, {"observedGeneration": 2}, ("Ready", "Scaled to zero (0/0)")),
        ({}, 0, {"replicas": 0}, ("Ready", "Scaled to zero (0/0)")),
        ({}, 3, {"replicas": 3, "readyReplicas": 3}, ("Ready", "All replicas ready (3/3)")),
        ({}, 3, {"replicas": 3}, ("Error", "No replicas ready (0/3)")),
        ({}, 3, {"replicas": 3, "readyReplicas": None}, ("Error", "No replicas ready (0/3)")),
        ({}, 3, {"replicas": 3, "readyReplicas": 1}, ("Pending", "Partially ready (1/3)")),
        ({}, 1, {"replicas": 2, "readyReplicas": 2}, ("Pending", "Partially ready (2/1)")),
        ({}, None, {"replicas": 1, "readyReplicas": 1}, ("Ready", "All replicas ready (1/1)")),
        ({}, None, None, ("Error", "No replicas ready (0/1)")),
    ],
)
def test_status(kind: Kind, metadata: Any, replicas: Any, status: Any, expected: tuple[str, str]) -> None:
    described = facts(kind, metadata=metadata, spec={"replicas": replicas}, status=status)
    assert verdict(described) == expected


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
