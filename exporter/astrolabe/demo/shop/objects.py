"""Objects of single kinds, as the API server completes them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from astrolabe.testing.resources import Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Helm release: what its objects carry."""

    namespace: str
    name: str
    chart: str
    app: str = ""
    """Part of the release that the object belongs to."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of every object."""
        return {
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/name": self.app or self.name,
            **({"helm.sh/chart": self.chart} if self.chart else {}),
        }

    @property
    def selector(self) -> dict[str, str]:
        """Labels of the Pods of one part."""
        return {
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/name": self.app or self.name,
        }

    def object(self, api_version: str, kind: str, name: str = "", **parts: Any) -> Object:
        """Return an object of the release."""
        metadata: Object = {
            "name": name or self.app or self.name,
            "namespace": self.namespace,
            "labels": self.labels,
        }
        if self.chart:
            metadata["annotations"] = {
                "meta.helm.sh/release-name": self.name,
                "meta.helm.sh/release-namespace": self.namespace,
            }
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **parts}


def deployment(release: Release, template: Object, replicas: int, *, recreate: bool = False) -> Object:
    """Return a Deployment."""
    strategy: Object = {"type": "Recreate"}
    if not recreate:
        budget = {"maxUnavailable": "25%", "maxSurge": "25%"}
        strategy = {"type": "RollingUpdate", "rollingUpdate": budget}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": release.selector},
        "template": template,
        "strategy": strategy,
        "revisionHistoryLimit": 2,
        "progressDeadlineSeconds": 60,
    }
    return release.object("apps/v1", "Deployment", spec=spec, status={})


def statefulset(release: Release, template: Object, replicas: int, size: str) -> Object:
    """Return a StatefulSet with a volume named data for each Pod."""
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "labels": release.selector},
        "spec": claim_spec(size),
        "status": {"phase": "Pending"},
    }
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": release.selector},
        "template": template,
        "volumeClaimTemplates": [claim],
        "serviceName": release.app or release.name,
        "podManagementPolicy": "Parallel",
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "revisionHistoryLimit": 10,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    }
    return release.object("apps/v1", "StatefulSet", spec=spec, status={"replicas": 0})


def claim_spec(size: str, storage_class: str = "standard") -> Object:
    """Return the specification of a PersistentVolumeClaim."""
    return {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
        "storageClassName": storage_class,
        "volumeMode": "Filesystem",
    }


def service(
    release: Release,
    address: str,
    *,
    selector: dict[str, str] | None = None,
    port: int = 8080,
    kind: str = "ClusterIP",
    ip: str = "",
) -> Object:
    """Return a Service; `None` as its address makes it headless, `ip` is a load balancer's."""
    spec: Object = {
        "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": port}],
        "selector": release.selector if selector is None else selector,
        "clusterIP": address,
        "clusterIPs": [address],
        "type": kind,
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    }
    status: Object = {"loadBalancer": {"ingress": [{"ip": ip, "ipMode": "VIP"}]} if ip else {}}
    return release.object("v1", "Service", spec=spec, status=status)


def ingress(release: Release, host: str, to: str, *, secret: str) -> Object:
    """Return an Ingress that has an address."""
    backend = {"service": {"name": to, "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec = {
        "ingressClassName": "nginx",
        "tls": [{"hosts": [host], "secretName": secret}],
        "rules": [{"host": host, "http": {"paths": [path]}}],
    }
    status = {"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}}
    return release.object("networking.k8s.io/v1", "Ingress", spec=spec, status=status)


def autoscaler(release: Release, target: str, least: int, most: int) -> Object:
    """Return a HorizontalPodAutoscaler of a Deployment."""
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": target, "apiVersion": "apps/v1"},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": resource}],
    }
    return release.object("autoscaling/v2", "HorizontalPodAutoscaler", spec=spec, status={})


def budget(release: Release, selector: Object) -> Object:
    """Return a PodDisruptionBudget that lets one Pod go."""
    spec = {"maxUnavailable": 1, "selector": selector}
    status = {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}
    return release.object("policy/v1", "PodDisruptionBudget", spec=spec, status=status)


def network_policy(release: Release, name: str, selector: Object, sources: list[Object]) -> Object:
    """Return a NetworkPolicy for incoming traffic."""
    spec: Object = {"podSelector": selector, "policyTypes": ["Ingress"]}
    if sources:
        spec["ingress"] = [{"from": sources, "ports": [{"protocol": "TCP", "port": 8080}]}]
    return release.object("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)


def secret(release: Release, name: str, *keys: str, kind: str = "Opaque") -> Object:
    """Return a Secret with made-up contents."""
    value = base64.b64encode(b"not a secret").decode()
    return release.object("v1", "Secret", name, data=dict.fromkeys(keys, value), type=kind)


def config_map(release: Release, name: str, **data: str) -> Object:
    """Return a ConfigMap."""
    return release.object("v1", "ConfigMap", name, data=data)


def cronjob(release: Release, name: str, schedule: str, template: Object) -> Object:
    """Return a CronJob."""
    spec = {
        "schedule": schedule,
        "concurrencyPolicy": "Forbid",
        "suspend": False,
        "jobTemplate": {"metadata": {}, "spec": {"template": template}},
        "successfulJobsHistoryLimit": 2,
        "failedJobsHistoryLimit": 1,
    }
    return release.object("batch/v1", "CronJob", name, spec=spec, status={})


def helm_record(release: Release, revision: int, status: str) -> Object:
    """Return the Secret in which Helm keeps a revision of a release."""
    name = f"sh.helm.release.v1.{release.name}.v{revision}"
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": release.namespace,
            "labels": {
                "name": release.name,
                "owner": "helm",
                "status": status,
                "version": str(revision),
            },
        },
        "data": {"release": base64.b64encode(b"H4sIAAAAAAAA" * 8).decode()},
        "type": "helm.sh/release.v1",
    }


def service_account(release: Release, name: str) -> Object:
    """Return a ServiceAccount."""
    return release.object("v1", "ServiceAccount", name, imagePullSecrets=[{"name": "registry"}])


def role(release: Release, name: str, rules: list[Object]) -> Object:
    """Return a Role."""
    return release.object("rbac.authorization.k8s.io/v1", "Role", name, rules=rules)


def role_binding(release: Release, name: str, role_name: str, account: str) -> Object:
    """Return a RoleBinding of a ServiceAccount to a Role of its namespace."""
    return release.object(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        name,
        subjects=[{"kind": "ServiceAccount", "name": account, "namespace": release.namespace}],
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role_name},
    )
