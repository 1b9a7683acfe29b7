"""From credentials to a connection. Only who connects imports an HTTP client."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog

from astrolabe.kube import cluster, credentials
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.identity import identity
from astrolabe.kube.transport import Transport
from astrolabe.watch.errors import ConfigError

log = structlog.get_logger(__name__)


class Connection(NamedTuple):
    """What a controller needs of a cluster."""

    transport: Transport
    """Nothing was asked over it yet."""
    greet: Callable[[], Awaitable[str]]
    """Asks the server for its version, and returns what tells its cluster from every other."""
    moved: asyncio.Event
    """Set once the credentials name another cluster: nothing is answered any more then."""


@asynccontextmanager
async def connection(kubeconfig: str, context: str, in_cluster: bool) -> AsyncIterator[Connection]:
    """Connect as kubectl does, or as the Pod does in a cluster; raises `ConfigError`."""
    if not kubeconfig and not in_cluster:
        kubeconfig = os.environ.get("KUBECONFIG", "")
    try:
        connected = await cluster.connect(
            credentials.choose(kubeconfig=kubeconfig, context=context, in_cluster=in_cluster)
        )
    except ConfigurationError as error:
        raise ConfigError(str(error)) from None
    known = ""

    async def greet() -> str:
        nonlocal known
        version = await cluster.greet(connected)
        known = await identity(connected, connected.server)
        log.info("connected", server=connected.server, version=version)
        return known

    async def same(other: Transport, url: str) -> bool:
        return not known or await identity(other, url) == known

    connected.same = same
    try:
        yield Connection(connected, greet, connected.moved)
    finally:
        await connected.close()
