"""The annotation of `kubectl apply`, as the baseline of what sleeps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astrolabe.kinds import deployment, statefulset
from astrolabe.kinds.models.details import ReplicasDetail
from tests.kinds.objects import facts


def manifest(spec: Any) -> str:
    return json.dumps(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    )


@pytest.mark.parametrize("kind", [deployment.KIND, statefulset.KIND], ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("annotation", "replicas", "expected"),
    [
        (manifest({"replicas": 3, "template": {}}), 0, 3),
        (manifest({"replicas": 3}), 2, None),
        (manifest({"replicas": 0}), 0, 0),
        (manifest({"template": {}}), 0, None),
        (manifest({"replicas": "3"}), 0, None),
        (manifest(None), 0, None),
        ("{}", 0, None),
        ("not JSON", 0, None),
        ("", 0, None),
        (None, 0, None),
    ],
)
def test_applied(kind: Any, annotation: Any, replicas: int, expected: int | None) -> None:
    metadata = {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": annotation}}
    described = facts(kind, metadata=metadata, spec={"replicas": replicas})
    assert isinstance(described.detail, ReplicasDetail)
    assert described.detail.applied == expected
