"""From the exporter's graph over a real Prometheus with these rules to a real Alertmanager."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from astrolabe.graph.facts import Facts, Owner, Ref, Release, Requirement, Selection, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.snapshot import plain
from tests.alerts.alertmanager import Alertmanager
from tests.real.processes import until
from tests.real.prometheus import Prometheus, prometheus

pytestmark = pytest.mark.real

AT_ONCE = ("causeFor", "errorFor", "trafficFor", "pendingFor", "hygieneFor")


def facts(node_id: str, status: str = "Ready", **fields: Any) -> Facts:
    kind, *rest = node_id.split("/")
    namespace = rest[0] if len(rest) > 1 else ""
    return Facts(
        id=node_id,
        kind=kind,
        namespace=namespace,
        uid=node_id,
        api_version="v1",
        verdict=Verdict(status),
        **fields,
    )


def owned(by: str) -> tuple[Owner, ...]:
    return (Owner(by, by.partition("/")[0], by.rpartition("/")[2], controller=True),)


def workload(name: str, status: str, pods: int, *refs: Ref, pod_status: str = "Error") -> Iterator[Facts]:
    """A Deployment with its ReplicaSet and Pods, and the Service, EndpointSlice and Ingress before them."""
    deployment, replicas = f"Deployment/shop/{name}", f"ReplicaSet/shop/{name}-1"
    release = Release("shop", "shop")
    labels = (("app", name),)
    template = tuple(ref for ref in refs if ref.type == "uses-secret")
    yield facts(deployment, status, refs=template, release=release)
    yield facts(replicas, status, refs=template, owners=owned(deployment))
    served = []
    for number in range(pods):
        pod = f"Pod/shop/{name}-1-{number}"
        served.append(Ref("endpoints", pod))
        yield facts(pod, pod_status, refs=refs, owners=owned(replicas), labels=labels, selectable=True)
    selector = (Requirement("app", "In", (name,)),)
    yield facts(
        f"Service/shop/{name}",
        "Pending",
        selections=(Selection("selects", ("Pod",), selector),),
        release=release,
    )
    slice_refs = (Ref("endpoints", f"Service/shop/{name}", reverse=True), *served)
    yield facts(f"EndpointSlice/shop/{name}-1", "Pending", refs=slice_refs)
    yield facts(f"Ingress/shop/{name}", refs=(Ref("routes-to", f"Service/shop/{name}"),), release=release)


def world() -> Iterator[Facts]:
    yield from workload("web", "Error", 3, Ref("uses-secret", "Secret/shop/db"))
    yield from workload("loop", "Error", 5)
    yield facts("Node/n1", "Error")
    yield from workload("far", "Pending", 2, Ref("runs-on", "Node/n1"), pod_status="Pending")
    yield facts("HorizontalPodAutoscaler/shop/lost", refs=(Ref("scales", "Deployment/shop/lost"),))
    yield facts("PodDisruptionBudget/shop/none")


@pytest.fixture
def page() -> Iterator[str]:
    """The exporter's page of that world."""
    graph = Graph()
    exposition = Exposition(graph)
    for kind in ("Secret", "Service", "Deployment", "Node", "Pod"):
        exposition.follow(graph.cover(kind))
    for each in world():
        exposition.follow(graph.apply(each))
    body = b"".join(plain(exposition.snapshot_now().pieces()))

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as web:
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{web.server_port}"
        web.shutdown()
        thread.join()


@pytest.fixture
def rules(render: ModuleType, tmp_path: Path) -> list[Path]:
    """The rules, without waiting."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(dict.fromkeys(AT_ONCE, "1s")), "utf-8")
    assert render.main(["--config", str(config), "--output", str(tmp_path / "rules")]) == 0
    return [tmp_path / "rules/rules.yaml", tmp_path / "rules/alerts.yaml"]


@pytest.fixture
def asked(page: str, rules: list[Path], server: Alertmanager, tmp_path: Path) -> Iterator[Prometheus]:
    with prometheus(tmp_path, [page], rule_files=rules, alertmanager_port=server.port) as running:
        yield running


def told(alerts: list[dict[str, str]]) -> set[str]:
    return {
        f"{alert['alertname'].removeprefix('Astrolabe')} {alert['id']} <- {alert['cause']}"
        for alert in alerts
        if "cause" in alert
    }


def test_what_is_wrong_reaches_alertmanager_once_and_its_victims_are_inhibited(
    asked: Prometheus, server: Alertmanager
) -> None:
    everything = {
        "ReferenceMissing Secret/shop/db <- Secret/shop/db",
        "ResourceError Deployment/shop/web <- Secret/shop/db",
        "ServiceWithoutReadyPods Service/shop/web <- Secret/shop/db",
        "IngressToNowhere Ingress/shop/web <- Secret/shop/db",
        "ResourceError Deployment/shop/loop <- Deployment/shop/loop",
        "ServiceWithoutReadyPods Service/shop/loop <- Deployment/shop/loop",
        "IngressToNowhere Ingress/shop/loop <- Deployment/shop/loop",
        "NodeError Node/n1 <- Node/n1",
        "ResourcePending Deployment/shop/far <- Node/n1",
        "ServiceWithoutReadyPods Service/shop/far <- Node/n1",
        "IngressToNowhere Ingress/shop/far <- Node/n1",
        "HpaWithoutTarget HorizontalPodAutoscaler/shop/lost <- HorizontalPodAutoscaler/shop/lost",
        "PdbSelectsNothing PodDisruptionBudget/shop/none <- PodDisruptionBudget/shop/none",
    }
    until(lambda: len(told(server.alerts())) >= len(everything), "all alerts have reached Alertmanager", 60)
    assert told(server.alerts()) == everything
    assert told(server.alerts(inhibited=False)) == {
        "ReferenceMissing Secret/shop/db <- Secret/shop/db",
        "IngressToNowhere Ingress/shop/web <- Secret/shop/db",
        "ResourceError Deployment/shop/loop <- Deployment/shop/loop",
        "IngressToNowhere Ingress/shop/loop <- Deployment/shop/loop",
        "NodeError Node/n1 <- Node/n1",
        "HpaWithoutTarget HorizontalPodAutoscaler/shop/lost <- HorizontalPodAutoscaler/shop/lost",
        "PdbSelectsNothing PodDisruptionBudget/shop/none <- PodDisruptionBudget/shop/none",
    }
    assert {
        alert.get("helm_release", "")
        for alert in server.alerts()
        if alert.get("kind") in {"Deployment", "Secret"}
    } == {"shop"}
    groups = asked.get("/api/v1/rules")["groups"]
    unwell = [
        (rule["name"], rule["lastError"])
        for group in groups
        for rule in group["rules"]
        if rule.get("lastError")
    ]
    assert unwell == []
