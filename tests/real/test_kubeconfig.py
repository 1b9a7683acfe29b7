"""A kubeconfig as client-go reads it, before a real API server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.control_plane import ADMIN_TOKEN
from tests.real.exporter import Exporter
from tests.real.processes import until

Start = Callable[..., Exporter]
RBAC = "rbac.authorization.k8s.io"


def config(folder: Path, cluster: Cluster, **user: Any) -> Path:
    """Write the administrator's kubeconfig with more fields of the user."""
    path = write_kubeconfig(folder / "kubeconfig", cluster.url, cluster.ca, ADMIN_TOKEN)
    document = json.loads(path.read_text())
    document["users"][0]["user"] |= user
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def viewers(cluster: Cluster, namespace: str) -> str:
    """A namespace where the group `viewers` may follow ConfigMaps, and nobody else anything."""
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}]
    role = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": "viewer"}, "rules": rules}
    binding = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "viewers"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "viewer"},
        "subjects": [{"apiGroup": RBAC, "kind": "Group", "name": "viewers"}],
    }
    for each in (role, binding):
        cluster.apply(each, namespace)
    return namespace


def configmap(cluster: Cluster, namespace: str, name: str) -> str:
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}, namespace)
    return f'id="ConfigMap/{namespace}/{name}"'


def test_who_is_impersonated_sees_what_they_may_see(
    cluster: Cluster, viewers: str, exporter: Start, tmp_path: Path
) -> None:
    seen, flags = configmap(cluster, viewers, "seen"), f"--namespaces={viewers}"
    groups = {"as": "jane", "as-groups": ["viewers"], "as-user-extra": {"example.com/why": ["a test"]}}
    of_the_group = exporter(flags, kubeconfig=config(tmp_path, cluster, **groups))
    assert seen in of_the_group.text()
    said = of_the_group.text("/readyz")
    assert f"secrets (namespace {viewers}): forbidden" in said
    assert 'User "jane" cannot watch resource "secrets"' in said
    # By its watch as well.
    later = configmap(cluster, viewers, "later")
    until(lambda: later in of_the_group.text(), "it is followed", 15)

    nobody = exporter(flags, kubeconfig=config(tmp_path, cluster, **{"as": "nobody-at-all"}))
    assert f"configmaps (namespace {viewers}): forbidden" in nobody.text("/readyz")
    assert seen not in nobody.text()


def test_a_token_file_wins(cluster: Cluster, namespace: str, exporter: Start, tmp_path: Path) -> None:
    seen = configmap(cluster, namespace, "seen")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "token").write_text(f"{ADMIN_TOKEN}\n")
    kubeconfig = config(tmp_path, cluster, token="wrong", tokenFile="sub/token")
    assert seen in exporter(f"--namespaces={namespace}", kubeconfig=kubeconfig).text()


def test_a_plugin_is_told_of_the_cluster(
    cluster: Cluster, namespace: str, exporter: Start, tmp_path: Path
) -> None:
    seen = configmap(cluster, namespace, "seen")
    login = tmp_path / "login"
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": ADMIN_TOKEN},
    }
    login.write_text(
        f"#!/bin/sh\nprintf %s \"$KUBERNETES_EXEC_INFO\" > {tmp_path}/told\necho '{json.dumps(credential)}'\n"
    )
    login.chmod(0o700)
    kubeconfig = config(tmp_path, cluster)
    document = json.loads(kubeconfig.read_text())
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./login",
        "provideClusterInfo": True, "interactiveMode": "Never",
    }  # fmt: skip
    document["users"][0]["user"] = {"exec": plugin}
    kubeconfig.write_text(json.dumps(document))
    assert seen in exporter(f"--namespaces={namespace}", kubeconfig=kubeconfig).text()
    told = json.loads((tmp_path / "told").read_text())["spec"]["cluster"]
    assert told["server"] == cluster.url
    assert told["certificate-authority-data"]
