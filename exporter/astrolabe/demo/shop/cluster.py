"""What every cluster has: nodes, storage, classes, namespaces, definitions, cluster roles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from astrolabe.demo.shop.catalogue import NODES
from astrolabe.testing.resources import Object

_RBAC = "rbac.authorization.k8s.io"


def node_name(number: int) -> str:
    """Return the name of a node, counted from 1."""
    return f"node-{number:02d}"


def nodes(time: str) -> Iterator[Object]:
    """Return the nodes, in three zones; two of them are spot instances."""
    for number in range(1, NODES + 1):
        name = node_name(number)
        spot = number > NODES - 2
        capacity = {"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"}
        healthy = (
            ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID"),
            ("Ready", "True", "KubeletReady"),
        )
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {
                    "kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "node.kubernetes.io/instance-type": "c8.large",
                    "node.kubernetes.io/lifecycle": "spot" if spot else "on-demand",
                    "topology.kubernetes.io/region": "region-1",
                    "topology.kubernetes.io/zone": f"region-1{'abc'[number % 3]}",
                },
                "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
            },
            "spec": {"podCIDR": f"10.244.{number}.0/24", "providerID": f"simulated:///{name}"},
            "status": {
                "capacity": capacity,
                "allocatable": capacity | {"cpu": "7800m", "memory": "30Gi"},
                "conditions": [
                    {
                        "type": kind,
                        "status": status,
                        "lastHeartbeatTime": time,
                        "lastTransitionTime": time,
                        "reason": reason,
                        "message": "kubelet is posting ready status" if kind == "Ready" else "",
                    }
                    for kind, status, reason in healthy
                ],
                "addresses": [
                    {"type": "InternalIP", "address": f"10.0.0.{number}"},
                    {"type": "Hostname", "address": name},
                ],
                "nodeInfo": {
                    "machineID": hashlib.sha256(name.encode()).hexdigest()[:32],
                    "kernelVersion": "6.12.0",
                    "osImage": "Debian GNU/Linux 13 (trixie)",
                    "containerRuntimeVersion": "containerd://2.1.4",
                    "kubeletVersion": "v1.36.3",
                    "operatingSystem": "linux",
                    "architecture": "amd64",
                },
            },
        }


def namespace(name: str, labels: dict[str, str]) -> Iterator[Object]:
    """Return a namespace, and what controllers put into each."""
    yield {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name, **labels}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
    yield {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": name},
    }
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "kube-root-ca.crt",
            "namespace": name,
            "annotations": {"kubernetes.io/description": "Contains a CA bundle"},
        },
        "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
    }


def classes() -> Iterator[Object]:
    """Return the StorageClass and the IngressClass that are there."""
    yield storage_class("standard", default=True)
    yield storage_class("archive")
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx", "labels": {"app.kubernetes.io/name": "ingress-nginx"}},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }


def storage_class(name: str, *, default: bool = False) -> Object:
    """Return a StorageClass."""
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": annotations},
        "provisioner": "csi.example.com",
        "parameters": {"type": name},
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "Immediate",
    }


def cluster_roles() -> Iterator[Object]:
    """Return a few ClusterRoles and a binding."""
    resources = ["pods", "services", "configmaps", "deployments", "statefulsets", "jobs", "cronjobs"]
    writing = [*resources, "secrets", "pods/exec", "pods/portforward", "serviceaccounts"]
    own = ["", "apps", "batch"]
    for name, groups, found, verbs in (
        ("view", own, resources, ["get", "list", "watch"]),
        ("edit", own, writing, ["get", "list", "watch", "create", "update", "patch", "delete"]),
        ("cluster-admin", ["*"], ["*"], ["*"]),
    ):
        yield {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
            "rules": [{"apiGroups": groups, "resources": found, "verbs": verbs}],
        }
    yield {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "argocd-application-controller"},
        "subjects": [
            {"kind": "ServiceAccount", "name": "argocd-application-controller", "namespace": "argocd"}
        ],
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
    }


def definition(group: str, version: str, plural: str, kind: str) -> Object:
    """Return the definition of a namespaced kind with a status."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                    },
                }
            ],
            "conversion": {"strategy": "None"},
        },
    }


def definitions() -> Iterator[Object]:
    """Return the definitions that are installed."""
    yield definition("cert-manager.io", "v1", "certificates", "Certificate")
    yield definition("kube-green.com", "v1alpha1", "sleepinfos", "SleepInfo")


def certificate(namespace: str, name: str, host: str, time: str, *, fault: str = "") -> Object:
    """Return a certificate of cert-manager, with kstatus conditions."""
    message = fault or "Certificate is up to date and has not expired"
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": name, "namespace": namespace, "generation": 1},
        "spec": {
            "secretName": name,
            "dnsNames": [host],
            "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "public"},
        },
        "status": {
            "conditions": [
                {
                    "type": "Ready",
                    "status": "False" if fault else "True",
                    "reason": "Failed" if fault else "Ready",
                    "message": message,
                    "lastTransitionTime": time,
                    "observedGeneration": 1,
                }
            ]
        },
    }
