"""`astrolabe snapshot`: read the cluster once, print the graph."""

from __future__ import annotations

import argparse
import asyncio
import sys

import structlog

from astrolabe.commands import gathering
from astrolabe.graph.cypher import as_cypher
from astrolabe.graph.export import as_dot, as_json
from astrolabe.graph.graphml import as_graphml
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)

_FORMS = {"json": as_json, "dot": as_dot, "cypher": as_cypher, "graphml": as_graphml}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--output", choices=sorted(_FORMS), default="json", help="default: json")
    gathering.add_flags(parser)


async def snapshot(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Print the graph once every list is in; return 1 if some are not when patience ends."""
    application, complete = await gathering.gathered(settings, arguments.patience, stopping)
    sys.stdout.writelines(_FORMS[arguments.output](application.graph))
    for state in application.supervisor.states:
        if not state.listed:
            log.warning("resource left out", resource=state.resource, phase=state.phase, error=state.error)
    return 0 if complete else 1
