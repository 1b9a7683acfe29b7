"""PersistentVolumeClaims."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.models.details import ClaimDetail
from astrolabe.kinds.persistentvolumeclaim import KIND
from tests.kinds.objects import GONE, GONE_SECONDS, edges, facts, verdict, words

OLD = {"volume.beta.kubernetes.io/storage-class": "slow"}


@pytest.mark.parametrize(
    ("metadata", "phase", "expected"),
    [
        (GONE, "Bound", ("Pending", "Terminating")),
        ({}, "Bound", ("Ready", "Bound")),
        ({}, "Pending", ("Pending", "Pending")),
        ({}, "Lost", ("Error", "Lost")),
        ({}, None, ("Pending", "Pending")),
        ({}, "Dreaming", ("Unknown", "Dreaming")),
    ],
)
def test_status(metadata: Any, phase: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, status={"phase": phase})) == expected


@pytest.mark.parametrize(
    ("annotations", "spec", "expected"),
    [
        (
            None,
            {"volumeName": "pv-1", "storageClassName": "fast"},
            ["binds → PersistentVolume/pv-1", "provisions ← StorageClass/fast (optional)"],
        ),
        (None, {"storageClassName": "fast"}, ["provisions ← StorageClass/fast"]),
        (OLD, {"storageClassName": "fast"}, ["provisions ← StorageClass/fast"]),
        (OLD, {}, ["provisions ← StorageClass/slow"]),
        (OLD, {"storageClassName": ""}, []),
        (None, {"volumeName": "pv-1", "storageClassName": ""}, ["binds → PersistentVolume/pv-1"]),
        (None, None, []),
    ],
)
def test_edges(annotations: Any, spec: Any, expected: list[str]) -> None:
    described = facts(KIND, metadata={"annotations": annotations}, spec=spec)
    assert edges(described) == expected
    assert isinstance(described.detail, ClaimDetail)
    assert described.detail.volume == (spec or {}).get("volumeName", "")


BOUND = {"volumeName": "pv-1", "storageClassName": "fast", "resources": {"requests": {"storage": "8Gi"}}}


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        (BOUND, {"phase": "Bound", "capacity": {"storage": "10Gi"}}, 10 << 30),
        (BOUND, {"phase": "Bound", "capacity": {}}, 8 << 30),
        (BOUND, {"phase": "Bound", "capacity": {"storage": "many"}}, 8 << 30),
        (BOUND, {"phase": "Lost", "capacity": {"storage": "10Gi"}}, 0),
        (BOUND | {"volumeName": None}, {"phase": "Pending"}, 0),
        (BOUND | {"resources": None}, None, 0),
    ],
)
def test_capacity(spec: Any, status: Any, expected: int) -> None:
    described = facts(KIND, spec=spec, status=status)
    assert described.detail == ClaimDetail(spec["volumeName"] or "", "fast", expected)


def condition(kind: str, message: str | None) -> dict[str, Any]:
    return {
        "type": kind,
        "status": "True",
        "message": message,
        "lastTransitionTime": GONE["deletionTimestamp"],
    }


WAITS = condition("FileSystemResizePending", "Waiting for user to (re-)start a pod")
LARGER = "Wants 8Gi, its volume has 4Gi"


@pytest.mark.parametrize(
    ("has", "conditions", "expected"),
    [
        (
            "4Gi",
            [WAITS, condition("ControllerResizeError", "more than the largest disk")],
            ("Pending", "ControllerResizeError", f"{LARGER}; more than the largest disk"),
        ),
        ("4Gi", [condition("NodeResizeError", None)], ("Pending", "NodeResizeError", LARGER)),
        ("4Gi", [WAITS], ("Pending", "FileSystemResizePending", f"{LARGER}; {WAITS['message']}")),
        ("4Gi", [condition("Resizing", None)], ("Pending", "Resizing", LARGER)),
        ("8Gi", [WAITS], ("Ready", "", "Bound")),
        (
            "8Gi",
            [condition("ModifyVolumeError", "ModifyVolume failed: iops out of range")],
            ("Pending", "ModifyVolumeError", "ModifyVolume failed: iops out of range"),
        ),
    ],
)
def test_what_a_change_of_a_volume_waits_for(has: str, conditions: Any, expected: Any) -> None:
    status = {"phase": "Bound", "capacity": {"storage": has}, "conditions": conditions}
    described = facts(KIND, spec=BOUND, status=status)
    assert words(described) == expected
    timed = expected[1] in {each["type"] for each in conditions} - {"Resizing"}
    assert described.verdict.since == (GONE_SECONDS if timed else 0.0)
