"""Clusters of any size, as an API server sends them: Pods of some 6 KB with managedFields and defaults.

Six objects in ten are Pods, ten to a Deployment, each Deployment with what comes along in practice. The same
number always gives the same cluster.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

PODS_EACH = 10
NAMESPACE_SIZE = 40
"""Deployments in a namespace."""
NODES = 250

_PLURALS = {
    "Pod": "pods",
    "Node": "nodes",
    "Service": "services",
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
    "Deployment": "deployments.apps",
    "ReplicaSet": "replicasets.apps",
    "EndpointSlice": "endpointslices.discovery.k8s.io",
    "Ingress": "ingresses.networking.k8s.io",
}


class Item(NamedTuple):
    """One object."""

    resource: str
    kind: str
    body: bytes


class Population:
    """Makes objects until the wanted number is reached."""

    def __init__(self, size: int, namespaces: str = "team-{:03}") -> None:
        """Name namespaces by their number."""
        self.size = size
        self._namespaces = namespaces
        self._random = random.Random(size)

    def __iter__(self) -> Iterator[Item]:
        return islice(self._all(), self.size)

    def _all(self) -> Iterator[Item]:
        for number in range(min(NODES, max(self.size // 200, 1))):
            yield self._item("Node", "v1", self._meta(f"node-{number:03}", ""), {}, {"conditions": [_READY]})
        deployment = 0
        while True:
            yield from self._workload(deployment)
            deployment += 1

    def _workload(self, number: int) -> Iterator[Item]:
        namespace, name = self._namespaces.format(number // NAMESPACE_SIZE), f"service-{number:05}"
        replicas = f"{name}-6b9c7d4f5"
        template = {
            "serviceAccountName": name,
            "containers": [_container(name)],
            "volumes": [{"name": "tls", "secret": {"secretName": name}}],
        }
        counts = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas"), PODS_EACH)
        owner = self._meta(name, namespace)
        own = self._meta(replicas, namespace, owners=("apps/v1", "Deployment", owner))
        labels = {"app.kubernetes.io/name": name}
        selector = {
            "selector": {"matchLabels": labels},
            "replicas": PODS_EACH,
            "template": {"spec": template},
        }
        status = counts | {"observedGeneration": 1}
        yield self._item("Deployment", "apps/v1", owner, selector, status)
        yield self._item("ReplicaSet", "apps/v1", own, selector, status)
        yield self._item(
            "Service", "v1", self._meta(name, namespace), {"selector": labels, "type": "ClusterIP"}, {}
        )
        for kind in ("ConfigMap", "Secret", "ServiceAccount"):
            yield self._item(kind, "v1", self._meta(name, namespace), None, None)
        endpoints = []
        for _ in range(PODS_EACH):
            pod = self._meta(
                f"{replicas}-{self._random.randrange(16**5):05x}",
                namespace,
                owners=("apps/v1", "ReplicaSet", own),
            )
            reference = {"kind": "Pod", "namespace": namespace, "name": pod["name"], "uid": pod["uid"]}
            endpoints.append(
                {"addresses": ["10.1.2.3"], "conditions": {"ready": True}, "targetRef": reference}
            )
            spec = template | {
                "nodeName": f"node-{self._random.randrange(min(NODES, max(self.size // 200, 1))):03}"
            }
            yield self._item("Pod", "v1", pod, spec | _POD_DEFAULTS, _pod_status(name))
        meta = self._meta(f"{name}-x7k2p", namespace) | {"labels": {"kubernetes.io/service-name": name}}
        yield self._item("EndpointSlice", "discovery.k8s.io/v1", meta, None, None, endpoints=endpoints)

    def _meta(
        self, name: str, namespace: str, owners: tuple[str, str, dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        app = name.removesuffix("-6b9c7d4f5").rpartition("-6b9c7d4f5-")[0] or name.removesuffix("-6b9c7d4f5")
        meta: dict[str, Any] = {
            "name": name,
            "uid": str(uuid.UUID(int=self._random.getrandbits(128))),
            "resourceVersion": str(self._random.randrange(10**8)),
            "generation": 1,
            "creationTimestamp": "2026-11-01T10:00:00Z",
            "labels": {
                "app.kubernetes.io/name": app,
                "app.kubernetes.io/instance": app,
                "app.kubernetes.io/managed-by": "Helm",
            },
            "annotations": {"meta.helm.sh/release-name": app, "meta.helm.sh/release-namespace": namespace},
            "managedFields": _MANAGED,
        }
        if namespace:
            meta["namespace"] = namespace
        if owners is not None:
            version, kind, owner = owners
            meta["ownerReferences"] = [
                {
                    "apiVersion": version,
                    "kind": kind,
                    "name": owner["name"],
                    "uid": owner["uid"],
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ]
            meta["labels"]["pod-template-hash"] = "6b9c7d4f5"
        return meta

    def _item(
        self, kind: str, version: str, meta: dict[str, Any], spec: Any, status: Any, **more: Any
    ) -> Item:
        body = {"kind": kind, "apiVersion": version, "metadata": meta, **more}
        if spec is not None:
            body |= {"spec": spec, "status": status}
        return Item(_PLURALS[kind], kind, json.dumps(body, separators=(",", ":")).encode())


def _container(name: str) -> dict[str, Any]:
    return {
        "name": "app",
        "image": f"registry.example.com/{name}:1.2.3",
        "args": ["--port=8080", "--log-level=info"],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "envFrom": [{"configMapRef": {"name": name}}],
        "env": [
            {
                "name": "POD_NAME",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
            },
            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": name, "key": "password"}}},
        ],
        "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "tls", "readOnly": True, "mountPath": "/etc/tls"}],
        "livenessProbe": _probe("/live"),
        "readinessProbe": _probe("/ready"),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"readOnlyRootFilesystem": True, "runAsNonRoot": True},
    }


def _probe(path: str) -> dict[str, Any]:
    http = {"path": path, "port": "http", "scheme": "HTTP"}
    return {
        "httpGet": http,
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def _pod_status(name: str) -> dict[str, Any]:
    image = f"registry.example.com/{name}"
    return {
        "phase": "Running",
        "conditions": [
            {
                "type": kind,
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": "2026-11-01T10:00:03Z",
            }
            for kind in (
                "PodReadyToStartContainers",
                "Initialized",
                "Ready",
                "ContainersReady",
                "PodScheduled",
            )
        ],
        "hostIP": "10.0.0.7",
        "podIP": "10.1.2.3",
        "podIPs": [{"ip": "10.1.2.3"}],
        "startTime": "2026-11-01T10:00:00Z",
        "containerStatuses": [
            {
                "name": "app",
                "state": {"running": {"startedAt": "2026-11-01T10:00:02Z"}},
                "lastState": {},
                "ready": True,
                "restartCount": 0,
                "image": f"{image}:1.2.3",
                "imageID": f"{image}@sha256:" + "0123456789abcdef" * 4,
                "containerID": "containerd://" + "0123456789abcdef" * 4,
                "started": True,
            }
        ],
        "qosClass": "Burstable",
    }


_READY = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
_POD_DEFAULTS = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
    "tolerations": [
        {
            "key": f"node.kubernetes.io/{key}",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": 300,
        }
        for key in ("not-ready", "unreachable")
    ],
    "priority": 0,
    "enableServiceLinks": True,
    "preemptionPolicy": "PreemptLowerPriority",
}
_MANAGED = [
    {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-11-01T10:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {
            f"f:{part}": {
                f'k:{{"type":"{key}"}}': {
                    f"f:{field}": {} for field in ("status", "type", "lastProbeTime", "reason")
                }
                for key in ("Ready", "Initialized", "ContainersReady", "PodScheduled", "Available")
            }
            for part in ("metadata", "status")
        },
    }
    for manager in ("kube-controller-manager", "kubelet")
]
