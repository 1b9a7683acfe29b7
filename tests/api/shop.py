"""A small shop for the simulated API server: one of everything that relates to something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]
TEMPLATE_LABELS = {"app": "web"}


def make(
    kind: str,
    name: str,
    namespace: str = "shop",
    *,
    api: str = "v1",
    metadata: Object | None = None,
    **parts: Any,
) -> Object:
    """Build an object; an empty namespace is the cluster."""
    place = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, **place, **(metadata or {})},
        **parts,
    }


def pod_spec(secret: str = "db") -> Object:
    return {
        "nodeName": "one",
        "serviceAccountName": "default",
        "containers": [{"name": "web", "image": "nginx:1.30"}],
        "volumes": [
            {"name": "secret", "secret": {"secretName": secret}},
            {"name": "settings", "configMap": {"name": "settings", "optional": True}},
        ],
    }


def pod(name: str, namespace: str = "shop", *, secret: str = "db", owner: Object | None = None) -> Object:
    owners = {"ownerReferences": [owner]} if owner is not None else {}
    return make(
        "Pod",
        name,
        namespace,
        metadata={"labels": TEMPLATE_LABELS, **owners},
        spec=pod_spec(secret),
        status={
            "phase": "Running",
            "containerStatuses": [
                {"name": "web", "ready": True, "restartCount": 0, "state": {"running": {}}}
            ],
        },
    )


def controller(kind: str, name: str) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "name": name,
        "uid": f"uid-{kind}-{name}",
        "controller": True,
    }


def workload(kind: str, name: str, namespace: str = "shop", *, owner: Object | None = None) -> Object:
    owners = {"ownerReferences": [owner]} if owner is not None else {}
    return make(
        kind,
        name,
        namespace,
        api="apps/v1",
        metadata={"uid": f"uid-{kind}-{name}", "labels": TEMPLATE_LABELS, **owners},
        spec={"replicas": 2, "template": {"metadata": {"labels": TEMPLATE_LABELS}, "spec": pod_spec()}},
        status={"observedGeneration": 1, "replicas": 2, "readyReplicas": 2},
    )


def shop() -> Iterator[Object]:
    """The shop `web`, whose Secret `db` is missing, and its optional ConfigMap with it."""
    yield make("Namespace", "shop", "", status={"phase": "Active"})
    yield make("Node", "one", "", status={"conditions": [{"type": "Ready", "status": "True"}]})
    yield make("ServiceAccount", "default")
    yield workload("Deployment", "web")
    yield workload("ReplicaSet", "web-abc", owner=controller("Deployment", "web"))
    for name in ("web-abc-1", "web-abc-2"):
        yield pod(name, owner=controller("ReplicaSet", "web-abc"))
    yield make("Service", "web", spec={"selector": TEMPLATE_LABELS, "clusterIP": "10.0.0.1"})
    yield make(
        "EndpointSlice",
        "web-xyz",
        api="discovery.k8s.io/v1",
        metadata={"labels": {"kubernetes.io/service-name": "web"}},
        endpoints=[{"conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": "web-abc-1"}}],
    )
    yield make(
        "Ingress",
        "web",
        api="networking.k8s.io/v1",
        spec={"defaultBackend": {"service": {"name": "web"}}},
    )


def definition(plural: str = "rockets", kind: str = "Rocket", group: str = "space.example") -> Object:
    return make(
        "CustomResourceDefinition",
        f"{plural}.{group}",
        "",
        api="apiextensions.k8s.io/v1",
        spec={
            "group": group,
            "names": {"plural": plural, "kind": kind, "singular": kind.lower()},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
    )


def rocket(name: str, labels: dict[str, str] | None = None) -> Object:
    return make("Rocket", name, api="space.example/v1", metadata={"labels": labels or {}}, spec={})
