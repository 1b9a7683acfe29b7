"""Secrets."""

from __future__ import annotations

from typing import Any

from astrolabe.kinds.secret import KIND
from tests.kinds.objects import edges, facts, verdict


def test_only_metadata_is_asked_for() -> None:
    assert KIND.metadata_only
    content: dict[str, Any] = {"data": {"password": "c2VjcmV0"}, "stringData": {"password": "secret"}}
    assert "c2VjcmV0" not in repr(facts(KIND, **content))


def test_exists_and_refers_to_nothing() -> None:
    described = facts(KIND)
    assert described.id == "Secret/shop/web"
    assert verdict(described) == ("Ready", "Exists")
    assert edges(described) == []
    assert described.detail is None
