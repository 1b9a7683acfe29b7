"""Who may read, by a real API server's TokenReview and SubjectAccessReview."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.exporter import Exporter

READER = "astrolabe-metrics-reader"


@pytest.fixture
def reading(cluster: Cluster, namespace: str) -> Iterator[str]:
    """A namespace with the accounts exporter, scraper (who may get /metrics) and stranger."""
    for name in ("exporter", "scraper", "stranger"):
        cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}, namespace)
    cluster.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": READER},
            "rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}],
        }
    )
    bound = (("scraper", READER), ("exporter", "view"), ("exporter", "system:auth-delegator"))
    for account, role in bound:
        cluster.apply(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": f"{namespace}-{account}-{role.rpartition(':')[2]}"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
            }
        )
    yield namespace
    roles = "/apis/rbac.authorization.k8s.io/v1"
    for account, role in bound:
        cluster.delete(f"{roles}/clusterrolebindings/{namespace}-{account}-{role.rpartition(':')[2]}")
    cluster.delete(f"{roles}/clusterroles/{READER}")


def test_the_api_server_says_who_may_read(
    cluster: Cluster,
    exporter: Callable[..., Exporter],
    reading: str,
    tmp_path: Path,
) -> None:
    def token(account: str) -> str:
        return cluster.token_of(reading, account)

    config = write_kubeconfig(tmp_path / "exporter.kubeconfig", cluster.url, cluster.ca, token("exporter"))
    following = exporter("--authorization=kubernetes", "--kinds=pods", kubeconfig=config)

    def status(path: str, credentials: str = "") -> int:
        headers = {"Authorization": f"Bearer {credentials}"} if credentials else {}
        return requests.get(following.url + path, headers=headers, timeout=30).status_code

    assert status("/livez") == 200
    assert status("/metrics") == 401
    assert status("/metrics", "nobodys") == 401
    assert status("/metrics", token("stranger")) == 403
    scraper = token("scraper")
    assert [status(path, scraper) for path in ("/metrics", "/metrics", "/")] == [200, 200, 403]
    assert scraper not in following.log.read_text()


def test_without_the_permission_to_ask_nobody_reads(
    cluster: Cluster,
    exporter: Callable[..., Exporter],
    reading: str,
    tmp_path: Path,
) -> None:
    unable = write_kubeconfig(
        tmp_path / "exporter.kubeconfig",
        cluster.url,
        cluster.ca,
        cluster.token_of(reading, "stranger"),
    )
    following = exporter("--authorization=kubernetes", "--kinds=pods", "--log-format=json", kubeconfig=unable)
    headers = {"Authorization": f"Bearer {cluster.token_of(reading, 'scraper')}"}
    answer = requests.get(f"{following.url}/metrics", headers=headers, timeout=30)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert 'cannot create resource \\"tokenreviews\\"' in following.log.read_text()
