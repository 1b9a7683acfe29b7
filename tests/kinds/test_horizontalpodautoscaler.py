"""HorizontalPodAutoscalers."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.horizontalpodautoscaler import KIND
from astrolabe.kinds.models.details import ScaleDetail, ScaleTarget
from tests.kinds.objects import GONE, edges, facts, verdict


def status(*conditions: tuple[str, str, str | None]) -> dict[str, Any]:
    return {
        "currentReplicas": 2,
        "desiredReplicas": 3,
        "currentMetrics": None,
        "conditions": [
            {"type": kind, "status": value, "reason": reason, "message": "…"}
            for kind, value, reason in conditions
        ],
    }


ABLE = ("AbleToScale", "True", "ReadyForNewScale")
ACTIVE = ("ScalingActive", "True", "ValidMetricFound")
DISABLED = ("ScalingActive", "False", "ScalingDisabled")
LIMITED = ("ScalingLimited", "False", "DesiredWithinRange")


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        (GONE, status(ABLE, ACTIVE), ("Pending", "Terminating")),
        ({}, status(("AbleToScale", "False", "FailedGetScale")), ("Error", "FailedGetScale")),
        (
            {},
            status(ABLE, ("ScalingActive", "False", "FailedGetResourceMetric")),
            ("Error", "FailedGetResourceMetric"),
        ),
        ({}, status(ABLE, ("ScalingActive", "False", None)), ("Error", "NotScalingActive")),
        ({}, status(ABLE, DISABLED, LIMITED), ("Ready", "AtRest")),
        ({}, status(DISABLED, ("AbleToScale", "False", "FailedGetScale")), ("Error", "FailedGetScale")),
        ({}, status(ABLE, ACTIVE, LIMITED), ("Ready", "2 current, 3 desired replica(s)")),
        ({}, {"conditions": None}, ("Ready", "0 current, 0 desired replica(s)")),
        ({}, None, ("Ready", "0 current, 0 desired replica(s)")),
    ],
)
def test_status(metadata: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, spec={}, status=status)) == expected


@pytest.mark.parametrize(
    ("api_version", "kind", "label"),
    [
        ("apps/v1", "Deployment", "Deployment"),
        ("apps/v1", "StatefulSet", "StatefulSet"),
        ("apps/v1beta2", "Deployment", "Deployment"),
        ("argoproj.io/v1alpha1", "Rollout", "Rollout.argoproj.io"),
        ("v1", "ReplicationController", "ReplicationController"),
        # Kubernetes finds no such kinds, so these are no Deployments and scale nothing.
        ("extensions/v1beta1", "Deployment", "Deployment.extensions"),
        ("batch/v1", "Deployment", "Deployment.batch"),
        ("v1", "Deployment", "Deployment.core"),
        (None, "Deployment", "Deployment.core"),
    ],
)
def test_scales_its_target_of_any_kind(api_version: str | None, kind: str, label: str) -> None:
    target = {"apiVersion": api_version, "kind": kind, "name": "web"}
    described = facts(
        KIND, spec={"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 10}, status=status(ABLE)
    )
    assert edges(described) == [f"scales → {label}/shop/web"]
    assert described.detail == ScaleDetail(
        ScaleTarget(label, "shop", "web"), minimum=2, maximum=10, current=2, desired=3
    )


@pytest.mark.parametrize(
    "target", [None, {}, {"kind": "Deployment"}, {"kind": "", "name": "web"}, {"kind": None, "name": None}]
)
def test_without_a_target(target: Any) -> None:
    described = facts(KIND, spec={"scaleTargetRef": target, "maxReplicas": 1})
    assert edges(described) == []


def test_the_minimum_is_one_unless_set() -> None:
    described = facts(KIND, spec={"maxReplicas": 5})
    assert described.detail == ScaleDetail(ScaleTarget("", "shop", ""), minimum=1, maximum=5)
    assert facts(KIND, spec={"minReplicas": 0}).detail == ScaleDetail(ScaleTarget("", "shop", ""), minimum=0)
