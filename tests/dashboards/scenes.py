"""The clusters that the tests look at through the dashboards' queries."""

from __future__ import annotations

from tests.dashboards.exposition import Cluster, shop


def wide(name: str, services: int) -> Cluster:
    """Many workloads, each with an Ingress, a Service and two Pods: more than any screen holds."""
    it = Cluster(name)
    for number in range(services):
        app = f"app-{number:03}"
        ingress = it.object(f"Ingress/shop/{app}")
        service = it.object(f"Service/shop/{app}")
        workload = it.object(f"Deployment/shop/{app}")
        config = it.object(f"ConfigMap/shop/{app}")
        it.edge("routes-to", ingress, service)
        it.edge("uses-configmap", workload, config)
        for replica in range(2):
            it.edge("selects", service, it.pod(f"Pod/shop/{app}-{replica}", workload))
    return it


def leafy(name: str, leaves: int) -> Cluster:
    """One Deployment with many ConfigMaps of its own, one that it shares, and claims of which one is lost."""
    it = Cluster(name)
    workload = it.object("Deployment/shop/web", "Pending")
    other = it.object("Deployment/shop/other")
    pod = it.pod("Pod/shop/web-1", workload, "Pending")
    for number in range(leaves):
        it.edge("uses-configmap", workload, it.object(f"ConfigMap/shop/own-{number:02}"))
        it.edge(
            "mounts",
            pod,
            it.object(f"PersistentVolumeClaim/shop/data-{number:02}", "Pending" if number == 0 else "Ready"),
        )
    shared = it.object("ConfigMap/shop/shared")
    it.edge("uses-configmap", workload, shared)
    it.edge("uses-configmap", other, shared)
    return it


def crowded(name: str, pods: int) -> Cluster:
    """One Deployment with many Pods, of which one fails."""
    it = Cluster(name)
    workload = it.object("Deployment/shop/web", "Pending")
    service = it.object("Service/shop/web")
    for number in range(pods):
        status = "Error" if number == 0 else "Ready"
        it.edge("selects", service, it.pod(f"Pod/shop/web-{number:03}", workload, status))
    return it


def operators(name: str) -> Cluster:
    """A StatefulSet owned by a custom resource, and Pods owned by a kind that is not watched."""
    it = Cluster(name)
    database = it.object("Postgres.acid.zalan.do/shop/db")
    it.object("StatefulSet/shop/db")
    it.edge("owns", database, "StatefulSet/shop/db")
    pod = it.pod("Pod/shop/db-0", database)
    it.edge("owns", "StatefulSet/shop/db", pod)
    secret = it.object("Secret/shop/db")
    for user in ("StatefulSet/shop/db", pod):
        it.edge("uses-secret", user, secret)
    service = it.object("Service/shop/web")
    it.edge("selects", service, it.pod("Pod/shop/web-1", "CloneSet.apps.kruise.io/shop/web"))
    return it


def doubled(name: str) -> Cluster:
    """The shop as two exporters see it in a rolling update, one of them a moment behind."""
    it = Cluster(name)
    for instance in ("10.0.0.1:8080", "10.0.0.2:8080"):
        for line in shop(name).lines:
            it.lines.add(line.replace(f'{{cluster="{name}"', f'{{instance="{instance}",cluster="{name}"'))
    behind = '{instance="10.0.0.2:8080",cluster="%s",id="Deployment/shop/web"' % name  # noqa: UP031
    it.lines = {
        line.replace('status="Pending"', 'status="Ready"') if behind in line else line for line in it.lines
    }
    return it


def split(name: str) -> Cluster:
    """Two shards scraped at different moments: an edge whose target the other shard has just lost."""
    it = Cluster(name)
    it.object("Ingress/shop/web")
    it.object("Service/shop/web")
    it.edge("routes-to", "Ingress/shop/web", "Service/shop/web")
    it.edge("routes-to", "Ingress/shop/web", "Service/shop/gone")
    it.edge("uses-secret", "Ingress/shop/web", "Secret/shop/gone")
    it.edge("uses-secret", "Deployment/shop/gone", "Secret/shop/gone")
    return it


def night(name: str) -> Cluster:
    """Sleep, cost and the exporter's own metrics, so that every query has something to find."""
    it = shop(name)
    workload = {"namespace": "shop", "workload_kind": "Deployment", "workload": "report", "environment": "dev"}
    it.series("astrolabe_workload_asleep", **workload)
    for resource, dollars in (("cpu", 0.03), ("memory", 0.01)):
        it.series("astrolabe_workload_cost_hourly_dollars", dollars, **workload, resource=resource)
    it.series("astrolabe_workload_baseline_cost_hourly_dollars", 0.16, **workload)
    it.series(
        "astrolabe_volume_cost_hourly_dollars",
        0.002,
        namespace="shop",
        persistentvolumeclaim="data-db-0",
        environment="dev",
        storageclass="standard",
    )
    it.series("astrolabe_unpriced_workloads", 2, namespace="shop", environment="dev")
    it.series("astrolabe_price_dollars", 0.031611, resource="cpu", unit="core-hour")
    for operation, status, count in (
        ("sleep", "success", 3),
        ("sleep", "partial", 1),
        ("wake_up", "success", 4),
        ("wake_up", "skipped", 2),
    ):
        it.series(
            "kube_green_sleep_operations_total", count, environment="dev", operation=operation, status=status
        )
    return it


def lines() -> set[str]:
    """Return all scenes' lines."""
    clusters = (
        shop("shop"),
        wide("wide", 120),
        leafy("leafy", 12),
        crowded("crowded", 40),
        operators("operators"),
        doubled("doubled"),
        split("split"),
        night("night"),
    )
    return {line for cluster in clusters for line in cluster.lines}
