"""Hand-written clusters, as the exporter would expose them (names and labels are the contract's)."""

from __future__ import annotations

from dataclasses import dataclass, field


def _labels(**labels: str) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items())


SCRAPED = {"instance": "10.0.0.1:8080", "job": "astrolabe"}
"""What Prometheus adds by itself."""
_SECOND = "10.0.0.2:8080"


@dataclass
class Cluster:
    """Lines of one cluster; many may stand in one Prometheus, told apart by their label."""

    name: str
    lines: set[str] = field(default_factory=set)
    """Series with their value, which holds all the time."""
    counters: set[str] = field(default_factory=set)
    """Series that begin at 0 and grow by one a second."""
    before: set[str] = field(default_factory=set)
    """Series that were there at the beginning alone."""
    after: set[str] = field(default_factory=set)
    """Series that are there at the end alone."""

    def series(self, metric: str, value: float = 1, /, **labels: str) -> None:
        self.lines.add(f"{metric}{{{_labels(cluster=self.name, **{**SCRAPED, **labels})}}} {value}")

    def counter(self, metric: str, **labels: str) -> None:
        self.counters.add(f"{metric}{{{_labels(cluster=self.name, **{**SCRAPED, **labels})}}}")

    def object(self, id_: str, status: str = "Ready", release: str = "", reason: str = "") -> str:
        kind, namespace, name = parts(id_)
        self.series(
            "astrolabe_resource_info",
            id=id_,
            kind=kind,
            group="",
            namespace=namespace,
            name=name,
            uid=f"uid-{id_}",
            api_version="v1",
            helm_release=release,
            helm_chart="",
        )
        reason = reason or ("" if status == "Ready" else "Waits")
        about = {"id": id_, "kind": kind, "namespace": namespace, "name": name}
        self.series("astrolabe_resource_status", **about, status=status, reason=reason)
        return id_

    def edge(self, type_: str, source: str, target: str) -> None:
        self._relation("astrolabe_edge_info", type_, source, target)

    def missing(self, type_: str, source: str, target: str, *, optional: bool = False) -> None:
        self._relation(
            "astrolabe_reference_missing_info", type_, source, target, optional=str(optional).lower()
        )

    def pod(self, id_: str, owner: str = "", status: str = "Ready", release: str = "") -> str:
        self.object(id_, status, release)
        _, namespace, name = parts(id_)
        kind, _, workload = parts(owner) if owner else ("", "", "")
        self.series(
            "astrolabe_pod_workload_info",
            namespace=namespace,
            pod=name,
            uid=f"uid-{id_}",
            node="node-1",
            workload_kind=kind,
            workload=workload,
            helm_release=release,
        )
        return id_

    def explained(self, id_: str, cause: str) -> None:
        kind, namespace, name = parts(id_)
        about = {"cause": cause, "cause_kind": parts(cause)[0], "distance": "1", "reason": "NotFound"}
        self.series("astrolabe_root_cause_info", id=id_, kind=kind, namespace=namespace, name=name, **about)
        kind, namespace, name = parts(cause)
        says = {"reason": "NotFound", "message": f"{kind} {name} does not exist"}
        self.series("astrolabe_cause_info", id=cause, kind=kind, namespace=namespace, name=name, **says)
        self.series("astrolabe_cause_affected", 1, id=cause)
        about = {"id": id_, "kind": parts(id_)[0], "namespace": parts(id_)[1], "name": parts(id_)[2]}
        self.series("astrolabe_resource_status_since_timestamp_seconds", 1_779_990_000, **about)

    def turned(self, id_: str, earlier: str, status: str) -> str:
        """Add an object that had another status at the beginning, and nothing in between."""
        then, now = Cluster(self.name), Cluster(self.name)
        then.object(id_, earlier)
        now.object(id_, status)
        self.lines |= then.lines & now.lines
        self.before |= then.lines - now.lines
        self.after |= now.lines - then.lines
        return id_

    def seen_twice(self) -> Cluster:
        """Return the same as two exporters see it."""
        it, first = Cluster(self.name), SCRAPED["instance"]
        for instance in (first, _SECOND):
            it.lines |= {line.replace(first, instance) for line in self.lines}
            it.before |= {line.replace(first, instance) for line in self.before}
            it.after |= {line.replace(first, instance) for line in self.after}
        return it

    def _relation(self, metric: str, type_: str, source: str, target: str, **more: str) -> None:
        self.series(
            metric,
            type=type_,
            namespace=parts(source)[1] or parts(target)[1],
            source=source,
            source_kind=parts(source)[0],
            target=target,
            target_kind=parts(target)[0],
            **more,
        )


