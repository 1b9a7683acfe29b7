"""LimitRanges."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.limitrange import KIND
from tests.kinds.objects import edges, facts, words

SAMPLE = {
    "spec": {
        "limits": [
            {
                "type": "Container",
                "max": {"cpu": "1"},
                "min": {"memory": "4Mi"},
                "default": {"cpu": "500m"},
                "defaultRequest": {"cpu": "100m"},
                "maxLimitRequestRatio": {"cpu": "4"},
            }
        ]
    }
}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ([{"type": "Container", "max": {"cpu": "1"}}], "Container cpu max 1"),
        (
            [{"type": "Pod", "max": {"memory": "1Gi", "cpu": 2}}, {"type": "Container", "min": {"cpu": 0.1}}],
            "Pod cpu max 2, Pod memory max 1Gi, Container cpu min 0.1",
        ),
        (
            SAMPLE["spec"]["limits"],
            "Container cpu max 1, Container memory min 4Mi, Container cpu max limit/request 4 and 2 more",
        ),
        (
            [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}}],
            "Container cpu default limit 1, Container cpu default request 1",
        ),
        ([{"type": "Container", "max": None}], "Limits nothing"),
        (None, "Limits nothing"),
    ],
)
def test_it_is_ready_and_says_what_it_allows(limits: Any, expected: str) -> None:
    assert words(facts(KIND, spec={"limits": limits})) == ("Ready", "", expected)


def test_edges() -> None:
    assert edges(facts(KIND)) == ["governs → Namespace/shop"]
