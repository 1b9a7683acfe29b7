"""The API server as an issuer: a workload of the cluster calls the override service with its own token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.real.cluster import Cluster
from tests.real.test_override import Process, service
from tests.real.test_sleep import definition

__all__ = ["definition", "service"]
pytestmark = pytest.mark.usefixtures("definition")
AUDIENCE = "astrolabe-override"


def token(cluster: Cluster, namespace: str, audience: str = AUDIENCE) -> str:
    """Return a token of the service account `ci`."""
    spec = {"audiences": [audience], "expirationSeconds": 600}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/ci/token"
    return str(cluster.post(path, body)["status"]["token"])


@pytest.fixture
def account(cluster: Cluster, namespace: str) -> str:
    """A service account, and the issuer's pages open to everybody; returns its subject."""
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ci"}}, namespace)
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "issuer-discovery"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "system:service-account-issuer-discovery",
        },
        "subjects": [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}
        ],
    }
    cluster.apply(binding)
    return f"system:serviceaccount:{namespace}:ci"


def configured(service: Process, cluster: Cluster, subject: str) -> None:
    settings: dict[str, Any] = yaml.safe_load(service.config.read_text())
    settings["oidc"] = {"issuer": cluster.url, "client_id": AUDIENCE, "ca_file": str(cluster.ca)}
    service.config.write_text(yaml.safe_dump(settings))
    rules = Path(service.folder / "rules.yaml")
    rules.write_text(rules.read_text().replace('"token:eve"', f'"token:eve", "oidc:{subject}"'))


def test_a_workload_with_its_own_token(
    cluster: Cluster, namespace: str, service: Process, account: str
) -> None:
    configured(service, cluster, account)
    own, foreign = token(cluster, namespace), token(cluster, namespace, "somebody-else")
    with service.started():
        service.session.headers["Authorization"] = f"Bearer {own}"
        assert service.get("/caller") == {"id": f"oidc:{account}", "roles": ["admin"]}
        (answer,) = service.post("/overrides", {"environment": "dev", "action": "wake", "duration": "1h"})[
            "answers"
        ]
        assert (answer["outcome"], answer["override"]["by"]["id"]) == ("granted", f"oidc:{account}")
        for wrong, reason in (
            (foreign, "it is for another audience than astrolabe-override"),
            (own[:-8] + "AAAAAAAA", "its signature is wrong"),
        ):
            refused = service.session.get(
                f"{service.url}/api/v1/caller", headers={"Authorization": f"Bearer {wrong}"}, timeout=30
            )
            assert refused.status_code == 401
            assert refused.json()["error"]["message"] == f"the token is refused: {reason}"
    (log,) = service.folder.glob("override-*.log")
    assert not any(each in log.read_text() for each in (own, foreign))
