"""The resources that the simulated API server serves: the built-in ones and those of definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
"""An object as its JSON."""

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedResource:
    """One served resource, in one version or several."""

    plural: str
    kind: str
    group: str = ""
    versions: tuple[str, ...] = ("v1",)
    """Served versions, the stored one first."""
    namespaced: bool = True
    custom: bool = False
    """Served for a CustomResourceDefinition: items of its lists carry kind and apiVersion."""
    generation: bool = False
    """Its metadata counts changes of the specification."""
    short: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`plural.group`, or the plural alone in the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def api_version(self, version: str) -> str:
        """`group/version`, or the version alone in the core group."""
        return f"{self.group}/{version}" if self.group else version


def _core(
    plural: str, kind: str, short: str, *, namespaced: bool = True, generation: bool = False
) -> ServedResource:
    return ServedResource(
        plural=plural,
        kind=kind,
        short=(short,) if short else (),
        namespaced=namespaced,
        generation=generation,
    )


def _group(
    group: str, plural: str, kind: str, *, version: str = "v1", generation: bool = False
) -> ServedResource:
    return ServedResource(plural=plural, kind=kind, group=group, versions=(version,), generation=generation)


def _cluster(group: str, plural: str, kind: str, *, generation: bool = False) -> ServedResource:
    return ServedResource(plural=plural, kind=kind, group=group, namespaced=False, generation=generation)


_RBAC = "rbac.authorization.k8s.io"

BUILT_IN = (
    _core("configmaps", "ConfigMap", "cm"),
    _core("namespaces", "Namespace", "ns", namespaced=False),
    _core("nodes", "Node", "no", namespaced=False),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc"),
    _core("persistentvolumes", "PersistentVolume", "pv", namespaced=False),
    _core("pods", "Pod", "po", generation=True),
    _core("secrets", "Secret", ""),
    _core("serviceaccounts", "ServiceAccount", "sa"),
    _core("services", "Service", "svc"),
    _group("apps", "daemonsets", "DaemonSet", generation=True),
    _group("apps", "deployments", "Deployment", generation=True),
    _group("apps", "replicasets", "ReplicaSet", generation=True),
    _group("apps", "statefulsets", "StatefulSet", generation=True),
    _group("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler", version="v2"),
    _group("batch", "cronjobs", "CronJob", generation=True),
    _group("batch", "jobs", "Job", generation=True),
    _group("networking.k8s.io", "ingresses", "Ingress", generation=True),
    _group("networking.k8s.io", "networkpolicies", "NetworkPolicy", generation=True),
    _cluster("networking.k8s.io", "ingressclasses", "IngressClass", generation=True),
    _group("policy", "poddisruptionbudgets", "PodDisruptionBudget", generation=True),
    _group(_RBAC, "rolebindings", "RoleBinding"),
    _group(_RBAC, "roles", "Role"),
    _cluster(_RBAC, "clusterrolebindings", "ClusterRoleBinding"),
    _cluster(_RBAC, "clusterroles", "ClusterRole"),
    _cluster("storage.k8s.io", "storageclasses", "StorageClass"),
    _cluster(
        "apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", generation=True
    ),
    _group("discovery.k8s.io", "endpointslices", "EndpointSlice", generation=True),
)


def defined(definition: Object) -> ServedResource | None:
    """Return what a CustomResourceDefinition has served; None when it serves no version."""
    spec = definition["spec"]
    served = [v for v in spec["versions"] if v.get("served", True)]
    if not served:
        return None
    served.sort(key=lambda version: not version.get("storage", False))
    names = spec["names"]
    return ServedResource(
        plural=names["plural"],
        kind=names["kind"],
        group=spec["group"],
        versions=tuple(version["name"] for version in served),
        namespaced=spec.get("scope", "Namespaced") == "Namespaced",
        custom=True,
        generation=True,
        short=tuple(names.get("shortNames", ())),
    )


def established(definition: Object, time: str) -> Object:
    """Give the status of a definition whose resource is served (apiextensions-apiserver's conditions)."""
    spec = definition["spec"]
    conditions = [
        {"type": "NamesAccepted", "reason": "NoConflicts", "message": "no conflicts found"},
        {
            "type": "Established",
            "reason": "InitialNamesAccepted",
            "message": "the initial names have been accepted",
        },
    ]
    return {
        "conditions": [{**c, "status": "True", "lastTransitionTime": time} for c in conditions],
        "acceptedNames": spec["names"],
        "storedVersions": [v["name"] for v in spec["versions"] if v.get("storage")],
    }
