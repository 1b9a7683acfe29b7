"""`astrolabe serve`: follow a cluster until told to stop."""

from __future__ import annotations

import argparse
import asyncio

import msgspec

from astrolabe.application import Application
from astrolabe.commands.connection import connected, credentials_of
from astrolabe.commands.keeping import kept
from astrolabe.kube.serviceaccount import ServiceAccount
from astrolabe.settings import Settings


async def serve(settings: Settings, _arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Run the exporter. In a Pod it listens on all interfaces, elsewhere on loopback, unless told."""
    if not settings.address:
        in_pod = isinstance(credentials_of(settings), ServiceAccount)
        # A Pod is scraped from outside of it; its network is closed by a NetworkPolicy.
        settings = msgspec.structs.replace(settings, address="0.0.0.0" if in_pod else "127.0.0.1")  # noqa: S104
    async with connected(settings) as cluster, kept(settings, cluster) as keeper:
        await Application(settings, cluster, keeper=keeper).run(stopping)
    return 0
