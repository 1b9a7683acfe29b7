"""One object of each kind, with every field that is read."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from astrolabe.kinds import registry
from astrolabe.kinds.custom import custom
from astrolabe.kinds.kind import Kind
from tests.kinds.objects import CREATED, make, owned_by

CUSTOM = custom("argoproj.io", "rollouts", "Rollout", ("v1alpha1",), namespaced=True)
KINDS: dict[str, Kind] = {kind.name: kind for kind in (*registry.KINDS, CUSTOM)}

HELM: dict[str, Any] = {
    "labels": {"app": "web", "helm.sh/chart": "shop-1.2.3"},
    "annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop"},
}
_POD_SPEC: dict[str, Any] = {
    "volumes": [
        {"name": "settings", "configMap": {"name": "settings", "optional": True}},
        {"name": "tls", "secret": {"secretName": "tls"}},
        {"name": "token", "projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}},
        {"name": "vault", "csi": {"nodePublishSecretRef": {"name": "vault"}}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
        {"name": "model", "image": {"reference": "model:v2"}},
    ],
    "initContainers": [{"name": "proxy", "image": "envoy", "restartPolicy": "Always"}],
    "containers": [
        {
            "name": "web",
            "image": "nginx:1.27",
            "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "env", "key": "a"}}}],
            "envFrom": [{"configMapRef": {"name": "env"}}],
        }
    ],
    "ephemeralContainers": [{"name": "debug", "image": "busybox"}],
    "imagePullSecrets": [{"name": "registry"}],
    "serviceAccountName": "runner",
    "priorityClassName": "high",
}
_TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": _POD_SPEC}
_REPLICAS = {"observedGeneration": 2, "replicas": 3, "readyReplicas": 3, "availableReplicas": 3}

_SCALED = {
    "manager": "kubectl",
    "operation": "Update",
    "time": CREATED,
    "fieldsV1": {"f:spec": {"f:replicas": {}}},
}
"""Who scaled, and when: where nobody left a time, the newest entry of the status counts."""


def _running(name: str) -> dict[str, Any]:
    return {"name": name, "ready": True, "restartCount": 1, "state": {"running": {"startedAt": CREATED}}}


def _condition(kind: str, status: str, reason: str) -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "lastTransitionTime": CREATED}


_PARTS: dict[str, dict[str, Any]] = {
    "Pod": {
        "metadata": {**HELM, **owned_by("ReplicaSet", "web-abc")},
        "name": "web-abc-1",
        "spec": {**_POD_SPEC, "nodeName": "node-1"},
        "status": {
            "phase": "Running",
            "conditions": [_condition("PodScheduled", "True", "")],
            "initContainerStatuses": [_running("proxy")],
            "containerStatuses": [_running("web")],
        },
    },
    "Node": {
        "name": "node-1",
        "spec": {"unschedulable": True},
        "status": {
            "conditions": [_condition("DiskPressure", "True", "Full"), _condition("Ready", "True", "")]
        },
    },
    "Namespace": {"name": "shop", "status": {"phase": "Active"}},
    "Service": {
        "metadata": HELM,
        "spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.1", "selector": {"app": "web"}},
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}},
    },
    "ServiceAccount": {
        "name": "runner",
        "secrets": [{"name": "token"}],
        "imagePullSecrets": [{"name": "registry"}],
    },
    "ConfigMap": {"name": "settings", "metadata": HELM},
    "Secret": {
        "name": "sh.helm.release.v1.shop.v3",
        "metadata": {"labels": {"owner": "helm", "name": "shop", "version": "3", "status": "deployed"}},
    },
    "PersistentVolumeClaim": {
        "name": "data",
        "spec": {"volumeName": "pv-1", "storageClassName": "fast"},
        "status": {"phase": "Bound"},
    },
    "PersistentVolume": {
        "name": "pv-1",
        "spec": {
            "claimRef": {
                "kind": "PersistentVolumeClaim",
                "namespace": "shop",
                "name": "data",
                "uid": "uid-PersistentVolumeClaim-data",
            },
            "storageClassName": "fast",
        },
        "status": {"phase": "Bound"},
    },
    "Deployment": {
        "metadata": {**HELM, "generation": 2, "managedFields": [_SCALED]},
        "spec": {"replicas": 3, "template": _TEMPLATE},
        "status": {**_REPLICAS, "conditions": [_condition("Progressing", "True", "NewReplicaSetAvailable")]},
    },
    "StatefulSet": {
        "name": "db",
        "metadata": {"generation": 2, "labels": {"team": "shop"}, "managedFields": [_SCALED]},
        "spec": {"replicas": 3, "serviceName": "web", "template": _TEMPLATE},
        "status": _REPLICAS,
    },
    "DaemonSet": {
        "name": "agent",
        "spec": {"template": _TEMPLATE},
        "status": {
            "desiredNumberScheduled": 5,
            "currentNumberScheduled": 5,
            "numberReady": 1,
            "numberAvailable": 1,
        },
    },
    "ReplicaSet": {
        "name": "web-abc",
        "metadata": owned_by("Deployment", "web"),
        "spec": {"replicas": 0, "template": _TEMPLATE},
        "status": {"replicas": 1, "terminatingReplicas": 1},
    },
    "Job": {
        "name": "import",
        "metadata": owned_by("CronJob", "report", "batch/v1"),
        "spec": {"suspend": False, "template": _TEMPLATE},
        "status": {"failed": 1, "conditions": [_condition("Failed", "True", "BackoffLimitExceeded")]},
    },
    "CronJob": {
        "name": "report",
        "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": _TEMPLATE}}},
        "status": {"lastScheduleTime": CREATED},
    },
    "Ingress": {
        "spec": {
            "ingressClassName": "nginx",
            "defaultBackend": {
                "resource": {"apiGroup": "k8s.example.com", "kind": "Bucket", "name": "static"}
            },
            "rules": [{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}],
            "tls": [{"secretName": "tls"}],
        },
        "status": {"loadBalancer": {}},
    },
    "IngressClass": {
        "name": "nginx",
        "metadata": {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
    },
    "EndpointSlice": {
        "name": "web-xyz",
        "metadata": {"labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [
            {
                "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "namespace": "shop", "name": "web-abc-1"},
            }
        ],
    },
    "NetworkPolicy": {
        "spec": {
            "podSelector": {
                "matchLabels": {"app": "web"},
                "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}],
            }
        }
    },
    "StorageClass": {"name": "fast"},
    "HorizontalPodAutoscaler": {
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 2,
            "maxReplicas": 5,
        },
        "status": {
            "currentReplicas": 3,
            "desiredReplicas": 3,
            "conditions": [_condition("ScalingActive", "False", "FailedGetResourceMetric")],
        },
    },
    "PodDisruptionBudget": {
        "spec": {"selector": {"matchLabels": {"app": "web"}}},
        "status": {"currentHealthy": 3, "desiredHealthy": 2, "disruptionsAllowed": 1},
    },
    "Role": {
        "name": "reader",
        "metadata": {"annotations": {"astrolabe/access-silence": "wildcard-verbs: as agreed"}},
        "rules": [
            {
                "verbs": ["get"],
                "apiGroups": [""],
                "resources": ["pods"],
                "resourceNames": ["web"],
                "nonResourceURLs": ["/metrics"],
            }
        ],
    },
    "RoleBinding": {
        "name": "readers",
        "roleRef": {"kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "runner"}],
    },
    "ClusterRole": {
        "name": "viewer",
        "rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"app": "web"}}]},
    },
    "ClusterRoleBinding": {
        "name": "viewers",
        "roleRef": {"kind": "ClusterRole", "name": "viewer"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "shop", "name": "runner"}],
    },
    "SleepInfo": {
        "name": "nights",
        "spec": {
            "weekdays": "1-5",
            "sleepAt": "20:00",
            "wakeUpAt": "08:00",
            "timeZone": "Europe/Rome",
            "suspendCronJobs": True,
            "includeRef": [{"matchLabels": {"team": "shop"}}],
            "excludeRef": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "keep"}],
            "patches": [{"target": {"group": "argoproj.io", "kind": "Rollout"}, "patch": ""}],
        },
        "status": {"lastScheduleTime": CREATED, "operation": "SLEEP"},
    },
    "APIService": {
        "name": "v1beta1.metrics.k8s.io",
        "spec": {"service": {"namespace": "shop", "name": "web"}},
        "status": {"conditions": [_condition("Available", "True", "Passed")]},
    },
    "ResourceQuota": {"name": "compute", "status": {"hard": {"pods": "10"}, "used": {"pods": "3"}}},
    "ValidatingWebhookConfiguration": {
        "name": "policy",
        "webhooks": [
            {"name": "policy.example.com", "clientConfig": {"service": {"namespace": "shop", "name": "web"}}}
        ],
    },
    "MutatingWebhookConfiguration": {
        "name": "inject",
        "webhooks": [
            {
                "name": "inject.example.com",
                "failurePolicy": "Ignore",
                "clientConfig": {"service": {"namespace": "shop", "name": "web"}},
            }
        ],
    },
    "Event": {
        "name": "web.1",
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-abc-1", "apiVersion": "v1"},
        "type": "Warning",
        "reason": "Unhealthy",
        "message": "Readiness probe failed: connection refused",
        "lastTimestamp": CREATED,
    },
    "Rollout.argoproj.io": {
        "metadata": {"generation": 2},
        "status": {"observedGeneration": "2", "conditions": [_condition("Ready", "True", "Healthy")]},
    },
}


def _parts(name: str) -> dict[str, Any]:
    """Return what a sample says: as it stands here, else `SAMPLE` of the kind's own test."""
    if name in _PARTS:
        return _PARTS[name]
    sample: dict[str, Any] = import_module(f"tests.kinds.test_{registry.MODULE_OF[name]}").SAMPLE
    return sample


SAMPLES: dict[str, dict[str, Any]] = {name: make(kind, **_parts(name)) for name, kind in KINDS.items()}
