"""Identifies the cluster: whether it answers, its version, and which cluster it is."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence

import structlog

from astrolabe.kube.cluster import Cluster, greet
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.identity import identity
from astrolabe.kube.transport import Transport, Unreachable

SOON = 0.5
"""Seconds for which the start waits for an answer. Whoever answers later does not hold up the listening."""

log = structlog.get_logger(__name__)


class StartOver(Exception):
    """It is known only now which cluster this is. Its text is one line that says why."""


class Acquaintance:
    """What is known of the cluster that a connection leads to."""

    def __init__(
        self,
        cluster: Cluster,
        namespaces: Sequence[str],
        known: str = "",
        claim: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take what an earlier acquaintance came to know of the same cluster.

        Call `claim` with what tells it from every other, once known. It may raise `ConfigurationError`.
        """
        self._claim = claim
        self._cluster = cluster
        self._namespaces = namespaces
        self._greeted = False
        self.known = known
        """What tells the cluster from every other; empty until it has answered."""
        self.supposed: str | None = None
        """Which cluster what was restored is of; empty where that had to be known to restore anything."""
        cluster.same = self._same

    @property
    def address(self) -> str:
        """What tells where the cluster is, before it has answered: its URL, its CA, and what may be read."""
        configuration = self._cluster.configuration
        parts = (configuration.server.encode(), configuration.ca, min(self._namespaces, default="").encode())
        return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:16]

    async def soon(self) -> str:
        """Return what is known of the cluster after a moment; raises `ConfigurationError` (a 401)."""
        if not self.known:
            try:
                async with asyncio.timeout(SOON):
                    await self._greet()
            except (Unreachable, ApiFailure, TimeoutError):
                return ""
        return self.known

    async def greet(self) -> None:
        """Ask until it is known what answers; raises `StartOver` where that is not what was supposed.

        Raises `ConfigurationError`, and `ApiFailure` and `Unreachable`, after which to ask again.
        """
        if not self._greeted:
            await self._greet()
        if self.supposed is not None and self.supposed != self.known:
            raise StartOver(
                "the restored state is of another cluster than the one that answers"
                if self.supposed
                else "the API server answers: the state can be looked for"
            )

    async def moved(self) -> None:
        """Wait until the credentials name another cluster, and raise `StartOver` then."""
        await self._cluster.moved.wait()
        raise StartOver("the credentials name another cluster")

    async def _greet(self) -> None:
        version = await greet(self._cluster)
        known = await identity(self._cluster, self._cluster.server, self._namespaces)
        self._claim(known)
        self.known = known
        self._greeted = True
        log.info("connected", server=self._cluster.server, version=version)

    async def _same(self, other: Transport, url: str) -> bool:
        return not self.known or await identity(other, url, self._namespaces) == self.known
