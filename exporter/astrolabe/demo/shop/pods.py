"""Pod templates, and Pods as the API server completes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from astrolabe.testing.resources import Object

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
_NO_EXECUTE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What differs between containers."""

    name: str
    image: str
    port: int = 8080
    cpu: str = "100m"
    memory: str = "128Mi"
    secret_env: tuple[tuple[str, str, str], ...] = ()
    """Variable, Secret, key."""
    config_env: str = ""
    """ConfigMap whose entries become variables."""
    mounts: tuple[tuple[str, str], ...] = ()
    """Volume, path."""

    def object(self) -> Object:
        """Return the container with the API's defaults."""
        env: list[Object] = [
            {"name": "POD_NAMESPACE", "valueFrom": _field("metadata.namespace")},
            *(
                {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
                for variable, secret, key in self.secret_env
            ),
        ]
        container: Object = {
            "name": self.name,
            "image": self.image,
            "ports": [{"name": "http", "containerPort": self.port, "protocol": "TCP"}],
            "env": env,
            "resources": {
                "limits": {"memory": self.memory},
                "requests": {"cpu": self.cpu, "memory": self.memory},
            },
            "livenessProbe": _probe("/livez", 10),
            "readinessProbe": _probe("/readyz", 5),
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "imagePullPolicy": "IfNotPresent",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            },
        }
        if self.config_env:
            container["envFrom"] = [{"configMapRef": {"name": self.config_env}}]
        if self.mounts:
            container["volumeMounts"] = [{"name": name, "mountPath": path} for name, path in self.mounts]
        return container


def _field(path: str) -> Object:
    return {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}


def _probe(path: str, period: int) -> Object:
    return {
        "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": period,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def config_volume(name: str, config_map: str, *, optional: bool = False) -> Object:
    """Return a volume of a ConfigMap."""
    source: Object = {"name": config_map, "defaultMode": 420}
    return {"name": name, "configMap": source | ({"optional": True} if optional else {})}


def secret_volume(name: str, secret: str) -> Object:
    """Return a volume of a Secret."""
    return {"name": name, "secret": {"secretName": secret, "defaultMode": 420}}


def claim_volume(name: str, claim: str) -> Object:
    """Return a volume of a PersistentVolumeClaim."""
    return {"name": name, "persistentVolumeClaim": {"claimName": claim}}


def template(
    labels: dict[str, str],
    containers: Iterable[Container],
    *,
    volumes: Iterable[Object] = (),
    account: str = "default",
    pull_secret: str = "",
    restart: str = "Always",
) -> Object:
    """Return a pod template with the API's defaults."""
    spec: Object = {
        "containers": [container.object() for container in containers],
        "restartPolicy": restart,
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": account,
        "serviceAccount": account,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "schedulerName": "default-scheduler",
    }
    if volumes := list(volumes):
        spec["volumes"] = volumes
    if pull_secret:
        spec["imagePullSecrets"] = [{"name": pull_secret}]
    return {"metadata": {"labels": dict(labels)}, "spec": spec}


def complete(template: Object, suffix: str) -> Object:
    """Turn the specification of a template into that of a Pod: token volume, tolerations, priority."""
    token = f"kube-api-access-{suffix}"
    spec: Object = dict(template["spec"])
    mount = {"name": token, "readOnly": True, "mountPath": TOKEN_PATH}
    spec["containers"] = [
        container | {"volumeMounts": [*container.get("volumeMounts", ()), mount]}
        for container in spec["containers"]
    ]
    sources: list[Object] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {
            "downwardAPI": {
                "items": [
                    {
                        "path": "namespace",
                        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                    }
                ]
            }
        },
    ]
    projected = {"name": token, "projected": {"sources": sources, "defaultMode": 420}}
    spec["volumes"] = [*spec.get("volumes", ()), projected]
    spec["tolerations"] = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for key in _NO_EXECUTE
    ]
    return spec | {"priority": 0, "enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority"}
