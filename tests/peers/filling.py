"""Fills a real API server with workloads as they are in practice: Pods that run, with status and owners.

The same number always gives the same objects but for their UIDs, which the API server makes.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from astrolabe.demo.controllers.ownership import owner_reference
from tests.bench.population import PODS_EACH
from tests.real.control_plane import ADMIN_TOKEN, ApiServer

Object = dict[str, Any]

RESOURCES = (
    "pods", "nodes", "services", "configmaps", "secrets", "serviceaccounts", "deployments", "replicasets",
    "endpointslices",
)  # fmt: skip
"""What is filled in, and followed by each exporter."""
_EACH = PODS_EACH + 7
"""Objects of one workload."""
_TOGETHER = 24
"""Workloads that are made at once."""
_NODES = 50
_NAMESPACES = 20


class Filler:
    """A client that creates objects, and sets the status of Pods."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self.made: Counter[str] = Counter()
        """Objects by resource."""
        self.pods: list[tuple[str, Object]] = []
        """The path of each Pod, and its status."""

    async def fill(self, size: int) -> None:
        """Create so many objects, about."""
        for number in range(_NODES):
            await self._create("/api/v1/nodes", "nodes", _node(number))
        for number in range(_NAMESPACES):
            namespace = f"team-{number:02}"
            await self._request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
            # Every Pod mounts it; the controller manager, which does not run here, would make it.
            ca = {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "-"}}
            await self._create(f"/api/v1/namespaces/{namespace}/configmaps", "configmaps", ca)
        workloads = iter(range(max(size // _EACH, 1)))

        async def work() -> None:
            for number in workloads:
                await self._workload(number)

        await asyncio.gather(*(work() for _ in range(_TOGETHER)))

    async def touch(self, number: int) -> None:
        """Say of a Pod, as a kubelet does, that it is not ready; with the next number that it is again."""
        path, status = self.pods[number // 2 * 7919 % len(self.pods)]
        ready = bool(number % 2)
        word = "True" if ready else "False"
        conditions = [each | {"status": word} for each in status["conditions"]]
        containers = [each | {"ready": ready} for each in status["containerStatuses"]]
        change = {"status": {"conditions": conditions, "containerStatuses": containers}}
        await self._request("PATCH", f"{path}/status", change)

    async def _workload(self, number: int) -> None:
        name, namespace = f"service-{number:05}", f"team-{number % _NAMESPACES:02}"
        core, apps = f"/api/v1/namespaces/{namespace}", f"/apis/apps/v1/namespaces/{namespace}"
        meta = {"name": name, "labels": {"app.kubernetes.io/name": name, "team": namespace}}
        await self._create(f"{core}/serviceaccounts", "serviceaccounts", {"metadata": meta})
        await self._create(f"{core}/configmaps", "configmaps", {"metadata": meta, "data": {"key": "value"}})
        await self._create(f"{core}/secrets", "secrets", {"metadata": meta, "stringData": {"password": "-"}})
        ports = [{"port": 80, "targetPort": 8080}]
        service = {"selector": {"app.kubernetes.io/name": name}, "ports": ports}
        await self._create(f"{core}/services", "services", {"metadata": meta, "spec": service})
        spec: Object = {
            "replicas": PODS_EACH,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {"metadata": {"labels": meta["labels"]}, "spec": _pod_spec(name)},
        }
        deployment = await self._create(
            f"{apps}/deployments", "deployments", {"metadata": meta, "spec": spec}
        )
        await self._counts(f"{apps}/deployments/{name}", deployment)
        owned = meta | {"name": f"{name}-6b9c7d4f5", "ownerReferences": [owner_reference(deployment)]}
        replicas = await self._create(f"{apps}/replicasets", "replicasets", {"metadata": owned, "spec": spec})
        await self._counts(f"{apps}/replicasets/{owned['name']}", replicas)
        endpoints = []
        for place in range(PODS_EACH):
            pod = meta | {
                "name": f"{owned['name']}-{place:05}",
                "ownerReferences": [owner_reference(replicas)],
            }
            bound = _pod_spec(name) | {"nodeName": f"node-{(number * 7 + place) % _NODES:02}"}
            made = await self._create(f"{core}/pods", "pods", {"metadata": pod, "spec": bound})
            path, status = f"{core}/pods/{pod['name']}", _status(name)
            await self._request("PATCH", f"{path}/status", {"status": status})
            self.pods.append((path, status))
            endpoints.append(_endpoint(made))
        slices = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        labels = {"kubernetes.io/service-name": name}
        await self._create(
            slices,
            "endpointslices",
            {"metadata": meta | {"labels": labels}, "addressType": "IPv4", "endpoints": endpoints},
        )

    async def _counts(self, path: str, made: Object) -> None:
        status = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas"), PODS_EACH)
        observed = made["metadata"]["generation"]
        await self._request("PATCH", f"{path}/status", {"status": status | {"observedGeneration": observed}})

    async def _create(self, path: str, resource: str, body: Object) -> Object:
        self.made[resource] += 1
        return await self._request("POST", path, body)

    async def _request(self, method: str, path: str, body: Object) -> Object:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        async with self._session.request(
            method, self._url + path, json=body, headers={"Content-Type": kind}
        ) as answer:
            found: Object = await answer.json(content_type=None)
            if not answer.ok:
                raise RuntimeError(f"{method} {path}: {answer.status} {found.get('message')}")
            return found


@asynccontextmanager
async def filler(server: ApiServer) -> AsyncIterator[Filler]:
    """Yield a client of the administrator."""
    context = ssl.create_default_context(cafile=str(server.cluster.ca))
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context),
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        trust_env=False,
    ) as session:
        yield Filler(session, server.cluster.url)


async def paced(count: int, rate: float, work: Callable[[int], Awaitable[None]]) -> float:
    """Do work so many times, at a rate; return the seconds that it took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(count):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        await work(number)
    return loop.time() - start


def _node(number: int) -> Object:
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    return {"metadata": {"name": f"node-{number:02}"}, "status": {"conditions": [ready]}}


def _endpoint(pod: Object) -> Object:
    meta = pod["metadata"]
    target = {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
    return {"addresses": ["10.1.2.3"], "conditions": {"ready": True}, "targetRef": target}


def _pod_spec(name: str) -> Object:
    probe = {"httpGet": {"path": "/ready", "port": 8080}}
    container = {
        "name": "app",
        "image": f"registry.example.com/{name}:1.2.3",
        "args": ["--port=8080", "--log-level=info"],
        "ports": [{"name": "http", "containerPort": 8080}],
        "envFrom": [{"configMapRef": {"name": name}}],
        "env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": name, "key": "password"}}}],
        "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "tls", "readOnly": True, "mountPath": "/etc/tls"}],
        "livenessProbe": probe,
        "readinessProbe": probe,
    }
    volume = {"name": "tls", "secret": {"secretName": name}}
    return {"serviceAccountName": name, "containers": [container], "volumes": [volume]}


def _status(name: str) -> Object:
    image = f"registry.example.com/{name}"
    running = {"running": {"startedAt": "2026-11-01T10:00:02Z"}}
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": "2026-11-01T10:00:03Z"} for kind in kinds
        ],
        "hostIP": "10.0.0.7",
        "podIP": "10.1.2.3",
        "podIPs": [{"ip": "10.1.2.3"}],
        "startTime": "2026-11-01T10:00:00Z",
        "containerStatuses": [
            {
                "name": "app",
                "state": running,
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
