"""What a Pod holds of credentials."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.models.details import PodAccess, PodDetail, SecretUse
from astrolabe.kinds.pod import KIND
from tests.kinds.objects import facts

TOKEN = {
    "name": "token",
    "projected": {"sources": [{"configMap": {"name": "ca"}}, {"serviceAccountToken": {"path": "token"}}]},
}


def access(**spec: Any) -> PodAccess:
    detail = facts(KIND, spec={"containers": [{"name": "main"}], **spec}).detail
    assert isinstance(detail, PodDetail)
    return detail.access


def container(*volumes: str) -> dict[str, Any]:
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in volumes]
    return {"name": "main", "volumeMounts": mounts}


def test_the_account_is_default_unless_named() -> None:
    assert access() == PodAccess("default")
    assert access(serviceAccount="old").account == "old"
    assert access(serviceAccountName="web", serviceAccount="old").account == "web"


@pytest.mark.parametrize(
    ("spec", "token"),
    [
        ({"volumes": [TOKEN], "containers": [container("token")]}, True),
        ({"volumes": [TOKEN], "containers": [container()]}, False),
        ({"volumes": [TOKEN], "containers": [container()], "initContainers": [container("token")]}, True),
        ({"volumes": [], "containers": [container("token")]}, False),
        # The volume is the truth, whatever the Pod says of mounting.
        (
            {
                "volumes": [TOKEN],
                "containers": [container("token")],
                "automountServiceAccountToken": False,
            },
            True,
        ),
    ],
)
def test_a_token_is_there_where_a_container_mounts_its_volume(spec: dict[str, Any], token: bool) -> None:
    assert access(**spec).token is token


def test_a_token_for_another_audience_is_none_for_the_api_server() -> None:
    source = {"serviceAccountToken": {"path": "token", "audience": "vault"}}
    volume = {"name": "token", "projected": {"sources": [source]}}
    assert not access(volumes=[volume], containers=[container("token")]).token


def test_automount_is_what_the_pod_says() -> None:
    assert access().automount is None
    assert access(automountServiceAccountToken=False).automount is False


def test_secrets_with_how_and_by_which_key() -> None:
    found = access(
        imagePullSecrets=[{"name": "registry"}],
        volumes=[
            {"name": "tls", "secret": {"secretName": "tls", "items": [{"key": "tls.key", "path": "key"}]}},
            {"name": "all", "secret": {"secretName": "all"}},
            {"name": "both", "projected": {"sources": [{"secret": {"name": "p", "items": [{"key": "k"}]}}]}},
            {"name": "csi", "csi": {"nodePublishSecretRef": {"name": "csi"}}},
            {"name": "files", "azureFile": {"secretName": "azure"}},
            {"name": "ceph", "cephfs": {"secretRef": {"name": "ceph"}}},
        ],
        containers=[
            {
                "name": "main",
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}],
                "envFrom": [{"secretRef": {"name": "env"}}],
            }
        ],
    )
    assert found.secrets == (
        SecretUse("registry", "image-pull"),
        SecretUse("tls", "volume", "tls.key"),
        SecretUse("all", "volume"),
        SecretUse("p", "projected", "k"),
        SecretUse("csi", "csi"),
        SecretUse("azure", "storage"),
        SecretUse("ceph", "storage"),
        SecretUse("db", "env", "password"),
        SecretUse("env", "env-from"),
    )
    assert [use.secret for use in found.secrets if use.visible] == ["tls", "all", "p", "db", "env"]


def test_pods_of_one_workload_share_one() -> None:
    spec = {"volumes": [TOKEN], "containers": [container("token")], "serviceAccountName": "web"}
    assert access(**spec) is access(**spec)
