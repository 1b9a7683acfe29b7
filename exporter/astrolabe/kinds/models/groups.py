"""Which API groups are Kubernetes' own: their kinds are named plainly, all others `Kind.group`."""

from __future__ import annotations

from functools import lru_cache

BUILT_IN_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "extensions",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)

HOMES = {
    "Pod": "",
    "Node": "",
    "Namespace": "",
    "Service": "",
    "ServiceAccount": "",
    "ConfigMap": "",
    "Secret": "",
    "PersistentVolumeClaim": "",
    "PersistentVolume": "",
    "Deployment": "apps",
    "StatefulSet": "apps",
    "DaemonSet": "apps",
    "ReplicaSet": "apps",
    "Job": "batch",
    "CronJob": "batch",
    "Ingress": "networking.k8s.io",
    "IngressClass": "networking.k8s.io",
    "EndpointSlice": "discovery.k8s.io",
    "NetworkPolicy": "networking.k8s.io",
    "PriorityClass": "scheduling.k8s.io",
    "StorageClass": "storage.k8s.io",
    "VolumeAttachment": "storage.k8s.io",
    "HorizontalPodAutoscaler": "autoscaling",
    "PodDisruptionBudget": "policy",
    "Role": "rbac.authorization.k8s.io",
    "RoleBinding": "rbac.authorization.k8s.io",
    "ClusterRole": "rbac.authorization.k8s.io",
    "ClusterRoleBinding": "rbac.authorization.k8s.io",
    "LimitRange": "",
    "ResourceQuota": "",
    "Event": "",
    "APIService": "apiregistration.k8s.io",
    "CustomResourceDefinition": "apiextensions.k8s.io",
    "ValidatingWebhookConfiguration": "admissionregistration.k8s.io",
    "MutatingWebhookConfiguration": "admissionregistration.k8s.io",
    "SleepInfo": "kube-green.com",
}
"""The group of each kind that is named plainly and watched."""

# The one kind of a foreign group that has a module of its own.
_NAMED_PLAINLY = frozenset({("kube-green.com", "SleepInfo")})


def kind_label(group: str, kind: str) -> str:
    """Return a kind as ids and labels have it: `Deployment`, `Rollout.argoproj.io`."""
    return kind if group in BUILT_IN_GROUPS or (group, kind) in _NAMED_PLAINLY else f"{kind}.{group}"


@lru_cache(1 << 10)
def kind_label_of(api_version: str, kind: str) -> str:
    """Return the label of an owner's kind, from apiVersion (`apps/v1`; may be empty) and kind.

    The group may be one that Kubernetes had for the kind in the past (`extensions`): the UID tells who it is.
    """
    return kind_label(_group(api_version), kind)


@lru_cache(1 << 10)
def named_kind(api_version: str, kind: str) -> str:
    """Return the label of a kind that is referred to by apiVersion, kind and name, without a UID.

    In another group than its own Kubernetes finds no such kind, so no object of it is meant.
    """
    group = _group(api_version)
    label = kind_label(group, kind)
    return f"{kind}.{group or 'core'}" if label == kind and HOMES.get(kind, group) != group else label


def _group(api_version: str) -> str:
    group, slash, _ = api_version.partition("/")
    return group if slash else ""
