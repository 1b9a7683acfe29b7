"""Who may read, by a real API server's TokenReview and SubjectAccessReview."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
import requests

from astrolabe.api.authentication import OPEN
from tests.api.paths import served
from tests.deploy.rendering import chart, one
from tests.ports import free_port
from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.exporter import Exporter
from tests.real.processes import until

MINUTE = 60.0
"""Seconds that a revocation takes at most."""
PATHS = served()
OWN_PATHS = served(graph=False)
"""Of the port for the program's own metrics."""
ANSWERS = {
    "/api/v1/access/who-can": 400,
    "/api/v1/access/of": 400,
    "/api/v1/graphql": 400,
    "/graphql": 400,
    "/api/v1/changes/ws": 426,
}
"""What some paths answer to who asks nothing; all others answer 200."""


@pytest.fixture
def reading(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[str]:
    """A namespace with the accounts exporter, scraper (may get /metrics), reader (everything), stranger."""
    for name in ("exporter", "scraper", "reader", "stranger"):
        cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}, namespace)
    # The roles of the chart, as operators get them.
    rendered = chart(
        tmp_path, {"settings": {"authorization": "kubernetes"}}, release=f"astrolabe-{namespace}"
    )
    roles = {
        name: one(rendered, "ClusterRole", f"astrolabe-{namespace}-{name}")
        for name in ("metrics-reader", "reader")
    }
    bound = [
        (account, cluster.apply(roles[role])[0]["metadata"]["name"])
        for account, role in (("scraper", "metrics-reader"), ("reader", "reader"))
    ]
    bound += [("exporter", "view"), ("exporter", "system:auth-delegator")]
    for account, role in bound:
        cluster.apply(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": binding(namespace, account, role)},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
            }
        )
    yield namespace
    for account, role in bound:
        cluster.delete(f"{ROLES}/clusterrolebindings/{binding(namespace, account, role)}")
    for role in roles.values():
        cluster.delete(f"{ROLES}/clusterroles/{role['metadata']['name']}")


ROLES = "/apis/rbac.authorization.k8s.io/v1"


def binding(namespace: str, account: str, role: str) -> str:
    return f"{namespace}-{account}-{role.rpartition(':')[2]}"


class Asking:
    """An exporter that asks the API server, and accounts of the cluster that ask the exporter."""

    def __init__(self, cluster: Cluster, namespace: str, exporter: Exporter, own_port: int) -> None:
        self.exporter = exporter
        self._own = f"http://127.0.0.1:{own_port}"
        self._tokens = {name: cluster.token_of(namespace, name) for name in ("scraper", "reader", "stranger")}
        self.session = requests.Session()
        self.session.trust_env = False

    def ask(self, path: str, account: str, method: str = "GET", *, own: bool = False) -> requests.Response:
        """Ask with an account's token; `own` asks the port for the program's own metrics."""
        url = (self._own if own else self.exporter.url) + path
        headers = {"Authorization": f"Bearer {self._tokens.get(account, account)}"} if account else {}
        # A stream answers, and goes on.
        return self.session.request(method, url, headers=headers, timeout=30, stream=True)

    def status(self, path: str, account: str, method: str = "GET", *, own: bool = False) -> int:
        """Return the status of the answer, and read no more of it."""
        with self.ask(path, account, method, own=own) as answer:
            return answer.status_code

    def logged(self) -> str:
        return self.exporter.log.read_text()

    @property
    def tokens(self) -> list[str]:
        return list(self._tokens.values())


@pytest.fixture
def asking(
    cluster: Cluster, exporter: Callable[..., Exporter], reading: str, tmp_path: Path
) -> Iterator[Asking]:
    token = cluster.token_of(reading, "exporter")
    config = write_kubeconfig(tmp_path / "exporter.kubeconfig", cluster.url, cluster.ca, token)
    port = free_port()
    flags = ("--authorization=kubernetes", "--kinds=pods", f"--telemetry-port={port}")
    asking = Asking(cluster, reading, exporter(*flags, kubeconfig=config), port)
    with asking.session:
        yield asking


def test_every_path_is_refused_to_an_account_that_has_nothing(asking: Asking) -> None:
    """It has what every account has: `system:discovery` grants it /api/* of the API server, not of ours."""
    for own, paths in ((False, PATHS), (True, OWN_PATHS)):
        for path in paths:
            for method in ("GET", "HEAD"):
                status = asking.status(path, "stranger", method, own=own)
                assert (path, status) == (path, 200 if path in OPEN else 403)
    for path in ("/nowhere", "/api", "/apis/apps", "/version", "/openapi/v2", "/metrics/", "//metrics"):
        assert (path, asking.status(path, "stranger")) == (path, 403)
    with asking.ask("/api/v1/graph", "stranger") as answer:
        assert "/astrolabe/api/v1/graph" in answer.json()["error"]["message"]
    with asking.ask("/", "stranger") as answer:
        assert answer.text == "you may not get /astrolabe/\n"


def test_the_role_for_metrics_is_for_metrics_alone(asking: Asking) -> None:
    for own, paths in ((False, PATHS), (True, OWN_PATHS)):
        for path in paths:
            status = asking.status(path, "scraper", own=own)
            assert (path, status) == (path, 200 if path in {*OPEN, "/metrics"} else 403)
    assert not any(token in asking.logged() for token in asking.tokens)


def test_the_role_for_everything_is_for_everything(asking: Asking) -> None:
    for own, paths in ((False, PATHS), (True, OWN_PATHS)):
        for path in paths:
            # Objects that are not there have empty answers.
            assert (path, asking.status(path, "reader", own=own)) == (path, ANSWERS.get(path, 200))
    assert asking.status("/nowhere", "reader") == 404


def test_without_credentials_or_with_nobodys(asking: Asking) -> None:
    for own, paths in ((False, PATHS), (True, OWN_PATHS)):
        for path in paths:
            for account in ("", "nobodys"):
                assert asking.status(path, account, own=own) == (200 if path in OPEN else 401)


def test_what_is_taken_back_is_gone_within_a_minute(cluster: Cluster, reading: str, asking: Asking) -> None:
    """The right of a scraper, the account of a reader; and the stream that the reader has open."""
    assert asking.status("/metrics", "scraper") == 200
    with asking.ask("/api/v1/changes", "reader") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith(b"retry: ")
        role = f"astrolabe-{reading}-metrics-reader"
        cluster.delete(f"{ROLES}/clusterrolebindings/{binding(reading, 'scraper', role)}")
        cluster.delete(f"/api/v1/namespaces/{reading}/serviceaccounts/reader")
        start = monotonic()
        # It ends in good order, or `requests` would raise.
        assert all(not line or line.startswith((b":", b"id: ", b"data: ")) for line in lines)
        assert monotonic() - start < MINUTE
    assert asking.status("/api/v1/changes", "reader") == 401
    left = max(1.0, start + MINUTE - monotonic())
    assert until(lambda: asking.status("/metrics", "scraper") == 403, "the scraper is refused", left)


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
    # A thread of its own writes the log, so an answer may be here before its line.
    reason = 'cannot create resource \\"tokenreviews\\"'
    assert until(lambda: reason in following.log.read_text(), "the log tells why")
