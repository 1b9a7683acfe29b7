"""ResourceQuotas."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.resourcequota import KIND
from tests.kinds.objects import edges, facts, words

WITHIN = ("Ready", "", "Within its limits")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"hard": {"pods": "10"}, "used": {"pods": "9"}}, WITHIN),
        (
            {"hard": {"pods": "10"}, "used": {"pods": "10"}},
            ("Ready", "QuotaUsedUp", "Used up: pods 10 of 10"),
        ),
        ({"hard": {"pods": "0"}, "used": None}, ("Ready", "QuotaUsedUp", "Used up: pods 0 of 0")),
        (
            {
                "hard": {"limits.memory": "1Gi", "cpu": "2"},
                "used": {"limits.memory": "1024Mi", "cpu": "1900m"},
            },
            ("Ready", "QuotaUsedUp", "Used up: limits.memory 1024Mi of 1Gi"),
        ),
        (
            {
                "hard": {f"count/{each}": "1" for each in "abcde"},
                "used": {f"count/{each}": "1" for each in "abcde"},
            },
            ("Ready", "QuotaUsedUp", "Used up: count/a 1 of 1, count/b 1 of 1, count/c 1 of 1 and 2 more"),
        ),
        ({"hard": {"pods": "many"}, "used": {"pods": "9"}}, WITHIN),
        (None, WITHIN),
    ],
)
def test_status(status: Any, expected: tuple[str, str, str]) -> None:
    assert words(facts(KIND, status=status)) == expected


def test_edges() -> None:
    assert edges(facts(KIND)) == ["governs → Namespace/shop"]
