"""Nodes."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.models.details import NodeDetail
from astrolabe.kinds.node import KIND
from tests.kinds.objects import GONE, edges, facts, verdict


def conditions(ready: str = "True", reason: str | None = "KubeletReady", **pressures: str) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [
        {"type": kind, "status": status, "reason": "X"} for kind, status in pressures.items()
    ]
    listed.append({"type": "Ready", "status": ready, "reason": reason})
    return {"conditions": listed, "nodeInfo": {"kubeletVersion": "v1.36.3"}}


@pytest.mark.parametrize(
    ("metadata", "spec", "status", "expected"),
    [
        (GONE, {}, conditions(), ("Pending", "Terminating")),
        ({}, {}, conditions(), ("Ready", "Ready")),
        ({}, {}, conditions(MemoryPressure="False", DiskPressure="Unknown"), ("Ready", "Ready")),
        (
            {},
            {},
            conditions(MemoryPressure="True", DiskPressure="True"),
            ("Pending", "MemoryPressure"),
        ),
        ({}, {}, conditions(PIDPressure="True"), ("Pending", "PIDPressure")),
        ({}, {}, conditions(NetworkUnavailable="True"), ("Pending", "NetworkUnavailable")),
        ({}, {}, conditions(KernelDeadlock="True"), ("Ready", "Ready")),
        ({}, {"unschedulable": True}, conditions(), ("Ready", "Ready, SchedulingDisabled")),
        (
            {},
            {"unschedulable": True},
            conditions("False", "KubeletNotReady", DiskPressure="True"),
            ("Error", "KubeletNotReady"),
        ),
        ({}, {}, conditions("Unknown", "NodeStatusUnknown"), ("Error", "NodeStatusUnknown")),
        ({}, {}, conditions("False", None), ("Error", "NotReady")),
        ({}, {}, {"conditions": None}, ("Error", "NotReady")),
        ({}, None, None, ("Error", "NotReady")),
    ],
)
def test_status(metadata: Any, spec: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, spec=spec, status=status)) == expected


def test_detail() -> None:
    described = facts(KIND, spec={"unschedulable": True}, status=conditions(DiskPressure="True"))
    assert described.detail == NodeDetail(cordoned=True, pressures=("DiskPressure",))
    assert facts(KIND, status=conditions()).detail == NodeDetail()
    assert edges(described) == []


@pytest.mark.parametrize(
    ("key", "effect", "reserved"),
    [
        ("node-role.kubernetes.io/control-plane", "NoSchedule", True),
        ("nvidia.com/gpu", "NoExecute", True),
        ("nvidia.com/gpu", "PreferNoSchedule", False),
        ("node.kubernetes.io/unreachable", "NoExecute", False),
        (None, None, True),
    ],
)
def test_which_taints_somebody_wants(key: str | None, effect: str | None, *, reserved: bool) -> None:
    described = facts(KIND, spec={"taints": [{"key": key, "effect": effect}]}, status=conditions())
    assert described.detail == NodeDetail(reserved=reserved)
