"""Reads a cluster once, for a command that answers one question."""

from __future__ import annotations

import argparse
import asyncio
import math
from collections.abc import Iterable

from astrolabe.application import Application
from astrolabe.commands.connection import connected
from astrolabe.kube.observer import WatchState
from astrolabe.settings import Settings, SettingsError

_DAY = 86_400
_NAMED = 3
"""Resources that are named at most."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add how long to wait."""
    parser.add_argument(
        "--patience",
        type=seconds,
        default=120,
        metavar="SECONDS",
        help="seconds to wait for the lists; default: 120",
    )


def seconds(text: str) -> float:
    """Parse a time in seconds, at most a day."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= _DAY:
        raise argparse.ArgumentTypeError(f"expected seconds from 0 to {_DAY}")
    return found


async def gathered(settings: Settings, patience: float, stopping: asyncio.Event) -> tuple[Application, bool]:
    """Read the cluster once; say whether every list came in. Raises `SettingsError` if it is told to stop."""
    async with connected(settings) as cluster:
        application = Application(settings, cluster)
        complete = await application.gather(patience, stopping)
    if stopping.is_set() and not complete:
        # Half a cluster looks healthier than it is.
        raise SettingsError("stopped before everything was read: there is no answer")
    return application, complete


def left_out(states: Iterable[WatchState]) -> str:
    """Say what could not be read, and what helps."""
    found = list(states)
    forbidden = [each.resource for each in found if each.phase == "forbidden"]
    silent = [each.resource for each in found if not each.settled]
    said = []
    if forbidden:
        said.append(f"{_names(forbidden)} may not be watched (`astrolabe check` prints the missing rules)")
    if silent:
        said.append(f"{_names(silent)} did not answer in time (--patience)")
    reasons = f": {'; '.join(said)}" if said else ""
    return f"not everything could be read, the answer may be incomplete{reasons}"


def _names(resources: list[str]) -> str:
    rest = len(resources) - _NAMED
    return ", ".join(resources[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
