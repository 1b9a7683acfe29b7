"""NetworkPolicies."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Requirement, Selection
from astrolabe.kinds.networkpolicy import KIND
from tests.kinds.objects import facts, verdict

EVERY_POD = Selection("selects", ("Pod",))


@pytest.mark.parametrize(
    ("spec", "selection"),
    [
        (
            {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
            Selection("selects", ("Pod",), (Requirement("app", "In", ("web",)),)),
        ),
        ({"podSelector": {}}, EVERY_POD),
        ({"podSelector": None}, EVERY_POD),
        ({}, EVERY_POD),
        (None, EVERY_POD),
    ],
)
def test_selects(spec: Any, selection: Selection) -> None:
    described = facts(KIND, spec=spec)
    assert described.selections == (selection,)
    assert verdict(described) == ("Ready", "Exists")
