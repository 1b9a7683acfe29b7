"""What Pods and Pod templates use."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.deployment import KIND
from tests.kinds.objects import edges, facts

ACCOUNT = "uses-sa → ServiceAccount/shop/default"


def used(**spec: Any) -> list[str]:
    return edges(facts(KIND, spec={"template": {"spec": spec}}))


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ({"configMap": {"name": "c", "defaultMode": 420}}, "uses-configmap → ConfigMap/shop/c"),
        ({"configMap": {"name": "c", "optional": True}}, "uses-configmap → ConfigMap/shop/c (optional)"),
        ({"secret": {"secretName": "s"}}, "uses-secret → Secret/shop/s"),
        ({"secret": {"secretName": "s", "optional": True}}, "uses-secret → Secret/shop/s (optional)"),
        ({"secret": {"secretName": "s", "optional": None}}, "uses-secret → Secret/shop/s"),
        ({"projected": {"sources": [{"configMap": {"name": "c"}}]}}, "uses-configmap → ConfigMap/shop/c"),
        (
            {"projected": {"sources": [{"secret": {"name": "s", "optional": True}}]}},
            "uses-secret → Secret/shop/s (optional)",
        ),
        (
            {"csi": {"driver": "secrets-store.csi.k8s.io", "nodePublishSecretRef": {"name": "s"}}},
            "uses-secret → Secret/shop/s",
        ),
        ({"azureFile": {"secretName": "s", "shareName": "x"}}, "uses-secret → Secret/shop/s"),
        ({"cephfs": {"monitors": [], "secretRef": {"name": "s"}}}, "uses-secret → Secret/shop/s"),
        ({"cinder": {"volumeID": "x", "secretRef": {"name": "s"}}}, "uses-secret → Secret/shop/s"),
        ({"flexVolume": {"driver": "x", "secretRef": {"name": "s"}}}, "uses-secret → Secret/shop/s"),
        ({"iscsi": {"lun": 0, "secretRef": {"name": "s"}}}, "uses-secret → Secret/shop/s"),
        ({"rbd": {"monitors": [], "secretRef": {"name": "s"}}}, "uses-secret → Secret/shop/s"),
        ({"scaleIO": {"gateway": "x", "secretRef": {"name": "s"}}}, "uses-secret → Secret/shop/s"),
        ({"storageos": {"secretRef": {"name": "s"}}}, "uses-secret → Secret/shop/s"),
    ],
)
def test_volumes(volume: dict[str, Any], expected: str) -> None:
    assert used(volumes=[{"name": "v", **volume}]) == [ACCOUNT, expected]


@pytest.mark.parametrize(
    "volume",
    [
        {"emptyDir": {}},
        {"hostPath": {"path": "/var/log"}},
        {"persistentVolumeClaim": {"claimName": "data"}},
        {"ephemeral": {"volumeClaimTemplate": {}}},
        {"csi": {"driver": "x", "nodePublishSecretRef": None}},
        {"rbd": {"secretRef": None}},
        {"projected": {"sources": None}},
        {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}, {"downwardAPI": {}}]}},
        {"configMap": {"name": ""}},
    ],
)
def test_volumes_that_use_neither(volume: dict[str, Any]) -> None:
    assert used(volumes=[{"name": "v", **volume}]) == [ACCOUNT]


ENVIRONMENT: dict[str, Any] = {
    "name": "web",
    "env": [
        {"name": "PLAIN", "value": "1"},
        {"name": "FIELD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c1", "key": "k"}}},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "k", "optional": True}}},
    ],
    "envFrom": [
        {"prefix": "X_", "configMapRef": {"name": "c2", "optional": True}},
        {"secretRef": {"name": "s2"}},
    ],
}


@pytest.mark.parametrize("containers", ["containers", "initContainers"])
def test_environment_of_every_sort_of_container(containers: str) -> None:
    assert used(**{containers: [ENVIRONMENT]}) == [
        ACCOUNT,
        "uses-configmap → ConfigMap/shop/c1",
        "uses-secret → Secret/shop/s1 (optional)",
        "uses-configmap → ConfigMap/shop/c2 (optional)",
        "uses-secret → Secret/shop/s2",
    ]


def test_a_pod_works_without_what_only_a_debugging_container_needs() -> None:
    assert used(ephemeralContainers=[ENVIRONMENT]) == [
        ACCOUNT,
        "uses-configmap → ConfigMap/shop/c1 (optional)",
        "uses-secret → Secret/shop/s1 (optional)",
        "uses-configmap → ConfigMap/shop/c2 (optional)",
        "uses-secret → Secret/shop/s2 (optional)",
    ]


def test_a_pod_works_without_its_image_pull_secrets() -> None:
    assert used(imagePullSecrets=[{"name": "registry"}, {}]) == [
        ACCOUNT,
        "uses-secret → Secret/shop/registry (optional)",
    ]


@pytest.mark.parametrize(
    ("spec", "account"),
    [
        ({"serviceAccountName": "runner", "serviceAccount": "runner"}, "runner"),
        ({"serviceAccount": "runner"}, "runner"),
        ({"serviceAccountName": ""}, "default"),
        ({}, "default"),
    ],
)
def test_service_account(spec: dict[str, Any], account: str) -> None:
    assert used(**spec) == [f"uses-sa → ServiceAccount/shop/{account}"]


@pytest.mark.parametrize("optional_first", [True, False])
def test_a_secret_used_twice_is_one_edge_and_required_if_once_required(*, optional_first: bool) -> None:
    volumes = [
        {"name": "a", "secret": {"secretName": "s", "optional": optional_first}},
        {"name": "b", "secret": {"secretName": "s", "optional": not optional_first}},
    ]
    assert used(volumes=volumes) == [ACCOUNT, "uses-secret → Secret/shop/s"]


@pytest.mark.parametrize("template", [None, {}, {"spec": None}])
def test_a_template_without_a_specification(template: Any) -> None:
    assert edges(facts(KIND, spec={"template": template})) == [ACCOUNT]
