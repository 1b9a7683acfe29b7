"""From credentials to a connection. Only who connects imports an HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from astrolabe.kube import cluster, credentials
from astrolabe.kube.transport import Transport

log = structlog.get_logger(__name__)


@asynccontextmanager
async def connection(
    kubeconfig: str, context: str, in_cluster: bool
) -> AsyncIterator[tuple[Transport, Callable[[], Awaitable[None]]]]:
    """Yield a connection over which nothing was asked yet, and what asks the server for its version.

    Raises `ConfigurationError`.
    """
    connected = await cluster.connect(
        credentials.choose(kubeconfig=kubeconfig, context=context, in_cluster=in_cluster)
    )

    async def greet() -> None:
        version = await cluster.greet(connected)
        log.info("connected", server=connected.server, version=version)

    try:
        yield connected, greet
    finally:
        await connected.close()
