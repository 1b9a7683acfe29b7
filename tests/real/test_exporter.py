"""Astrolabe as users run it: a process, against a real API server, scraped by a real Prometheus."""

from __future__ import annotations

import base64
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.control_plane import ApiServer
from tests.real.exporter import Exporter, snapshot
from tests.real.manifests import CONFIG_CANARY, GADGETS, SECRET_CANARY, gadget, reader, web
from tests.real.memory import holds
from tests.real.processes import stop, until
from tests.real.prometheus import Prometheus, promtool

pytestmark = pytest.mark.usefixtures("kubelet")

Start = Callable[..., Exporter]
T = TypeVar("T")
GRAPH = (
    "astrolabe_resource_info",
    "astrolabe_resource_status",
    "astrolabe_edge_info",
    "astrolabe_reference_missing_info",
    "astrolabe_pod_workload_info",
    "astrolabe_root_cause_info",
    "astrolabe_resources",
    "astrolabe_edges",
)


def graph(exporter: Exporter) -> set[str]:
    """Return the lines of /metrics that say what the graph is."""
    lines = exporter.text().splitlines()
    return {line for line in lines if line.startswith(tuple(f"{metric}{{" for metric in GRAPH))}


def nodes_and_edges(exporter: Exporter) -> dict[str, set[tuple[str, ...]]]:
    """Return what /metrics tells of the graph, in the terms of `astrolabe snapshot`."""
    statuses = {each["id"]: each["status"] for each in exporter.labels("astrolabe_resource_status")}
    infos = exporter.labels("astrolabe_resource_info")
    edges = exporter.labels("astrolabe_edge_info")
    missing = exporter.labels("astrolabe_reference_missing_info")
    return {
        "nodes": {(each["id"], each["uid"], statuses[each["id"]]) for each in infos},
        "edges": {(each["type"], each["source"], each["target"]) for each in edges},
        "missing": {(each["type"], each["source"], each["target"]) for each in missing},
    }


def deploy(cluster: Cluster, namespace: str, replicas: int, **options: str) -> None:
    """Apply the web server and wait for its Pods."""
    cluster.apply(web(replicas=replicas, **options), namespace)

    def settled(seen: dict) -> bool:
        status = seen.get("status", {})
        numbers = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "readyReplicas")]
        return (
            status.get("observedGeneration") == seen["metadata"]["generation"] and numbers == [replicas] * 3
        )

    cluster.wait(f"/apis/apps/v1/namespaces/{namespace}/deployments/web", settled, f"web has {replicas} Pods")


def common(one: T, other: T) -> T | None:
    """What both are, None while they differ."""
    return one if one == other else None


def listed_by(control_plane: ApiServer) -> dict[str, set[tuple[str, ...]]]:
    """What `astrolabe snapshot` prints, in the form of `nodes_and_edges`."""
    listed = snapshot(control_plane.kubeconfig)
    return {
        "nodes": {(each["id"], each.get("uid", ""), each["status"]) for each in listed["nodes"]},
        "edges": {(each["type"], each["source"], each["target"]) for each in listed["edges"]},
        "missing": {(each["type"], each["source"], each["target"]) for each in listed["missing"]},
    }


def test_the_graph_follows_what_happens(
    control_plane: ApiServer, cluster: Cluster, namespace: str, exporter: Start
) -> None:
    long_running = exporter()
    deploy(cluster, namespace, 3)
    deploy(cluster, namespace, 2, image="docker.io/library/nginx:1.30")
    services = f"/api/v1/namespaces/{namespace}/services/web"
    before = cluster.get(services)["metadata"]["uid"]
    cluster.delete(services)
    deploy(cluster, namespace, 4, image="docker.io/library/nginx:1.30")
    assert cluster.get(services)["metadata"]["uid"] != before
    cluster.delete(f"/api/v1/namespaces/{namespace}/secrets/web-secret")
    cluster.apply(GADGETS)
    cluster.apply(gadget("one") + "---" + gadget("two"), namespace)
    cluster.delete(f"/apis/tests.astrolabe.dev/v1/namespaces/{namespace}/gadgets/two")

    one = f'astrolabe_resource_info{{id="Gadget.tests.astrolabe.dev/{namespace}/one",'
    until(lambda: one in long_running.text(), "the custom kind is followed", 40)
    lost = {"source": f"Deployment/{namespace}/web", "target": f"Secret/{namespace}/web-secret"}
    until(
        lambda: any(
            lost.items() <= each.items() for each in long_running.labels("astrolabe_reference_missing_info")
        ),
        "the Deployment misses its Secret",
    )

    afresh = exporter()
    # Namespaces of earlier tests may still be on their way out, so both are read until they agree.
    agreed = until(lambda: common(graph(long_running), graph(afresh)), "both graphs are one", 40)
    assert any(f'id="Pod/{namespace}/' in line for line in agreed)
    until(
        lambda: common(nodes_and_edges(long_running), listed_by(control_plane)), "a list gives the same", 60
    )

    cluster.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.tests.astrolabe.dev")
    until(lambda: "Gadget" not in long_running.text(), "the custom kind is gone", 40)


