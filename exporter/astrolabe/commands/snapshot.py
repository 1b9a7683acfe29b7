"""`astrolabe snapshot`: read the cluster once, print the graph."""

from __future__ import annotations

import argparse
import asyncio
import sys

import structlog

from astrolabe.application import Application
from astrolabe.commands.connection import connected
from astrolabe.graph.cypher import as_cypher
from astrolabe.graph.export import as_dot, as_json
from astrolabe.graph.graphml import as_graphml
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)

_DAY = 86_400
_FORMS = {"json": as_json, "dot": as_dot, "cypher": as_cypher, "graphml": as_graphml}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--output", choices=sorted(_FORMS), default="json", help="default: json")
    parser.add_argument(
        "--patience",
        type=_patience,
        default=120,
        metavar="SECONDS",
        help="seconds to wait for the lists; default: 120",
    )


def _patience(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= _DAY:
        raise argparse.ArgumentTypeError(f"expected seconds from 0 to {_DAY}")
    return seconds


async def snapshot(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Print the graph once every list is in; return 1 if some are not when patience ends."""
    async with connected(settings) as cluster:
        application = Application(settings, cluster)
        complete = await application.gather(arguments.patience, stopping)
    sys.stdout.writelines(_FORMS[arguments.output](application.graph))
    for state in application.supervisor.states:
        if not state.listed:
            log.warning("resource left out", resource=state.resource, phase=state.phase, error=state.error)
    return 0 if complete else 1
