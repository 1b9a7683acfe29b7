"""What happens in a simulated cluster while something else goes wrong: objects of many kinds come and go."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from astrolabe.testing.apiserver import ApiServer
from tests.api.shop import Object, controller, make, pod, rocket, workload

NAMES = ("a", "b", "one", "db")
NAMESPACES = ("shop", "elsewhere")
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
ROCKETS = "rockets.space.example"


def _pod(random: Random, name: str, namespace: str) -> Object:
    owner = random.choice((None, controller("ReplicaSet", name)))
    return pod(name, namespace, secret=random.choice(NAMES), owner=owner)


def _labelled(kind: str) -> Callable[[Random, str, str], Object]:
    def build(random: Random, name: str, namespace: str) -> Object:
        return make(kind, name, namespace, metadata={"labels": {"tier": random.choice(NAMES)}})

    return build


_KINDS: dict[str, Callable[[Random, str, str], Object]] = {
    "pods": _pod,
    "deployments.apps": lambda _, name, namespace: workload("Deployment", name, namespace),
    "replicasets.apps": lambda _, name, namespace: workload(
        "ReplicaSet", name, namespace, owner=controller("Deployment", name)
    ),
    "secrets": _labelled("Secret"),
    "configmaps": _labelled("ConfigMap"),
    "serviceaccounts": _labelled("ServiceAccount"),
    "services": lambda random, name, namespace: make(
        "Service", name, namespace, spec={"selector": {"app": random.choice(("web", "other"))}}
    ),
    "nodes": lambda random, name, _: make(
        "Node",
        name,
        "",
        status={"conditions": [{"type": "Ready", "status": random.choice(("True", "False"))}]},
    ),
    ROCKETS: lambda random, name, namespace: {
        **rocket(name),
        "metadata": {"name": name, "namespace": namespace, "labels": {"tier": random.choice(NAMES)}},
    },
}


def change(server: ApiServer, random: Random, steps: int = 1) -> None:
    """Create, update, delete or recreate so many objects."""
    served = [resource for resource in _KINDS if resource in server.resources]
    for _ in range(steps):
        resource = random.choice(served)
        obj = _KINDS[resource](random, random.choice(NAMES), random.choice(NAMESPACES))
        name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace", "")
        there = server.has(resource, namespace, name)
        match random.randrange(5):
            case 0 if there:
                server.delete(resource, namespace, name)
            case 1 if there:
                server.delete(resource, namespace, name)
                server.put(obj)
            case 2 if there and resource == "pods":
                server.status(resource, namespace, name, {"phase": random.choice(("Failed", "Pending"))})
            case _:
                server.put(obj)
