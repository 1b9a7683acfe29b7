"""Namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.namespace import KIND
from tests.kinds.objects import GONE, edges, facts, verdict


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        ({}, {"phase": "Active"}, ("Ready", "Active")),
        (GONE, {"phase": "Active"}, ("Pending", "Terminating")),
        ({}, {"phase": "Terminating"}, ("Pending", "Terminating")),
        ({}, {"phase": "Dreaming"}, ("Unknown", "The phase is Dreaming")),
        ({}, {"phase": None}, ("Ready", "Active")),
        ({}, None, ("Ready", "Active")),
    ],
)
def test_status(metadata: Any, status: Any, expected: tuple[str, str]) -> None:
    described = facts(
        KIND, name="shop", metadata=metadata, spec={"finalizers": ["kubernetes"]}, status=status
    )
    assert described.id == "Namespace/shop"
    assert verdict(described) == expected
    assert edges(described) == []
