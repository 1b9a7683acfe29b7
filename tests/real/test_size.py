"""A cluster of five thousand Pods on a real API server: how soon it is known, and what that takes."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.real.cluster import Cluster
from tests.real.exporter import Exporter

NAMESPACES = 50
PODS = 100
SECONDS = 20


def pod(name: str, app: str) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": f"registry.example.com/{app}:1.4.2",
        "envFrom": [{"configMapRef": {"name": app}}, {"secretRef": {"name": app}}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
        "ports": [{"containerPort": 8080}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": app, "pod-template-hash": "6b9c7d4f5"}},
        # No scheduler is asked: what matters here is how many there are.
        "spec": {"schedulerName": "none", "serviceAccountName": "default", "containers": [container]},
    }


@pytest.fixture
def crowd(cluster: Cluster) -> Iterator[list[str]]:
    """Fifty namespaces with a hundred Pods each."""
    tag = secrets.token_hex(3)
    names = [f"crowd-{tag}-{number:02}" for number in range(NAMESPACES)]
    for name in names:
        cluster.post("/api/v1/namespaces", {"metadata": {"name": name}})
    for name in names:
        cluster.wait(
            f"/api/v1/namespaces/{name}/serviceaccounts/default", bool, f"the service account of {name}"
        )

    def fill(name: str) -> None:
        for number in range(PODS):
            app = f"app-{number // 5:02}"
            cluster.post(f"/api/v1/namespaces/{name}/pods", pod(f"{app}-6b9c7d4f5-{number:03}", app))

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(fill, names))
    yield names
    for name in names:
        cluster.delete(f"/api/v1/namespaces/{name}")


def test_five_thousand_pods_are_known_in_time(
    crowd: list[str], exporter: Callable[..., Exporter], capsys: pytest.CaptureFixture[str]
) -> None:
    start = monotonic()
    running = exporter()
    seconds = monotonic() - start
    text = running.text()
    assert seconds < SECONDS
    pods = sum(
        line.startswith("astrolabe_pod_workload_info{") and f'namespace="{crowd[0][:12]}' in line
        for line in text.splitlines()
    )
    assert pods == NAMESPACES * PODS
    status = Path(f"/proc/{running.pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0]) / 1024
    with capsys.disabled():
        sys.stdout.write(
            f"\n{pods} Pods in {len(crowd)} namespaces: ready {seconds:.1f} s after the start,"
            f" {text.count(chr(10))} lines, RSS {resident:.0f} MiB\n"
        )
