"""DaemonSets."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.daemonset import KIND
from astrolabe.kinds.models.details import ReplicasDetail
from tests.kinds.objects import GONE, TEMPLATE, TEMPLATE_EDGES, edges, facts, unneeded, verdict


def status(desired: int | None, ready: int | None, **more: Any) -> dict[str, Any]:
    return {"desiredNumberScheduled": desired, "numberReady": ready, "numberMisscheduled": 0, **more}


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        (GONE, status(5, 5), ("Pending", "Terminating")),
        (
            {"generation": 2},
            status(5, 5, observedGeneration=1),
            ("Pending", "LatestGenerationNotObserved"),
        ),
        ({"generation": 2}, status(5, 5, observedGeneration=2), ("Ready", "All pods ready (5/5)")),
        ({}, status(0, 0), ("Ready", "No Node fits its node selector and tolerations (0/0)")),
        ({}, None, ("Ready", "No Node fits its node selector and tolerations (0/0)")),
        ({}, status(5, 0), ("Error", "NoReplicasReady")),
        ({}, status(5, None), ("Error", "NoReplicasReady")),
        ({}, status(3, 1), ("Pending", "PartiallyReady")),
    ],
)
def test_status(metadata: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, spec={}, status=status)) == expected


def test_edges_and_detail() -> None:
    described = facts(
        KIND,
        spec={"template": TEMPLATE},
        status=status(5, 3, currentNumberScheduled=4, numberAvailable=2),
    )
    assert edges(described) == TEMPLATE_EDGES
    assert described.detail == ReplicasDetail(desired=5, current=4, ready=3, available=2, image="nginx")


@pytest.mark.parametrize(
    ("generation", "status", "needed"),
    [
        (1, status(0, 0, observedGeneration=1), False),
        (1, status(2, 0, observedGeneration=1), True),
        # Nobody knows yet whether a Node wants it.
        (2, status(0, 0, observedGeneration=1), True),
        (1, None, True),
    ],
)
def test_on_no_node_it_needs_nothing(generation: int, status: Any, *, needed: bool) -> None:
    described = facts(KIND, metadata={"generation": generation}, spec={"template": TEMPLATE}, status=status)
    assert edges(described) == (TEMPLATE_EDGES if needed else unneeded(TEMPLATE_EDGES))


def test_pods_that_no_node_should_run_are_told_though_none_is_wanted() -> None:
    described = facts(KIND, spec={}, status={"desiredNumberScheduled": 0, "numberMisscheduled": 1})
    assert verdict(described) == ("Pending", "Misscheduled")
