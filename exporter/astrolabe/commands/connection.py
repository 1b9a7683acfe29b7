"""From settings to a cluster that answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from astrolabe.kube import credentials
from astrolabe.kube.cluster import Cluster, connect, greet
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Cluster]:
    """Yield a connection on which the server has answered; raises `ConfigurationError`, `Unreachable`."""
    cluster = await connect(credentials_of(settings))
    try:
        version = await greet(cluster)
        log.info("connected", server=cluster.server, version=version)
        yield cluster
    finally:
        await cluster.close()


def credentials_of(settings: Settings) -> credentials.Credentials:
    """Choose the credentials: a kubeconfig given wins, then the Pod's own, then the default kubeconfig."""
    return credentials.choose(
        kubeconfig=settings.kubeconfig, context=settings.context, in_cluster=settings.in_cluster
    )
