"""Argo CD as real processes: its server, repo server and application controller, over a bare repository."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.components import build
from tests.ports import free_port
from tests.real.cluster import Cluster
from tests.real.control_plane import ApiServer, answers
from tests.real.processes import component, running, until

NAMESPACE = "argocd"
ACCOUNT = "astrolabe"


@dataclasses.dataclass(frozen=True)
class Argo:
    """A running Argo CD."""

    url: str
    cluster: Cluster
    admin: str
    """A session of its administrator."""

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API as the administrator."""
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Authorization": f"Bearer {self.admin}"}
            answer = session.request(method, self.url + path, json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def token(self) -> str:
        """Return a new token of the account that the service uses."""
        return str(self.call("POST", f"/api/v1/account/{ACCOUNT}/token", {"name": ACCOUNT})["token"])

    def application(self, name: str, repository: Path, path: str, namespace: str, **spec: Any) -> None:
        """Make an application that heals by itself."""
        policy = {"automated": {"selfHeal": True, "prune": True}, "syncOptions": spec.pop("syncOptions", [])}
        body = {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "project": "default",
                "source": {"repoURL": f"file://{repository}", "path": path, "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
                "syncPolicy": policy, **spec,
            },
        }  # fmt: skip
        self.cluster.apply(body, NAMESPACE)

    def synced(self, name: str) -> bool:
        """Whether an application is as git says."""
        status = self.cluster.get(f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications/{name}")
        return bool(status.get("status", {}).get("sync", {}).get("status") == "Synced")


@contextlib.contextmanager
def argocd(folder: Path, plane: ApiServer) -> Iterator[Argo]:
    """Run all of it on a control plane; its account may get and sync applications."""
    program, redis = component("argocd"), component("redis-server")
    cluster = plane.cluster
    _install(cluster, build.COMPONENTS["argocd"].cached.parent / "crds")
    ports = {name: free_port() for name in ("redis", "repo", "repo-metrics", "control", "server", "metrics")}
    environment = {
        "KUBECONFIG": str(plane.kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        **{f"ARGOCD_{name}": str(folder / name.lower()) for name in (
            "TLS_DATA_PATH", "SSH_DATA_PATH", "PLUGINSOCKFILEPATH")},
    }  # fmt: skip
    for name in ("tls_data_path", "ssh_data_path", "pluginsockfilepath"):
        (folder / name).mkdir()
    (folder / "ssh_data_path" / "ssh_known_hosts").touch()
    away = [f"--redis=127.0.0.1:{ports['redis']}"]
    repo = [f"--repo-server=127.0.0.1:{ports['repo']}", "--repo-server-plaintext"]
    known = [f"--kubeconfig={plane.kubeconfig}", f"--namespace={NAMESPACE}"]
    processes = {
        "repo-server": [
            "--address=127.0.0.1", f"--port={ports['repo']}", "--disable-tls",
            "--metrics-address=127.0.0.1", f"--metrics-port={ports['repo-metrics']}", *away,
        ],
        "application-controller": [*known, f"--metrics-port={ports['control']}", *away, *repo],
        "server": [
            *known, "--address=127.0.0.1", f"--port={ports['server']}", "--insecure",
            "--metrics-address=127.0.0.1", f"--metrics-port={ports['metrics']}", *away, *repo,
        ],
    }  # fmt: skip
    ready = {
        "repo-server": f"http://127.0.0.1:{ports['repo-metrics']}/healthz",
        "application-controller": f"http://127.0.0.1:{ports['control']}/healthz",
        "server": f"http://127.0.0.1:{ports['server']}/healthz",
    }
    with contextlib.ExitStack() as stack:
        command = [
            redis,
            "--bind",
            "127.0.0.1",
            "--port",
            str(ports["redis"]),
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        stack.enter_context(running(command, folder / "redis.log"))
        for name, flags in processes.items():
            stack.enter_context(
                running(
                    [program, *flags],
                    folder / f"{name}.log",
                    lambda url=ready[name]: answers(url),  # type: ignore[misc]
                    environment={**environment, "ARGOCD_BINARY_NAME": f"argocd-{name}"},
                    grace=1,
                )
            )
        url = f"http://127.0.0.1:{ports['server']}"
        yield Argo(url, cluster, until(lambda: _login(cluster, url), "the administrator logs in"))


def _install(cluster: Cluster, definitions: Path) -> None:
    for path in sorted(definitions.glob("app*.yaml")):
        cluster.apply(yaml.safe_load(path.read_text()))
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    labels = {"app.kubernetes.io/part-of": "argocd"}
    rights = "".join(
        f"p, role:{ACCOUNT}, applications, {action}, default/test-*, allow\n" for action in ("get", "sync")
    )
    settings = {
        "argocd-cm": {f"accounts.{ACCOUNT}": "apiKey", "timeout.reconciliation": "3s"},
        "argocd-rbac-cm": {"policy.csv": f"{rights}g, {ACCOUNT}, role:{ACCOUNT}\n"},
    }
    for name, data in settings.items():
        metadata = {"name": name, "labels": labels}
        cluster.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}, NAMESPACE
        )
    cluster.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret", "labels": labels}},
        NAMESPACE,
    )


def _login(cluster: Cluster, url: str) -> str:
    import base64

    found = cluster.items(f"/api/v1/namespaces/{NAMESPACE}/secrets")
    (secret,) = [each for each in found if each["metadata"]["name"] == "argocd-initial-admin-secret"] or [
        None
    ]
    if secret is None:
        return ""
    password = base64.b64decode(secret["data"]["password"]).decode()
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            f"{url}/api/v1/session", json={"username": "admin", "password": password}, timeout=10
        )
    return str(answer.json()["token"]) if answer.ok else ""
