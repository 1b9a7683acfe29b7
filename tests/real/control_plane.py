"""etcd, an API server and its controllers, as real processes on loopback."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from tests.ports import free_port
from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.processes import component, running

ADMIN_TOKEN = "astrolabe-tests-admin"


@dataclasses.dataclass(frozen=True)
class ApiServer:
    """A running API server and its administrator."""

    cluster: Cluster
    kubeconfig: Path
    key: Path
    """Signs service account tokens."""
    log: Path


def answers(url: str, **options: object) -> bool:
    """Whether a server answers with a 2xx status."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=5, **options).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


@contextlib.contextmanager
def etcd(folder: Path) -> Iterator[str]:
    """Run etcd without fsync; yields its URL."""
    program = component("etcd")
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    command = [
        program, f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync",
        f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
    ]  # fmt: skip
    with running(command, folder / "etcd.log", lambda: answers(f"{client}/health")):
        yield client


@contextlib.contextmanager
def api_server(
    folder: Path, etcd_url: str, *flags: str, before: Callable[[int], None] = lambda _: None
) -> Iterator[ApiServer]:
    """Run kube-apiserver with RBAC and one administrator; its port is told before it answers."""
    program = component("kube-apiserver")
    url = f"https://127.0.0.1:{(port := free_port())}"
    before(port)
    certificates = folder / "certificates"
    # The server makes its certificate and key when there are none; the key serves to sign tokens as well.
    certificate, key = certificates / "apiserver.crt", certificates / "apiserver.key"
    tokens = folder / "tokens.csv"
    tokens.write_text(f'{ADMIN_TOKEN},admin,admin,"system:masters"\n')
    cluster = Cluster(url, certificate, ADMIN_TOKEN)
    command = [
        program, f"--etcd-servers={etcd_url}", f"--cert-dir={certificates}",
        "--bind-address=127.0.0.1", f"--secure-port={port}",
        "--authorization-mode=RBAC", f"--token-auth-file={tokens}",
        f"--service-account-issuer={url}", f"--service-account-jwks-uri={url}/openid/v1/jwks",
        f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.96.0.0/16", *flags,
    ]  # fmt: skip
    log = folder / "kube-apiserver.log"
    with running(command, log, lambda: certificate.exists() and cluster.healthy(), grace=1):
        kubeconfig = write_kubeconfig(folder / "kubeconfig", url, certificate, ADMIN_TOKEN)
        yield ApiServer(cluster, kubeconfig, key, log)
    cluster.close()


@contextlib.contextmanager
def controller(folder: Path, name: str, server: ApiServer, *flags: str) -> Iterator[None]:
    """Run kube-controller-manager or kube-scheduler."""
    program = component(name)
    port = free_port()
    command = [
        program, f"--kubeconfig={server.kubeconfig}", "--leader-elect=false",
        "--bind-address=127.0.0.1", f"--secure-port={port}", f"--cert-dir={folder / name}", *flags,
    ]  # fmt: skip
    health = f"https://127.0.0.1:{port}/healthz"
    certificate = folder / name / f"{name}.crt"
    with running(
        command,
        folder / f"{name}.log",
        lambda: certificate.exists() and answers(health, verify=str(certificate)),
        grace=2,
    ):
        yield


@contextlib.contextmanager
def control_plane(folder: Path, *gates: str) -> Iterator[ApiServer]:
    """Run all of it: Deployments make Pods, Pods are placed, endpoints follow, garbage is collected.

    Feature gates (`Name=false`) make it behave as an older one.
    """
    features = (f"--feature-gates={','.join(gates)}",) if gates else ()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(api_server(folder, stack.enter_context(etcd(folder)), *features))
        managing = (
            f"--service-account-private-key-file={server.key}",
            f"--root-ca-file={server.cluster.ca}",
            "--use-service-account-credentials=true",
            *features,
        )
        stack.enter_context(controller(folder, "kube-controller-manager", server, *managing))
        stack.enter_context(controller(folder, "kube-scheduler", server))
        yield server