def parts(id_: str) -> tuple[str, str, str]:
    """Return kind, namespace (or "") and name of an id."""
    kind, _, rest = id_.partition("/")
    namespace, _, name = rest.rpartition("/")
    return kind, namespace, name


def shop(name: str) -> Cluster:
    """A shop as it is after a deployment that forgot a Secret: two workloads, one asleep, one bare Pod."""
    it = Cluster(name)
    for id_ in (
        "Ingress/shop/web",
        "Service/shop/web",
        "Service/shop/db",
        "ConfigMap/shop/web",
        "ConfigMap/shop/shared",
        "ConfigMap/shop/unused",
        "ConfigMap/shop/kube-root-ca.crt",
        "Secret/shop/tls",
        "Secret/shop/db",
        "PersistentVolumeClaim/shop/data-db-0",
    ):
        it.object(id_)
    it.object("Deployment/shop/web", "Pending", "shop")
    it.object("ReplicaSet/shop/web-5d9", "Pending", "shop")
    it.object("StatefulSet/shop/db", "Ready", "db")
    it.object("Deployment/shop/report", "Ready", "shop")  # asleep: no Pods
    it.object("Job/shop/migrate")
    web = [
        it.pod("Pod/shop/web-5d9-1", "Deployment/shop/web", "Ready", "shop"),
        it.pod("Pod/shop/web-5d9-2", "Deployment/shop/web", "Error", "shop"),
    ]
    db = it.pod("Pod/shop/db-0", "StatefulSet/shop/db", "Ready", "db")
    bare = it.pod("Pod/shop/debug")
    it.pod("Pod/shop/static-node-1", "Node/node-1")
    it.edge("routes-to", "Ingress/shop/web", "Service/shop/web")
    it.edge("uses-secret", "Ingress/shop/web", "Secret/shop/tls")
    it.edge("owns", "Deployment/shop/web", "ReplicaSet/shop/web-5d9")
    for pod in web:
        it.edge("owns", "ReplicaSet/shop/web-5d9", pod)
        it.edge("selects", "Service/shop/web", pod)
    for user in ("Deployment/shop/web", "ReplicaSet/shop/web-5d9", *web):
        it.edge("uses-configmap", user, "ConfigMap/shop/web")
        it.edge("uses-configmap", user, "ConfigMap/shop/shared")
        it.missing("uses-secret", user, "Secret/shop/forgotten")
        it.missing("uses-secret", user, "Secret/shop/maybe", optional=True)
    for pod in (*web, db, bare):
        it.edge("uses-configmap", pod, "ConfigMap/shop/kube-root-ca.crt")
    it.edge("selects", "Service/shop/db", db)
    it.edge("owns", "StatefulSet/shop/db", db)
    it.edge("uses-secret", "StatefulSet/shop/db", "Secret/shop/db")
    it.edge("uses-secret", db, "Secret/shop/db")
    it.edge("mounts", db, "PersistentVolumeClaim/shop/data-db-0")
    it.edge("uses-configmap", "Deployment/shop/report", "ConfigMap/shop/shared")
    it.edge("uses-secret", "Job/shop/migrate", "Secret/shop/db")
    it.edge("uses-configmap", bare, "ConfigMap/shop/shared")
    it.object("PersistentVolume/pv-1")
    it.edge("binds", "PersistentVolumeClaim/shop/data-db-0", "PersistentVolume/pv-1")
    return it
