"""Fixtures: real processes, each started once for all tests that want it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.real import control_plane as planes
from tests.real import exporter as exporters
from tests.real import prometheus as prometheuses
from tests.real.cluster import Cluster
from tests.real.control_plane import ApiServer
from tests.real.exporter import Exporter
from tests.real.kubelet import Kubelet

HERE = Path(__file__).parent
TEST_SECONDS = 300


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("real")
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """etcd, kube-apiserver, kube-controller-manager and kube-scheduler."""
    with planes.control_plane(tmp_path_factory.mktemp("control-plane")) as server:
        yield server


@pytest.fixture(scope="session")
def cluster(control_plane: ApiServer) -> Cluster:
    """The administrator's client."""
    return control_plane.cluster


@pytest.fixture(scope="session")
def kubelet(cluster: Cluster) -> Iterator[Kubelet]:
    """Two nodes that run whatever is placed on them."""
    with Kubelet(cluster, "node-a", "node-b") as kubelet:
        yield kubelet


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"test-{secrets.token_hex(4)}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def exporter(control_plane: ApiServer, tmp_path: Path) -> Iterator[Callable[..., Exporter]]:
    """Start exporters: `exporter(*flags, kubeconfig=…)`; each is ready when it is returned."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, kubeconfig: Path = control_plane.kubeconfig) -> Exporter:
            log = tmp_path / f"exporter-{secrets.token_hex(2)}.log"
            return stack.enter_context(exporters.exporter(kubeconfig, log, *arguments))

        yield start


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[..., prometheuses.Prometheus]]:
    """Start Prometheus: `prometheus("127.0.0.1:8080", …)` scrapes those targets every second."""
    with contextlib.ExitStack() as stack:

        def start(*targets: str, **options: object) -> prometheuses.Prometheus:
            folder = tmp_path / f"prometheus-{secrets.token_hex(2)}"
            return stack.enter_context(prometheuses.prometheus(folder, targets, **options))

        yield start
