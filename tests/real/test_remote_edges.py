"""What an Application and a ServiceImport lead to in another cluster is found there by documented queries."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

from tests.real.exporter import exporter
from tests.real.manifests import web
from tests.real.processes import until
from tests.real.prometheus import Prometheus, prometheus
from tests.real.test_contexts import contexts, plane

PAGE = Path(__file__).parents[2] / "docs" / "metrics" / "edges.md"
PATIENCE = 60
"""Seconds that a busy machine may take."""


def definition(group: str, plural: str, kind: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [version],
        },
    }


def application(called: str, **destination: str) -> dict[str, Any]:
    deployment = {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": called},
        "spec": {"project": "default", "destination": destination},
        "status": {"resources": [deployment]},
    }


IMPORT = {
    "apiVersion": "multicluster.x-k8s.io/v1alpha1",
    "kind": "ServiceImport",
    "metadata": {"name": "web"},
    "spec": {"type": "ClusterSetIP", "ports": [{"port": 80}]},
    "status": {"clusters": [{"cluster": "east"}]},
}


def found(asked: Prometheus, query: str) -> set[tuple[str, ...]]:
    names = ("source_cluster", "source", "target", "cluster", "target_cluster", "status")
    return {tuple(labels.get(name, "") for name in names) for labels, _ in asked.query(query)}


def test_the_queries_of_the_page_lead_from_one_cluster_to_the_other(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("## `astrolabe_remote_edge_info`")[1].split("\n## ")[0]
    wrong, by_server = re.findall(r"```promql\n(.*?)```", section, re.DOTALL)
    with contextlib.ExitStack() as stack:
        planes = {name: stack.enter_context(plane(tmp_path / name)) for name in ("hub", "east")}
        hub, east = (planes[name].cluster for name in ("hub", "east"))
        for cluster in (hub, east):
            cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
            # Nothing runs Deployments here, so it is not Ready in either of them.
            cluster.apply(web(replicas=1), "shop")
        hub.apply(definition("argoproj.io", "applications", "Application"))
        hub.apply(definition("multicluster.x-k8s.io", "serviceimports", "ServiceImport"))
        for each in (
            application("here", server="https://kubernetes.default.svc"),
            application("named", name="east"),
            application("located", server=east.url),
            application("unknown", name="nowhere"),
            IMPORT,
        ):
            hub.apply(each, "shop")
        config = contexts(tmp_path / "kubeconfig", planes)
        both = stack.enter_context(exporter(config, tmp_path / "both.log", "--contexts=hub,east"))
        asked = stack.enter_context(prometheus(tmp_path / "prometheus", [f"127.0.0.1:{both.port}"]))
        deployment, service = "Deployment/shop/web", "Service/shop/web"
        argo, imported = "Application.argoproj.io/shop/", "ServiceImport.multicluster.x-k8s.io/shop/web"
        until(lambda: len(found(asked, "astrolabe_remote_edge_info")) == 4, "all are scraped", PATIENCE)
        (status,) = {
            labels["status"]
            for labels, _ in asked.rows(
                f'astrolabe_resource_status{{cluster="east",id="{deployment}"}}', PATIENCE
            )
        }
        assert {each[:5] for each in found(asked, wrong)} == {
            ("hub", f"{argo}named", deployment, "east", "east"),
            ("hub", imported, service, "east", "east"),
        }
        assert status in {each[5] for each in found(asked, wrong) if each[2] == deployment}
        assert {each[:3] + each[4:5] for each in found(asked, by_server)} == {
            ("hub", f"{argo}located", deployment, "east"),
        }
        # What its own cluster runs is an ordinary relation; the other Applications have none here.
        local = f'astrolabe_edge_info{{cluster="hub",type="refers",target="{deployment}"}}'
        assert {labels["source"] for labels, _ in asked.query(local)} == {f"{argo}here"}
