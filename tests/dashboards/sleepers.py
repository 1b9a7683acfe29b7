"""Scenes of a workload without Pods, asleep or not, beside one whose Pod fails."""

from __future__ import annotations

from tests.dashboards.exposition import Cluster


def resting(name: str) -> Cluster:
    """`report`, which has no Pods, beside `web`, whose Pod fails; elsewhere, an idle Service."""
    it = Cluster(name)
    it.object("Deployment/shop/report", "Ready", "shop")
    it.pod("Pod/shop/web-1", "Deployment/shop/web", "Error", "shop")
    for what in ("report", "web"):
        it.object(f"Service/shop/{what}", "Pending", "shop")
        it.object(f"EndpointSlice/shop/{what}-x", "Pending", "shop")
        it.object(f"PodDisruptionBudget/shop/{what}", "Pending", "shop")
        it.turned(f"HorizontalPodAutoscaler/shop/{what}", "Ready", "Error")
        it.edge("endpoints", f"Service/shop/{what}", f"EndpointSlice/shop/{what}-x")
        it.explained(f"Service/shop/{what}", f"EndpointSlice/shop/{what}-x")
    it.edge("scales", "HorizontalPodAutoscaler/shop/report", "Deployment/shop/report")
    it.missing("scales", "HorizontalPodAutoscaler/shop/web", "Deployment/shop/web")
    for selecting in ("Service/shop/web", "PodDisruptionBudget/shop/web"):
        it.edge("selects", selecting, "Pod/shop/web-1")
    it.object("PersistentVolumeClaim/shop/data-report-0")
    it.object("Service/pay/api", "Pending")
    it.object("EndpointSlice/pay/api-x", "Pending")
    it.edge("endpoints", "Service/pay/api", "EndpointSlice/pay/api-x")
    it.explained("Service/pay/api", "EndpointSlice/pay/api-x")
    for kind in ("Service", "EndpointSlice"):
        it.series("astrolabe_resources", kind=kind, namespace="pay", status="Pending")
    for kind in ("Service", "EndpointSlice", "PodDisruptionBudget"):
        it.series("astrolabe_resources", 2, kind=kind, namespace="shop", status="Pending")
    it.series("astrolabe_resources", 2, kind="HorizontalPodAutoscaler", namespace="shop", status="Error")
    it.series("astrolabe_resources", kind="Pod", namespace="shop", status="Error")
    it.series("astrolabe_resources", kind="Deployment", namespace="shop", status="Ready")
    return it


def asleep(name: str) -> Cluster:
    """The same with `report` asleep."""
    it = resting(name)
    workload = {"workload_kind": "Deployment", "workload": "report", "environment": "dev"}
    it.series("astrolabe_workload_asleep", namespace="shop", **workload)
    it.series("astrolabe_workload_asleep", 0, namespace="pay", **workload)
    return it


def asleep_twice(name: str) -> Cluster:
    """The same as two exporters see it."""
    return asleep(name).seen_twice()
