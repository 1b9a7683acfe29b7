"""`astrolabe demo`: the real exporter, over real HTTP, against a simulated shop that lives through a day."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import msgspec
import structlog

from astrolabe.application import Application
from astrolabe.demo.cluster import DAY_MINUTES, Demo, demo_cluster
from astrolabe.demo.day.story import LENGTHS
from astrolabe.kube.cluster import connect, greet
from astrolabe.kube.configuration import Configuration
from astrolabe.kube.credentials import Fixed
from astrolabe.settings import Settings

Beside = Callable[[Demo, Settings], AbstractAsyncContextManager[None]]
"""Runs something beside the exporter for as long as the shop is open."""

log = structlog.get_logger(__name__)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "--day",
        type=int,
        choices=LENGTHS,
        default=DAY_MINUTES,
        metavar="MINUTES",
        help=f"real minutes that a day of the shop takes: {', '.join(map(str, LENGTHS))};"
        f" default: {DAY_MINUTES}",
    )
    parser.add_argument("--override", action="store_true", help="also run the override service")


async def demo(
    settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event, beside: Beside | None = None
) -> int:
    """Run the shop and the exporter until told to stop; only loopback hears of it unless told."""
    settings = msgspec.structs.replace(settings, address=settings.address or "127.0.0.1")

    def tell(time: str, what: str) -> None:
        log.info("in the shop", time=time, what=what)

    log.info("opening the shop", day=f"{arguments.day} min")
    async with demo_cluster(minutes=arguments.day, tell=tell) as cluster:
        transport = await connect(Fixed(Configuration(server=cluster.url)))
        try:
            await greet(transport)
            scheme = "https" if settings.tls_cert_file else "http"
            log.info(
                "the shop is open", api_server=cluster.url, page=f"{scheme}://localhost:{settings.port}/"
            )
            async with nullcontext() if beside is None else beside(cluster, settings):
                await Application(settings, transport).run(stopping)
        finally:
            await transport.close()
    return 0
