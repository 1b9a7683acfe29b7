"""PriorityClasses, and who names them."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds import deployment, pod
from astrolabe.kinds.priorityclass import KIND
from tests.kinds.objects import edges, facts, words

SAMPLE = {"name": "high", "value": 1000, "globalDefault": False, "preemptionPolicy": "PreemptLowerPriority"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (SAMPLE, "Priority 1000"),
        ({"value": -5, "preemptionPolicy": "Never"}, "Priority -5, preempts no other Pods"),
        ({"globalDefault": True}, "Priority 0, for Pods that name none"),
    ],
)
def test_it_is_ready_and_says_what_it_means(parts: dict[str, Any], expected: str) -> None:
    described = facts(KIND, **parts)
    assert words(described) == ("Ready", "", expected)
    assert edges(described) == []


def test_a_template_needs_it_and_a_pod_that_was_admitted_does_not() -> None:
    of_pod = {"containers": [], "priorityClassName": "high"}
    edge = "prioritizes ← PriorityClass/high"
    assert edge in edges(facts(deployment.KIND, spec={"template": {"spec": of_pod}}))
    assert f"{edge} (optional)" in edges(facts(pod.KIND, spec=of_pod))
