"""`astrolabe serve`: follow a cluster, or several, until told to stop."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from astrolabe.application import Application
from astrolabe.commands.acquaintance import Acquaintance
from astrolabe.commands.connection import addressed
from astrolabe.commands.following import End, Following
from astrolabe.commands.several import follow_several
from astrolabe.commands.state import said_on_signal
from astrolabe.settings import Settings


async def serve(settings: Settings, _arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Run the exporter. In a Pod it listens on all interfaces, elsewhere on loopback, unless told."""
    settings = addressed(settings)
    several = bool(settings.contexts or settings.clusterprofile_namespace)
    await (follow_several if several else follow)(settings, stopping)
    return 0


async def follow(settings: Settings, stopping: asyncio.Event, **clocks: Any) -> None:
    """Serve, whether the API server answers or not, unless the settings say that it has to.

    Raises `ConfigurationError`, and `Unreachable` and `ApiFailure` with `fail_fast`.
    """

    async def run(application: Application, moved: End) -> None:
        with said_on_signal(lambda: [application]):
            await application.run(stopping, moved)

    following = Following(settings, **clocks)
    while not stopping.is_set():
        await following.once(run, Acquaintance.greet if settings.fail_fast else None)
