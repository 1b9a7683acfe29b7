"""Every path that the exporter serves, from its own table of routes."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

from astrolabe.api import assets, http
from astrolabe.api.port import Port
from astrolabe.api.state import State
from astrolabe.application import Application
from astrolabe.parts import protection_by
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess

_VALUES = {
    "id": ["Pod/shop/web-abc-1"],
    "name": assets.Assets().names,
    "page": ["", "runbooks/AstrolabeDown.md"],
}
"""What stands for the variable parts of paths."""


def served(*, graph: bool = True) -> list[str]:
    """Return them all: variable parts have each of their values, or one where there are too many."""
    with ThreadPoolExecutor(1) as elsewhere:
        # An application is made in a loop; tests may ask from within another one.
        return elsewhere.submit(asyncio.run, _served(graph=graph)).result()


async def _served(*, graph: bool) -> list[str]:
    settings, transport = Settings(), InProcess(ApiServer())
    application = Application(settings, transport)
    state = State(
        application.graph,
        application.exposition,
        application.telemetry,
        application.supervisor,
        application.bus,
        application.scheduler,
        application.feed,
        application.access,
        application.recent,
        application.sleep,
        application.cost,
    )
    app = http.application(state, Port(0, graph=graph), protection_by(settings, lambda _: {}))
    found = {path for resource in app.router.resources() for path in _filled(resource.canonical)}
    return sorted(found)


def _filled(canonical: str) -> list[str]:
    variable = re.search(r"\{(\w+)\}", canonical)
    if variable is None:
        return [canonical]
    return [canonical.replace(variable[0], value) for value in _VALUES[variable[1]]]
