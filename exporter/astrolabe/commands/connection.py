"""From settings to a cluster, and to one that answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from astrolabe.kube import credentials
from astrolabe.kube.cluster import Cluster, connect, greet
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)


@asynccontextmanager
async def connection(settings: Settings) -> AsyncIterator[Cluster]:
    """Yield a connection over which nothing was asked yet; raises `ConfigurationError`."""
    cluster = await connect(credentials_of(settings))
    try:
        yield cluster
    finally:
        await cluster.close()


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Cluster]:
    """Yield a connection on which the server has answered; raises `ConfigurationError`, `Unreachable`."""
    async with connection(settings) as cluster:
        version = await greet(cluster)
        log.info("connected", server=cluster.server, version=version)
        yield cluster


def credentials_of(settings: Settings) -> credentials.Credentials:
    """Choose the credentials: a kubeconfig given wins, then the Pod's own, then the default kubeconfig."""
    return credentials.choose(
        kubeconfig=settings.kubeconfig, context=settings.context, in_cluster=settings.in_cluster
    )