def test_promtool_likes_every_metric(cluster: Cluster, namespace: str, exporter: Start) -> None:
    deploy(cluster, namespace, 1)
    done = promtool("check", "metrics", text=exporter().text())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_prometheus_joins_what_it_scrapes(
    cluster: Cluster, namespace: str, exporter: Start, prometheus: Callable[..., Prometheus]
) -> None:
    deploy(cluster, namespace, 2)
    server = prometheus(f"127.0.0.1:{exporter().port}")

    targets = (
        f'astrolabe_edge_info{{namespace="{namespace}",source="Deployment/{namespace}/web",type=~"uses-.*"}}'
    )
    info = 'label_replace(astrolabe_resource_info, "target", "$1", "id", "(.+)")'
    rows = server.rows(f"{targets} * on (target) group_left (uid, api_version) {info}")
    uids = {
        name: cluster.get(f"/api/v1/namespaces/{namespace}/{path}")["metadata"]["uid"]
        for name, path in {
            f"Secret/{namespace}/web-secret": "secrets/web-secret",
            f"ConfigMap/{namespace}/web-config": "configmaps/web-config",
            f"ServiceAccount/{namespace}/default": "serviceaccounts/default",
        }.items()
    }
    assert {labels["target"]: labels["uid"] for labels, _ in rows} == uids
    assert {value for _, value in rows} == {1.0}

    pods = cluster.items(f"/api/v1/namespaces/{namespace}/pods")
    rows = server.rows(f'astrolabe_pod_workload_info{{namespace="{namespace}"}}')
    owned = {
        labels["pod"]: (labels["uid"], labels["workload_kind"], labels["workload"]) for labels, _ in rows
    }
    assert owned == {pod["metadata"]["name"]: (pod["metadata"]["uid"], "Deployment", "web") for pod in pods}

    # Two hops: from the Service over its Pods to the nodes that they run on.
    selected = f'astrolabe_edge_info{{type="selects",source="Service/{namespace}/web"}}'
    placed = 'label_replace(astrolabe_edge_info{type="runs-on"}, "pod", "$1", "source", "(.+)")'
    on_node = f'label_replace({placed}, "node", "$1", "target", "Node/(.+)")'
    behind = f'label_replace({selected}, "pod", "$1", "target", "(.+)")'
    rows = server.rows(f"count by (node) ({on_node} * on (pod) group_left () {behind})")
    counted = {labels["node"]: value for labels, value in rows}
    nodes = [pod["spec"]["nodeName"] for pod in pods]
    assert counted == {node: float(nodes.count(node)) for node in set(nodes)}


def test_values_of_secrets_stay_out(
    control_plane: ApiServer, cluster: Cluster, namespace: str, exporter: Start
) -> None:
    long_running = exporter()
    deploy(cluster, namespace, 1)
    until(lambda: f"Secret/{namespace}/web-secret" in long_running.text(), "the Secret is in the graph")
    canaries = [SECRET_CANARY, CONFIG_CANARY, base64.b64encode(SECRET_CANARY.encode()).decode()]
    # The second one is there to be found: the search works.
    name = f"Secret/{namespace}/web-secret"
    assert holds(long_running.pid, *(each.encode() for each in (*canaries, name))) == {name.encode()}
    printed = json.dumps(snapshot(control_plane.kubeconfig))
    assert name in printed
    for text in (long_running.text(), long_running.log.read_text(), printed):
        assert [each for each in canaries if each in text] == []


def test_what_kubectl_copies_into_annotations_is_shown_nowhere(
    cluster: Cluster, namespace: str, exporter: Start
) -> None:
    """`kubectl apply` keeps a Secret's values in an annotation, which is metadata."""
    name = "applied-by-kubectl"
    copy = json.dumps({"data": {"password": base64.b64encode(SECRET_CANARY.encode()).decode()}})
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": copy}
    metadata = {"name": name, "annotations": annotations}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}, namespace)
    running = exporter()
    assert f"Secret/{namespace}/{name}" in running.text()
    secret = base64.b64encode(SECRET_CANARY.encode()).decode()
    assert secret not in running.text() + running.log.read_text()


def test_a_namespaced_role_is_enough(
    cluster: Cluster, namespace: str, exporter: Start, tmp_path: Path
) -> None:
    deploy(cluster, namespace, 1)
    cluster.apply(reader(namespace), namespace)
    token = cluster.token_of(namespace, "reader")
    kubeconfig = write_kubeconfig(tmp_path / "reader", cluster.url, cluster.ca, token)
    running = exporter(f"--namespaces={namespace}", kubeconfig=kubeconfig)
    infos = running.samples("astrolabe_resource_info")
    assert any(f'id="Deployment/{namespace}/web"' in line for line in infos)
    assert [
        line for line in infos if 'namespace=""' not in line and f'namespace="{namespace}"' not in line
    ] == []


def test_sigterm_ends_it_cleanly(exporter: Start) -> None:
    running = exporter()
    started = time.monotonic()
    assert stop(running.process, grace=10) == 0, running.log.read_text()
    assert time.monotonic() - started < 5
    assert running.process.returncode != -signal.SIGKILL
