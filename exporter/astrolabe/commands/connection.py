"""From settings to a cluster, and to one that answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import structlog

from astrolabe.kube import credentials
from astrolabe.kube.cluster import Cluster, connect, greet
from astrolabe.kube.serviceaccount import ServiceAccount
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)


@asynccontextmanager
async def connection(
    settings: Settings, given: credentials.Credentials | None = None
) -> AsyncIterator[Cluster]:
    """Yield a connection over which nothing was asked yet; raises `ConfigurationError`.

    The credentials are those `given`, else those that the settings name.
    """
    cluster = await connect(given or credentials_of(settings))
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


def addressed(settings: Settings) -> Settings:
    """Say where to listen: in a Pod on all interfaces, elsewhere on loopback, unless the settings do."""
    if settings.address:
        return settings
    in_pod = isinstance(credentials_of(settings), ServiceAccount)
    # A Pod is scraped from outside of it; its network is closed by a NetworkPolicy.
    return msgspec.structs.replace(settings, address="0.0.0.0" if in_pod else "127.0.0.1")  # noqa: S104
