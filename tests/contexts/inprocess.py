"""Exporters of several simulated clusters in one process, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from astrolabe.api.clusters.members import Members
from astrolabe.application import Application
from astrolabe.kube.transport import Transport
from astrolabe.metrics.clusters import together
from astrolabe.metrics.snapshot import Snapshot
from astrolabe.parts import Among
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from tests.api.exporter import SEEN


class Exporters:
    """An exporter for each cluster; all share turns and the process' telemetry."""

    def __init__(self, clusters: Members, applications: Mapping[str, Application]) -> None:
        self.members = clusters.members
        self.applications = applications

    async def snapshot(self) -> Snapshot:
        """What /metrics has of all graphs."""
        return together([await each.exposition.snapshot() for each in self.applications.values()])


@asynccontextmanager
async def exporters(
    servers: Mapping[str, ApiServer | Transport], *, settle: float = 5.0, **settings: Any
) -> AsyncIterator[Exporters]:
    """Follow each server with an exporter of its own, by cluster."""
    clusters = Members()
    chosen = Settings(**{"metrics_denied": (SEEN,), **settings})
    applications = {
        name: Application(
            chosen,
            InProcess(server) if isinstance(server, ApiServer) else server,
            random=Random(1),
            among=Among(name, clusters.process, clusters.scheduler),
        )
        for name, server in servers.items()
    }
    for name, application in applications.items():
        clusters.add(name).state = application.state
    stopping = asyncio.Event()
    running = [asyncio.create_task(each.follow(stopping)) for each in applications.values()]
    try:
        await asyncio.sleep(settle)
        yield Exporters(clusters, applications)
    finally:
        stopping.set()
        await asyncio.gather(*running)
