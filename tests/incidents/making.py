"""What an incident is made of: what is applied, what kubelets say, and what an operator should be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
POD = r"Pod/NS/web-"
ITSELF = ""


@dataclass(frozen=True)
class Incident:
    """One incident, in a namespace of its own, whose name is NS in what is expected."""

    name: str
    rule: int
    """The rule of docs/causes.md that it is for; 0 is what objects say themselves."""
    things: tuple[Object, ...]
    symptom: str
    """Id of what an operator looks at."""
    cause: str = ITSELF
    """A pattern of the first cause's id; empty where nothing else explains the symptom."""
    reason: str = ""
    """Of the cause; NotFound for what does not exist."""
    words: tuple[str, ...] = ()
    """What the cause's message has to have."""
    status: str = "Error|Pending"
    """A pattern of the symptom's status."""
    says: dict[str, Object] = field(default_factory=dict)
    """Statuses of Pods by the beginning of their names, or of their image; others are ready."""
    events: tuple[tuple[str, str, str], ...] = ()
    """(beginning of a Pod's name, reason, message)."""
    notes: tuple[tuple[Object, str, str], ...] = ()
    """Events about other objects: (object, reason, message)."""
    then: tuple[Object, ...] = ()
    """What is applied once the exporter knows the rest."""
    changed: tuple[str, ...] = ()
    """What is said to have changed before."""
    deleted: tuple[Object, ...] = ()
    """What is deleted once it is there."""
    ends: tuple[Object, ...] = ()
    """What is deleted once the exporter knows the rest."""
    labels: dict[str, str] = field(default_factory=dict)
    """Of the namespace."""
    well: tuple[str, ...] = ()
    """Ids of what is Ready beside it, and has no causes."""


def thing(kind: str, name: str, api: str = "v1", **parts: Any) -> Object:
    metadata = {"name": name, **parts.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **parts}


def spec(container: Object | None = None, **more: Any) -> Object:
    web = {"name": "web", "image": "registry.example/web:1", **(container or {})}
    return {"terminationGracePeriodSeconds": 0, **more, "containers": [web, *more.pop("beside", [])]}


def made(kind: str, made_of: Object, name: str = "web", **more: Any) -> Object:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {k: v for k, v in made_of.items() if k != "beside"}}
    return thing(
        kind, name, "apps/v1", spec={"selector": {"matchLabels": labels}, "template": template, **more}
    )


def web(container: Object | None = None, replicas: int = 1, **more: Any) -> Object:
    return made("Deployment", spec(container, **more), replicas=replicas)


def service(name: str = "web", app: str = "web", **port: Any) -> Object:
    return thing("Service", name, spec={"selector": {"app": app}, "ports": [{"port": 80, **port}]})


def ingress(backend: str = "web", port: int = 80, **more: Any) -> Object:
    to = {"service": {"name": backend, "port": {"number": port}}}
    rules = [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": to}]}}]
    return thing("Ingress", "web", "networking.k8s.io/v1", spec={"rules": rules, **more})


def claim(name: str = "data", cls: str | None = None, volume: str = "") -> Object:
    wanted: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    if cls is not None:
        wanted["storageClassName"] = cls
    if volume:
        wanted["volumeName"] = volume
    return thing("PersistentVolumeClaim", name, spec=wanted)


def job(name: str = "import", **more: Any) -> Object:
    template = {"spec": spec(restartPolicy="Never")}
    return thing("Job", name, "batch/v1", spec={"backoffLimit": 0, "template": template, **more})
