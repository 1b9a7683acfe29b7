"""StorageClasses."""

from __future__ import annotations

from astrolabe.kinds.storageclass import KIND
from tests.kinds.objects import edges, facts, verdict


def test_exists_and_refers_to_nothing() -> None:
    described = facts(KIND, metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}})
    assert described.id == "StorageClass/web"
    assert verdict(described) == ("Ready", "Exists")
    assert edges(described) == []
