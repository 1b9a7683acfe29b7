"""Two releases that share a ServiceAccount and a Secret, and what they stand on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Client, serving
from tests.api.shop import Object, make

CREATED = "2026-03-01T12:00:00Z"


def built(kind: str, name: str, namespace: str = "shop", *, release: str = "", **parts: Any) -> Object:
    """An object with a UID that can be read, created at noon."""
    metadata: Object = dict(parts.pop("metadata", {}))
    metadata |= {"uid": f"uid-{kind}-{name}", "creationTimestamp": CREATED}
    if release:
        metadata["annotations"] = {
            "meta.helm.sh/release-name": release,
            "meta.helm.sh/release-namespace": namespace,
        }
        metadata["labels"] = {**metadata.get("labels", {}), "helm.sh/chart": f"{release}-1.2.3"}
    return make(kind, name, namespace, metadata=metadata, **parts)


def pod(name: str, *, claim: str = "", ready: bool = True, owner: str = "") -> Object:
    volumes: list[Object] = [{"name": "s", "secret": {"secretName": "shared"}}]
    if claim:
        volumes.append({"name": "data", "persistentVolumeClaim": {"claimName": claim}})
    metadata: Object = {"labels": {"app": owner or name, "tier": "front"}}
    if owner:
        metadata["ownerReferences"] = [
            {
                "apiVersion": "apps/v1",
                "kind": "StatefulSet",
                "name": owner,
                "uid": f"uid-StatefulSet-{owner}",
                "controller": True,
            }
        ]
    return built(
        "Pod",
        name,
        metadata=metadata,
        spec={
            "nodeName": "one",
            "serviceAccountName": "shared",
            "containers": [
                {
                    "name": "web",
                    "image": "nginx:1.30",
                    "envFrom": [{"configMapRef": {"name": "settings"}}],
                }
            ],
            "volumes": volumes,
        },
        status={
            "phase": "Running" if ready else "Pending",
            "containerStatuses": [
                {
                    "name": "web",
                    "ready": ready,
                    "restartCount": 2,
                    "state": {"running": {}} if ready else {"waiting": {"reason": "ContainerCreating"}},
                }
            ],
        },
    )


def stateful_set(name: str) -> Object:
    labels = {"app": name, "tier": "front"}
    template = {"metadata": {"labels": labels}, "spec": pod(name)["spec"]}
    return built(
        "StatefulSet",
        name,
        api="apps/v1",
        release=name,
        spec={"replicas": 1, "template": template},
        status={
            "observedGeneration": 1,
            "replicas": 1,
            "currentReplicas": 1,
            "readyReplicas": 1,
            "availableReplicas": 1,
        },
    )


def scene() -> Iterator[Object]:
    yield built("Namespace", "shop", "", status={"phase": "Active"})
    yield built("Namespace", "empty", "", status={"phase": "Active"})
    yield built("Node", "one", "", status={"conditions": [{"type": "Ready", "status": "True"}]})
    yield built("ServiceAccount", "shared")
    yield built("Secret", "shared")
    for name in ("web", "api"):
        yield stateful_set(name)
        yield pod(f"{name}-0", claim=f"data-{name}", owner=name, ready=name == "web")
        yield built(
            "PersistentVolumeClaim",
            f"data-{name}",
            spec={"storageClassName": "fast", "volumeName": f"pv-{name}"},
            status={"phase": "Bound"},
        )
        yield built(
            "PersistentVolume",
            f"pv-{name}",
            "",
            spec={
                "storageClassName": "fast",
                "claimRef": {
                    "kind": "PersistentVolumeClaim",
                    "namespace": "shop",
                    "name": f"data-{name}",
                    "uid": f"uid-PersistentVolumeClaim-data-{name}",
                },
            },
            status={"phase": "Bound"},
        )
    yield built("StorageClass", "fast", "", api="storage.k8s.io/v1")
    yield built(
        "Service",
        "web",
        release="web",
        spec={"selector": {"app": "web"}, "clusterIP": "10.0.0.1", "type": "ClusterIP"},
    )
    yield built(
        "HorizontalPodAutoscaler",
        "web",
        api="autoscaling/v2",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"},
            "minReplicas": 1,
            "maxReplicas": 4,
        },
        status={"currentReplicas": 1, "desiredReplicas": 1},
    )
    yield built("Secret", "odd name".replace(" ", "-"), "other", release="web")


@asynccontextmanager
async def asked(**settings: Any) -> AsyncIterator[Asking]:
    """Serve the scene."""
    server = ApiServer()
    for obj in scene():
        server.put(obj)
    async with serving(server, **settings) as client:
        yield Asking(client, server)


class Asking:
    """Asks the API."""

    def __init__(self, client: Client, server: ApiServer) -> None:
        self.client = client
        self.server = server

    async def json(self, path: str, **options: Any) -> Any:
        """What is answered, with status 200."""
        status, response, body = await self.client.get(f"/api/v1{path}", **options)
        assert (status, response.content_type) == (200, "application/json"), body
        return json.loads(body)

    async def refused(self, path: str, status: int = 400, **options: Any) -> Any:
        """What a refusal says."""
        found, response, body = await self.client.get(f"/api/v1{path}", **options)
        assert (found, response.content_type) == (status, "application/json"), body
        return json.loads(body)["error"]


def unordered(body: dict[str, Any]) -> dict[str, list[str]]:
    """A graph body as lists that can be compared whatever their order."""
    return {key: sorted(json.dumps(each, sort_keys=True) for each in body[key]) for key in body}
