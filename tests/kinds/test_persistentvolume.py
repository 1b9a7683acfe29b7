"""PersistentVolumes."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.models.details import ClaimRef, VolumeDetail
from astrolabe.kinds.persistentvolume import KIND
from tests.kinds.objects import GONE, edges, facts, verdict


@pytest.mark.parametrize(
    ("metadata", "phase", "expected"),
    [
        (GONE, "Bound", ("Pending", "Terminating")),
        ({}, "Bound", ("Ready", "Bound")),
        ({}, "Available", ("Ready", "Available")),
        ({}, "Pending", ("Pending", "Pending")),
        ({}, "Released", ("Pending", "Released")),
        ({}, "Failed", ("Error", "Failed")),
        ({}, None, ("Pending", "Pending")),
    ],
)
def test_status(metadata: Any, phase: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, status={"phase": phase})) == expected


def test_a_bound_volume() -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": "shop",
        "name": "data",
        "uid": "7",
    }
    described = facts(
        KIND, spec={"claimRef": claim, "storageClassName": "fast", "capacity": {"storage": "1Gi"}}
    )
    assert edges(described) == [
        "binds ← PersistentVolumeClaim/shop/data = 7 (optional)",
        "provisions ← StorageClass/fast (optional)",
    ]
    assert described.detail == VolumeDetail(ClaimRef("PersistentVolumeClaim", "shop", "data", "7"))


def test_a_volume_reserved_for_a_claim_that_does_not_exist_yet() -> None:
    described = facts(KIND, spec={"claimRef": {"namespace": "shop", "name": "data"}})
    assert edges(described) == ["binds ← PersistentVolumeClaim/shop/data (optional)"]
    assert described.detail == VolumeDetail(ClaimRef("PersistentVolumeClaim", "shop", "data"))


@pytest.mark.parametrize("spec", [None, {}, {"claimRef": None}, {"claimRef": {"name": "data"}}])
def test_a_free_volume(spec: Any) -> None:
    described = facts(KIND, spec=spec)
    assert edges(described) == []
    assert described.detail == VolumeDetail()


def test_the_old_annotation_of_the_class() -> None:
    annotations = {"volume.beta.kubernetes.io/storage-class": "slow"}
    described = facts(KIND, metadata={"annotations": annotations}, spec={})
    assert edges(described) == ["provisions ← StorageClass/slow (optional)"]
