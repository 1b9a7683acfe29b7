"""`astrolabe serve`: follow a cluster until told to stop."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

import structlog

from astrolabe.application import Application
from astrolabe.commands.acquaintance import Acquaintance, StartOver
from astrolabe.commands.connection import addressed, connection
from astrolabe.commands.persistence import open_state_writer
from astrolabe.commands.state import said_on_signal
from astrolabe.persistence.election import Outdated
from astrolabe.persistence.lease import Lease
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)


async def serve(settings: Settings, _arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Run the exporter. In a Pod it listens on all interfaces, elsewhere on loopback, unless told."""
    settings = addressed(settings)
    await follow(settings, stopping)
    return 0


async def follow(settings: Settings, stopping: asyncio.Event, **clocks: Any) -> None:
    """Serve, whether the API server answers or not, unless the settings say that it has to.

    Raises `ConfigurationError`, and `Unreachable` and `ApiFailure` with `fail_fast`.
    """
    known = ""
    lease = Lease() if settings.leader_elect else None
    while not stopping.is_set():
        async with connection(settings) as cluster:
            acquaintance = Acquaintance(cluster, settings.namespaces, known)
            try:
                if settings.fail_fast:
                    await acquaintance.greet()
                async with open_state_writer(settings, acquaintance, lease) as state_writer:
                    application = Application(
                        settings,
                        cluster,
                        state_writer=state_writer,
                        lease=lease,
                        greet=acquaintance.greet,
                        **clocks,
                    )
                    with said_on_signal(application):
                        await application.run(stopping, acquaintance.moved)
            except (StartOver, Outdated) as reason:
                known = "" if cluster.moved.is_set() else acquaintance.known
                log.info("starting over", reason=str(reason))
