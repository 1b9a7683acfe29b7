"""The exporter in this process, over the demo's cluster, which stands still until a test changes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from structlog.testing import capture_logs

from astrolabe.application import Application
from astrolabe.demo.cluster import open_shop
from astrolabe.kube.transport import Transport
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from tests.api.exporter import listening

READY_SECONDS = 30


class Exporter:
    """An exporter that runs, and the cluster that it follows."""

    def __init__(self, cluster: ApiServer, application: Application, url: str) -> None:
        self.cluster = cluster
        self.application = application
        self.url = url

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def pods(self, namespace: str, prefix: str) -> list[str]:
        """Names of Pods."""
        names = [pod["metadata"]["name"] for pod in self.cluster.objects("pods", namespace)]
        return sorted(name for name in names if name.startswith(prefix))

    def fail(self, namespace: str, name: str, message: str = "The node was low on memory.") -> None:
        """Let a Pod fail for a reason that becomes its message."""
        self.cluster.status("pods", namespace, name, {"phase": "Failed", "reason": message})

    def stop_working(self, namespace: str, name: str) -> list[str]:
        """Let the Pods of a Deployment fail, with what that does to its controllers; return their names."""
        owners = [
            each["metadata"]["name"]
            for each in self.cluster.objects("replicasets.apps", namespace)
            if each["metadata"]["ownerReferences"][0]["name"] == name and each["spec"]["replicas"]
        ]
        names = [each for owner in owners for each in self.pods(namespace, f"{owner}-")]
        for each in names:
            self.fail(namespace, each)
        none = {"readyReplicas": 0, "availableReplicas": 0}
        for resource, owner in (("deployments.apps", name), *(("replicasets.apps", each) for each in owners)):
            status = self.cluster.get(resource, namespace, owner)["status"]
            self.cluster.status(resource, namespace, owner, {**status, **none})
        return names


def opened() -> ApiServer:
    """The demo's cluster before its day begins: everything is well."""
    shop = _shop()
    cluster = ApiServer(resources=shop.resources.values())
    cluster.restore(shop.snapshot())
    return cluster


@cache
def _shop() -> ApiServer:
    """The cluster that the others are copies of: installing the shop takes seconds."""
    cluster = ApiServer()
    open_shop(cluster)
    return cluster


@asynccontextmanager
async def exporting(
    cluster: ApiServer, *, port: int = 0, transport: Transport | None = None, **settings: Any
) -> AsyncIterator[Exporter]:
    """Run the exporter from when it knows everything until the block is left."""
    chosen = Settings(port=port, address="127.0.0.1", **settings)
    application = Application(chosen, transport or InProcess(cluster))
    stopping = asyncio.Event()
    with capture_logs() as logs:
        running = asyncio.create_task(application.run(stopping))
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not (running.done() or (application.supervisor.ready and listening(logs))):  # noqa: ASYNC110
                    await asyncio.sleep(0)
            if running.done():
                await running
            yield Exporter(cluster, application, listening(logs)[0])
        finally:
            stopping.set()
            async with asyncio.timeout(READY_SECONDS):
                await running
