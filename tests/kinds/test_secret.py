"""Secrets."""

from __future__ import annotations

from typing import Any

from astrolabe.kinds.models.details import HelmRecord, SecretDetail
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


def test_a_token_of_an_account_is_known_by_its_annotation() -> None:
    described = facts(
        KIND,
        metadata={
            "annotations": {
                "kubernetes.io/service-account.name": "runner",
                "kubernetes.io/service-account.uid": "4f1c",
            },
            "labels": {"kubernetes.io/legacy-token-last-used": "2026-02-28"},
        },
    )
    assert described.detail == SecretDetail("runner", "2026-02-28", account_uid="4f1c")
    assert edges(described) == ["uses-secret ← ServiceAccount/shop/runner = 4f1c (optional)"]


def test_what_is_silenced_is_told() -> None:
    metadata = {"annotations": {"astrolabe/access-silence": "unused-secret: kept for audits"}}
    assert facts(KIND, metadata=metadata).detail == SecretDetail(silenced="unused-secret: kept for audits")


def test_records_stay_records() -> None:
    metadata = {
        "annotations": {"astrolabe/access-silence": "x: y"},
        "labels": {"owner": "helm", "name": "shop", "version": "1"},
    }
    assert facts(KIND, metadata=metadata).detail == HelmRecord("shop", 1, "unknown")
