"""Helm's own records, in Secrets and ConfigMaps."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Release
from astrolabe.kinds import configmap, secret
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.details import HelmRecord
from tests.kinds.objects import facts

LABELS = {
    "modifiedAt": "1772366400",
    "name": "shop",
    "owner": "helm",
    "status": "deployed",
    "version": "12",
}
STORES = pytest.mark.parametrize("kind", [configmap.KIND, secret.KIND], ids=lambda kind: kind.name)


@STORES
def test_a_record_knows_its_place_and_not_where_its_release_is(kind: Kind) -> None:
    described = facts(kind, name="sh.helm.release.v1.shop.v12", metadata={"labels": LABELS})
    assert described.detail == HelmRecord(release="shop", revision=12, status="deployed")
    assert described.release == Release("", "shop", stored="shop")


@STORES
@pytest.mark.parametrize(
    "change",
    [
        {"owner": "me"},
        {"name": ""},
        {"version": "v12"},
        {"version": ""},
        {"version": "-1"},
        {"version": "1" * 63},
        {"version": "١٢"},
    ],
)
def test_other_labels_make_no_record(kind: Kind, change: dict[str, str]) -> None:
    described = facts(kind, metadata={"labels": {**LABELS, **change}})
    assert described.detail is None
    assert described.release is None


@pytest.mark.parametrize("missing", ["owner", "name", "version"])
def test_missing_labels_make_no_record(missing: str) -> None:
    labels = {key: value for key, value in LABELS.items() if key != missing}
    assert facts(secret.KIND, metadata={"labels": labels}).detail is None


def test_a_record_without_status() -> None:
    labels: dict[str, Any] = {key: value for key, value in LABELS.items() if key != "status"}
    assert facts(secret.KIND, metadata={"labels": labels}).detail == HelmRecord("shop", 12, "unknown")
