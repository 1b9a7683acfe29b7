"""The clusters that the tests look at through the dashboards' queries."""

from __future__ import annotations

from collections.abc import Sequence

from tests.dashboards import sleepers
from tests.dashboards.exposition import Cluster, shop


def wide(name: str, services: int) -> Cluster:
    """Many workloads, each with an Ingress, a Service and two Pods: more than any screen holds."""
    it = Cluster(name)
    for number in range(services):
        app = f"app-{number:03}"
        ingress = it.object(f"Ingress/shop/{app}")
        service = it.object(f"Service/shop/{app}", "Pending" if number == services - 3 else "Ready")
        workload = it.object(f"Deployment/shop/{app}")
        it.edge("routes-to", ingress, service)
        it.edge("uses-configmap", workload, it.object(f"ConfigMap/shop/{app}"))
        for heaped in range(6):
            it.edge("uses-secret", workload, it.object(f"Secret/shop/{app}-{heaped}"))
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
    it = shop(name).seen_twice()
    it.lines = {
        line.replace('status="Pending"', 'status="Ready"')
        if 'instance="10.0.0.2:8080"' in line and ',id="Deployment/shop/web"' in line
        else line
        for line in it.lines
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
    """The shop at night with something for every query to find: sleep, cost, causes, access, the exporter."""
    it = shop(name)
    _access(it)
    _health(it)
    _sleep(it)
    _cost(it)
    _exporter(it)
    _changes(it)
    _alerts(it)
    _overrides(it)
    return it


def _alerts(it: Cluster) -> None:
    alert = {"alertname": "AstrolabeResourceInError", "alertstate": "firing", "severity": "critical"}
    it.series("ALERTS", **alert, namespace="shop", kind="StatefulSet", name="db-old")


def _overrides(it: Cluster) -> None:
    held = {"environment": "dev", "action": "wake"}
    it.series("astrolabe_override_active", **held)
    it.series("astrolabe_override_verified", **held)
    it.series("astrolabe_override_end_timestamp_seconds", 1_780_010_000, **held)
    it.counter("gitlab_api_requests_total", method="GET", endpoint="commits", status="200")
    it.counter("argocd_sync_operations_total", application="shop", status="succeeded")


def _changes(it: Cluster) -> None:
    then, now = Cluster(it.name), Cluster(it.name)
    then.object("ConfigMap/shop/removed")
    now.object("Secret/shop/added", release="shop")
    it.before |= then.lines
    it.after |= now.lines
    it.turned("Service/shop/api", "Ready", "Error")
    labels = {"namespace": "shop", "release": "shop", "chart": "shop-1.2.3", "revision": "8"}
    upgraded = Cluster(it.name)
    upgraded.series("astrolabe_helm_release_info", **labels, status="deployed")
    it.after |= upgraded.lines


def young(name: str) -> Cluster:
    """The same night where the exporter was installed after the time range had begun."""
    it = night(name)
    it.after |= it.lines
    it.lines, it.before = set(), set()
    return it


def idle(name: str) -> Cluster:
    """Selectors that select nothing, and a Service that has no selector and is therefore Ready."""
    it = Cluster(name)
    it.object("Service/shop/nobody", "Pending")
    it.object("Service/shop/external")
    it.object("PodDisruptionBudget/shop/nobody")
    it.object("NetworkPolicy/shop/nobody")
    it.object("NetworkPolicy/shop/all")
    it.edge("selects", "NetworkPolicy/shop/all", it.pod("Pod/shop/one"))
    it.object("PersistentVolumeClaim/shop/left-over")
    it.object("ServiceAccount/shop/nobody")
    it.object("ServiceAccount/shop/default")
    it.object("Secret/shop/sh.helm.release.v1.shop.v1")
    it.object("Secret/shop/nobody")
    it.missing("routes-to", "Ingress/shop/web", "Service/shop/gone")
    it.missing("scales", "HorizontalPodAutoscaler/shop/web", "Deployment/shop/gone")
    return it


def _access(it: Cluster) -> None:
    for id_ in ("ServiceAccount/shop/web", "ServiceAccount/shop/default", "ServiceAccount/shop/unused"):
        it.object(id_)
    it.object("Secret/shop/old-password")
    it.object("PersistentVolumeClaim/shop/left-over")
    it.edge("uses-sa", "Deployment/shop/web", "ServiceAccount/shop/web")
    it.edge("uses-sa", "Pod/shop/web-5d9-1", "ServiceAccount/shop/web")
    it.edge("uses-sa", "Pod/shop/debug", "ServiceAccount/shop/default")
    it.series("astrolabe_access_secret_readers", 3, namespace="shop", how="read")
    it.series("astrolabe_access_readers_gained_total", 0, namespace="shop")
    finding = {"rule": "cluster-admin", "severity": "critical", "kind": "ClusterRoleBinding"}
    it.series("astrolabe_access_finding_info", **finding, id="ClusterRoleBinding/web-admin", namespace="")
    it.series(
        "astrolabe_serviceaccount_token_mounts", 2, namespace="shop", serviceaccount="web", needed="true"
    )
    it.object("ClusterRole/cluster-admin")
    it.object("ClusterRoleBinding/web-admin")
    it.edge("grants", "ClusterRoleBinding/web-admin", "ServiceAccount/shop/web")
    it.edge("grants", "ClusterRoleBinding/web-admin", "ClusterRole/cluster-admin")


def _health(it: Cluster) -> None:
    web = {"id": "Deployment/shop/web", "kind": "Deployment", "namespace": "shop", "name": "web"}
    it.explained(web["id"], "Secret/shop/forgotten")
    it.object("Service/shop/idle", reason="AtRest")
    it.series("astrolabe_impact", 0, **web)
    pod = {"id": "Pod/shop/web-5d9-2", "kind": "Pod", "namespace": "shop", "name": "web-5d9-2"}
    it.series("astrolabe_impact", 2, **pod)  # what Services select
    it.object("NetworkPolicy/shop/deny")
    it.object("StatefulSet/shop/db-old", "Error", "shop")
    for kind, status, count in (("Pod", "Ready", 3), ("Pod", "Error", 1), ("Deployment", "Pending", 1)):
        it.series("astrolabe_resources", count, kind=kind, namespace="shop", status=status)
    it.series("astrolabe_resources", 1, kind="Widget.example.com", namespace="shop", status="Unknown")
    it.series(
        "astrolabe_helm_release_info",
        namespace="shop",
        release="shop",
        chart="shop-1.2.3",
        revision="7",
        status="failed",
    )


def _sleep(it: Cluster) -> None:
    workload = {
        "namespace": "shop",
        "workload_kind": "Deployment",
        "workload": "report",
        "environment": "dev",
    }
    it.series("astrolabe_workload_asleep", **workload)
    it.series("astrolabe_environment_sleep_ratio", 0.25, environment="dev")
    schedule = {"namespace": "shop", "sleepinfo": "nights"}
    it.series(
        "astrolabe_sleepinfo_info",
        **schedule,
        environment="dev",
        weekdays="1-5",
        sleep_at="20:00",
        wake_up_at="08:00",
        time_zone="Europe/Rome",
    )
    it.series("astrolabe_sleepinfo_scheduled_asleep", **schedule)
    for operation in ("sleep", "wake_up"):
        next_time = "astrolabe_sleepinfo_next_operation_timestamp_seconds"
        it.series(next_time, 1_780_010_000, **schedule, operation=operation)
        for status in ("success", "partial"):
            labels = {"environment": "dev", "operation": operation, "status": status}
            it.counter("kube_green_sleep_operations_total", **labels)
        for part in ("sum", "count"):
            it.counter(
                f"kube_green_operation_duration_seconds_{part}", environment="dev", operation=operation
            )
    for direction, actor in (("down", "kube-green"), ("up", "other")):
        it.counter("astrolabe_workload_scale_total", namespace="shop", actor=actor, direction=direction)
        labels = {"environment": "dev", "resource_type": "Deployment", "namespace": "shop"}
        it.counter("kube_green_resources_scaled_total", **labels, direction=direction)


def _cost(it: Cluster) -> None:
    workload = {"namespace": "shop", "workload_kind": "Deployment", "environment": "dev"}
    for resource, dollars in (("cpu", 0.03), ("memory", 0.01)):
        cost = "astrolabe_workload_cost_hourly_dollars"
        it.series(cost, dollars, **workload, workload="web", resource=resource)
    it.series("astrolabe_workload_baseline_cost_hourly_dollars", 0.04, **workload, workload="web")
    it.series("astrolabe_workload_baseline_cost_hourly_dollars", 0.16, **workload, workload="report")
    claim = {"namespace": "shop", "persistentvolumeclaim": "data-db-0"}
    it.series(
        "astrolabe_volume_cost_hourly_dollars", 0.002, **claim, environment="dev", storageclass="standard"
    )
    it.series("astrolabe_unpriced_workloads", 2, namespace="shop", environment="dev")
    it.series("astrolabe_price_dollars", 0.031611, resource="cpu", unit="core-hour")
    for period in ("daily", "weekly", "monthly"):
        labels = {"environment": "dev", "time_period": period}
        it.series("kube_green_cost_savings_estimate_dollars", 1.5, **labels)
    it.counter("kube_green_cost_savings_dollars_total", environment="dev", namespace="shop")
    it.counter("kube_green_co2_savings_estimate_grams_total", environment="dev")


def _exporter(it: Cluster) -> None:
    it.series("astrolabe_build_info", version="1.0.0")
    for metric in (
        "astrolabe_exposition_series",
        "astrolabe_exposition_bytes",
        "astrolabe_total_shards",
        "process_resident_memory_bytes",
    ):
        it.series(metric)
    it.series("astrolabe_shard", 0)
    it.series("astrolabe_synced", resource="pods")
    it.series("astrolabe_last_event_timestamp_seconds", 1_779_999_990, resource="pods")
    it.series("astrolabe_edges", 40, type="owns")
    it.counter("process_cpu_seconds_total")
    it.counter("astrolabe_decode_errors_total", resource="pods")
    it.counter("astrolabe_internal_errors_total", part="causes")
    it.counter("astrolabe_watch_events_total", resource="pods", type="MODIFIED")
    for metric in ("astrolabe_list_total", "astrolabe_watch_total"):
        for result in ("success", "error"):
            it.counter(metric, resource="pods", result=result)
    for le in ("0.005", "+Inf"):
        it.counter("astrolabe_event_lag_seconds_bucket", le=le)
        it.counter("astrolabe_scrape_duration_seconds_bucket", le=le)


def quiet(name: str) -> Cluster:
    """An exporter that has nothing to tell."""
    it = Cluster(name)
    it.series("astrolabe_build_info", version="1.0.0")
    it.series("astrolabe_shard", 0)
    return it


CLUSTERS = (
    quiet("quiet"),
    shop("shop"),
    wide("wide", 120),
    leafy("leafy", 12),
    crowded("crowded", 40),
    operators("operators"),
    doubled("doubled"),
    split("split"),
    night("night"),
    idle("idle"),
    young("young"),
    sleepers.resting("resting"),
    sleepers.asleep("asleep"),
    sleepers.asleep_twice("asleep twice"),
)


def samples(moments: Sequence[int]) -> list[str]:
    """Return the OpenMetrics lines of all scenes at these moments."""
    first, last = moments[0], moments[-1]
    return [
        *(
            f"{line} {moment}"
            for cluster in CLUSTERS
            for lines, at in ((cluster.lines, moments), (cluster.before, [first]), (cluster.after, [last]))
            for line in sorted(lines)
            for moment in at
        ),
        *(
            f"{line} {moment - first} {moment}"
            for cluster in CLUSTERS
            for line in sorted(cluster.counters)
            for moment in moments
        ),
    ]
