"""Watches one cluster, from its credentials on; starts over if it turns out to be another cluster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

import structlog

from astrolabe.application import Application
from astrolabe.commands.acquaintance import Acquaintance, StartOver
from astrolabe.commands.connection import connection
from astrolabe.commands.persistence import open_state_writer
from astrolabe.kube.cluster import Cluster
from astrolabe.kube.credentials import Credentials
from astrolabe.kube.explanation import bare
from astrolabe.persistence.election import Outdated
from astrolabe.persistence.lease import Lease
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)

End: TypeAlias = Callable[[], Coroutine[object, object, object]]
"""Wait for what ends the following, and raise why."""

Serve: TypeAlias = Callable[[Application, End], Awaitable[None]]
"""Run an application until told to stop, or until its end comes."""


class Following:
    """One cluster, and what is remembered of it between two starts."""

    def __init__(
        self,
        settings: Settings,
        claim: Callable[[str], None] = lambda _: None,
        *,
        credentials: Credentials | None = None,
        **more: Any,
    ) -> None:
        """Make applications with `more` arguments; see `Acquaintance` for `claim`.

        The settings name the credentials, where none are given.
        """
        self._credentials = credentials
        self._claim = claim
        self._settings = settings
        self._more = more
        self._known = ""
        self._lease = Lease() if settings.leader_elect else None
        self._cluster: Cluster | None = None

    @property
    def server(self) -> str:
        """URL of the API server that was connected to last; empty before."""
        return bare(self._cluster.server) if self._cluster is not None else ""

    async def once(
        self,
        serve: Serve,
        greet: Callable[[Acquaintance], Awaitable[None]] | None = None,
    ) -> None:
        """Follow until `serve` ends, or the cluster is to be followed from the start again.

        Await `greet` before anything is built up. Raises `ConfigurationError`, and what `greet` raises.
        """
        async with connection(self._settings, self._credentials) as cluster:
            self._cluster = cluster
            acquaintance = Acquaintance(cluster, self._settings.namespaces, self._known, self._claim)
            try:
                if greet is not None:
                    await greet(acquaintance)
                async with open_state_writer(self._settings, acquaintance, self._lease) as state_writer:
                    application = Application(
                        self._settings,
                        cluster,
                        state_writer=state_writer,
                        lease=self._lease,
                        greet=acquaintance.greet,
                        **self._more,
                    )
                    await serve(application, acquaintance.moved)
            except (StartOver, Outdated) as reason:
                self._known = "" if cluster.moved.is_set() else acquaintance.known
                log.info("starting over", reason=str(reason))
