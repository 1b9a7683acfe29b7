"""What is rendered, on a real API server: it is valid, and its permissions are enough and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.registry import KINDS
from tests.deploy import rendering
from tests.deploy.rendering import Object, one, settings_text
from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.control_plane import ApiServer
from tests.real.exporter import Exporter

GATEWAY_API = "gateway.networking.k8s.io"
CRDS = Path(rendering.__file__).with_name("crds.yaml").read_text()
FULL = {
    "shards": 2,
    "monitor": {
        "kind": "ServiceMonitor",
        "relabelings": [{"targetLabel": "cluster", "replacement": "blue"}],
    },
    "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    "dashboards": {"operator": {"enabled": True}},
    "prices": {"CPU": "0.028", "storageClasses": {"fast": 0.0002}},
    "redis": {"enabled": True, "existingSecret": "astrolabe-redis"},
    "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"monitoring": "yes"}}}]},
}
SLEEPINFO = """
apiVersion: kube-green.com/v1alpha1
kind: SleepInfo
metadata: {name: nights}
spec: {weekdays: "*", sleepAt: "20:00", wakeUpAt: "08:00", timeZone: Europe/Rome}
"""


@pytest.fixture(scope="module")
def definitions(cluster: Cluster) -> Iterator[None]:
    """The custom kinds of three operators (Prometheus, Grafana, kube-green) and of the Gateway API."""
    crds = [
        *yaml.safe_load_all(CRDS),
        *map(definition, (kind for kind in KINDS if kind.group == GATEWAY_API)),
    ]
    for crd in crds:
        cluster.apply(crd)
    for crd in crds:
        cluster.wait(cluster.path(crd), established, f"{crd['metadata']['name']} is established")
    yield
    for crd in crds:
        cluster.delete(cluster.path(crd))


def definition(kind: Kind) -> Object:
    """Define a kind whose objects may say anything."""
    plural, _, group = kind.resource.partition(".")
    name = kind.name.partition(".")[0]
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": kind.resource,
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
        },
        "spec": {
            "group": group,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": {"kind": name, "plural": plural, "singular": name.lower(), "listKind": f"{name}List"},
            "versions": [{"name": kind.versions[0], "served": True, "storage": True, "schema": schema}],
        },
    }


def established(crd: Object) -> bool:
    conditions = crd.get("status", {}).get("conditions") or ()  # null at first
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


@pytest.fixture
def restricted(cluster: Cluster, namespace: str) -> str:
    """A namespace in which Pods have to be restricted."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.patch(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": labels}})
    return namespace


Apply = Callable[[list[Object], str], None]


@pytest.fixture
def apply(cluster: Cluster) -> Iterator[Apply]:
    """Apply objects by server-side apply with strict validation; what is of the cluster goes at the end."""
    applied: list[str] = []

    def strictly(objects: list[Object], namespace: str) -> None:
        for each in objects:
            path = cluster.path(each, namespace)
            params = {"fieldManager": "astrolabe-tests", "fieldValidation": "Strict"}
            headers = {"Content-Type": "application/apply-patch+yaml"}
            answer = cluster.request("PATCH", path, each, params=params, headers=headers)
            assert answer.ok, f"{path}: {answer.text}"
            assert "Warning" not in answer.headers, f"{path}: {answer.headers['Warning']}"
            applied.append(path)

    yield strictly
    for path in applied:
        if "/namespaces/" not in path:
            cluster.delete(path)


@pytest.fixture
def account(control_plane: ApiServer, cluster: Cluster, tmp_path: Path) -> Callable[[str], Path]:
    """Return a kubeconfig of the ServiceAccount `astrolabe` of a namespace."""

    def kubeconfig(namespace: str) -> Path:
        token = cluster.token_of(namespace, "astrolabe")
        return write_kubeconfig(tmp_path / "account", cluster.url, control_plane.cluster.ca, token)

    return kubeconfig


@pytest.fixture
def as_deployed(
    exporter: Callable[..., Exporter],
    account: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[list[Object], str], Exporter]:
    """Run the exporter with the settings and the token of its Pod, without a place to write to."""

    def start(objects: list[Object], namespace: str) -> Exporter:
        file = tmp_path / "settings.yaml"
        file.write_text(settings_text(objects))
        for variable in ("HOME", "TMPDIR"):
            monkeypatch.setenv(variable, "/nonexistent")
        return exporter(f"--config={file}", kubeconfig=account(namespace))

    return start


