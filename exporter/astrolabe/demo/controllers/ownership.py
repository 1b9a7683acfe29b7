"""What the controllers of workloads share: owners, template hashes, Pods made from templates."""

from __future__ import annotations

import hashlib

import msgspec

from astrolabe.demo.controllers.kubelet import is_ready
from astrolabe.demo.controllers.loop import ControlLoop
from astrolabe.demo.shop.pods import complete
from astrolabe.testing.managedfields import wrote
from astrolabe.testing.resources import Object

CONTROLLER = "kube-controller-manager"
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


def owner_reference(owner: Object) -> Object:
    """Return the reference to an object that controls another."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def template_hash(template: Object) -> str:
    """Return the name that a template gives its generation of Pods."""
    digest = hashlib.sha256(msgspec.json.encode(template, order="sorted")).digest()
    return "".join(_SAFE[byte % len(_SAFE)] for byte in digest[:10])


def make_pod(
    loop: ControlLoop, owner: Object, template: Object, name: str, *, labels: dict[str, str], node: str = ""
) -> None:
    """Create a Pod of an owner from a template."""
    spec = complete(template, loop.suffix())
    if node:
        spec["nodeName"] = node
    metadata: Object = {
        "name": name,
        "namespace": owner["metadata"]["namespace"],
        "labels": template["metadata"].get("labels", {}) | labels,
        "ownerReferences": [owner_reference(owner)],
    }
    if not name.startswith(f"{owner['metadata']['name']}-0"):
        metadata["generateName"] = f"{owner['metadata']['name']}-"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": spec,
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    }
    loop.server.put(wrote(pod, CONTROLLER, loop.time(), "metadata", "spec"))


def put_status(loop: ControlLoop, resource: str, obj: Object, status: Object) -> None:
    """Write the status of an object where it differs from what is stored."""
    namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
    if loop.server.has(resource, namespace, name):
        stored = loop.server.get(resource, namespace, name)
        if stored.get("status") != status:
            stored["status"] = status
            loop.server.put(wrote(stored, CONTROLLER, loop.time(), "status", subresource="status"))


def living(pods: list[Object]) -> list[Object]:
    """Return the Pods that count: neither being deleted nor at their end."""
    return [
        pod
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"]
        and pod["status"]["phase"] not in {"Succeeded", "Failed"}
    ]


def ready(pods: list[Object]) -> int:
    """Count the Pods that are ready."""
    return sum(map(is_ready, pods))