def check(kubeconfig: Path, objects: list[Object], folder: Path) -> subprocess.CompletedProcess[str]:
    """Ask the program itself what it may and may not follow."""
    file = folder / "checked.yaml"
    file.write_text(settings_text(objects))
    flags = [f"--kubeconfig={kubeconfig}", f"--config={file}"]
    command = [sys.executable, "-m", "astrolabe", "check", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def followed(exporter: Exporter) -> set[str]:
    return {each["resource"] for each in exporter.labels("astrolabe_synced")}


def chart(folder: Path, values: object, namespace: str) -> list[Object]:
    return rendering.chart(folder, values, namespace=namespace)


@pytest.mark.usefixtures("definitions")
def test_everything_that_the_chart_can_render_is_valid(
    cluster: Cluster, restricted: str, apply: Apply, tmp_path: Path
) -> None:
    objects = chart(tmp_path, FULL, restricted)
    assert {each["kind"] for each in objects} == {
        "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Deployment", "GrafanaDashboard", "NetworkPolicy",
        "PodDisruptionBudget", "PrometheusRule", "Service", "ServiceAccount", "ServiceMonitor",
    }  # fmt: skip
    apply(objects, restricted)
    apply(chart(tmp_path, {"monitor": {"kind": "PodMonitor"}}, restricted), restricted)
    # Admission lets the Pods of both shards in, and that of Redis.
    pods = f"/api/v1/namespaces/{restricted}/pods"
    cluster.wait(pods, lambda found: len(found["items"]) >= 3, "both shards and Redis have Pods")


@pytest.mark.usefixtures("definitions")
def test_shards_of_two_numbers_run_beside_each_other(
    cluster: Cluster, restricted: str, apply: Apply, tmp_path: Path
) -> None:
    for shards in (2, 3):
        values = {"shards": shards, "sharding": {"by": "namespace"}}
        apply(chart(tmp_path, values, restricted), restricted)
    pods = f"/api/v1/namespaces/{restricted}/pods"
    wanted = {f"astrolabe-of-{shards}-{number}" for shards in (2, 3) for number in range(shards)}
    cluster.wait(
        pods,
        lambda found: {each["metadata"]["name"] for each in found["items"]} >= wanted,
        "the shards of both numbers have Pods, numbered by their names",
    )


@pytest.mark.usefixtures("definitions")
def test_everything_that_kustomize_builds_is_valid(
    cluster: Cluster, restricted: str, apply: Apply, tmp_path: Path
) -> None:
    overlays = rendering.KUSTOMIZE / "overlays"
    relative = os.path.relpath(overlays, tmp_path.resolve())
    for overlay in ("everything", "namespaced", "kept", "../override"):
        text = f"namespace: {restricted}\nresources: [{relative}/{overlay}]\n"
        (tmp_path / "kustomization.yaml").write_text(text)
        apply(rendering.kustomization(tmp_path), restricted)
    pods = f"/api/v1/namespaces/{restricted}/pods"
    cluster.wait(pods, lambda found: found["items"], "there is a Pod")


@pytest.mark.usefixtures("definitions")
def test_the_exporter_is_ready_with_exactly_the_rendered_cluster_role(
    cluster: Cluster,
    namespace: str,
    apply: Apply,
    account: Callable[[str], Path],
    as_deployed: Callable[[list[Object], str], Exporter],
    tmp_path: Path,
) -> None:
    objects = chart(tmp_path, {"customResources": ["*.monitoring.coreos.com"]}, namespace)
    apply(objects, namespace)
    cluster.apply(SLEEPINFO, namespace)
    checked = check(account(namespace), objects, tmp_path)
    assert checked.returncode == 0, checked.stdout
    exporter = as_deployed(objects, namespace)
    # A kind that is forbidden, absent or failing would have a line here.
    assert exporter.text("/readyz") == "ready\n"
    custom = {
        f"{plural}.monitoring.coreos.com" for plural in ("servicemonitors", "podmonitors", "prometheusrules")
    }
    assert followed(exporter) == ({kind.resource for kind in KINDS} | custom)
    ids = {each["id"] for each in exporter.labels("astrolabe_resource_info")}
    assert {f"ServiceAccount/{namespace}/astrolabe", f"SleepInfo/{namespace}/nights"} <= ids
    log = exporter.log.read_text()
    assert "forbidden" not in log.lower()


@pytest.mark.usefixtures("definitions")
def test_the_exporter_is_ready_with_roles_alone(
    namespace: str,
    apply: Apply,
    account: Callable[[str], Path],
    as_deployed: Callable[[list[Object], str], Exporter],
    tmp_path: Path,
) -> None:
    values = {"namespaces": [namespace], "rbac": {"clusterScoped": False}}
    objects = chart(tmp_path, values, namespace)
    apply(objects, namespace)
    assert check(account(namespace), objects, tmp_path).returncode == 0
    exporter = as_deployed(objects, namespace)
    assert exporter.text("/readyz") == "ready\n"
    assert {kind.resource for kind in KINDS if kind.namespaced} <= followed(exporter)
    infos = exporter.labels("astrolabe_resource_info")
    # Images stand in no namespace, but are known from the Pods of one.
    elsewhere = [each["id"] for each in infos if each["namespace"] != namespace and each["kind"] != "Image"]
    assert elsewhere == []
    # The account may indeed do no more: without the rendered settings it is refused.
    outside = yaml.safe_load(settings_text(objects)) | {"namespaces": [], "kinds_denied": []}
    (settings,) = (each for each in objects if "settings.yaml" in each.get("data", ()))
    settings["data"]["settings.yaml"] = yaml.safe_dump(outside)
    checked = check(account(namespace), objects, tmp_path)
    assert checked.returncode == 1
    assert checked.stdout.endswith(f"\n0 of {len(KINDS)} may be watched.\n")


@pytest.mark.usefixtures("definitions")
def test_the_exporter_does_without_what_is_switched_off(
    namespace: str,
    apply: Apply,
    as_deployed: Callable[[list[Object], str], Exporter],
    tmp_path: Path,
) -> None:
    values = {"kinds": {"secrets": False}, "names": {"configmaps": ["astrolabe-settings"]}}
    objects = chart(tmp_path, values, namespace)
    apply(objects, namespace)
    exporter = as_deployed(objects, namespace)
    assert exporter.text("/readyz") == "ready\n"
    assert "secrets" not in followed(exporter)
    infos = exporter.labels("astrolabe_resource_info")
    known = {each["name"] for each in infos if each["kind"] == "ConfigMap" and each["namespace"] == namespace}
    assert known == {"astrolabe-settings"}


@pytest.mark.usefixtures("definitions")
def test_the_account_may_read_what_is_watched_and_nothing_else(
    cluster: Cluster, namespace: str, apply: Apply, account: Callable[[str], Path], tmp_path: Path
) -> None:
    apply(chart(tmp_path, {}, namespace), namespace)
    token = json.loads(account(namespace).read_text())["users"][0]["user"]["token"]
    itself = Cluster(cluster.url, cluster.ca, token)

    def status(method: str, path: str) -> int:
        return itself.request(method, path).status_code

    try:
        pods = f"/api/v1/namespaces/{namespace}/pods"
        assert status("GET", pods) == 200
        assert status("GET", "/api/v1/nodes") == 200
        assert status("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions") == 200
        assert status("DELETE", f"{pods}/any") == 403
        assert status("GET", f"{pods}/any/log") == 403
        assert status("GET", "/api/v1/endpoints") == 403
        assert status("GET", "/apis/monitoring.coreos.com/v1/servicemonitors") == 403
    finally:
        itself.close()


def test_the_rendered_account_is_the_one_that_runs(tmp_path: Path) -> None:
    objects = chart(tmp_path, {}, "somewhere")
    account = one(objects, "ServiceAccount")["metadata"]["name"]
    assert account == one(objects, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"]
    assert one(objects, "ClusterRoleBinding")["subjects"][0]["name"] == account == "astrolabe"
