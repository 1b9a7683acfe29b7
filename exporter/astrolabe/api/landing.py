"""GET /: the page for people. It is complete without scripts; with scripts it is live."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from aiohttp import web

from astrolabe.api.asked import path_to
from astrolabe.api.assets import ASSETS
from astrolabe.api.authentication import readable
from astrolabe.api.page.access import PATHS
from astrolabe.api.page.frame import asks_for_problems, document
from astrolabe.api.page.markup import CONTENT_SECURITY
from astrolabe.api.page.view import view_of
from astrolabe.api.state import STATE
from astrolabe.api.v1.reading import READING
from astrolabe.derived.diagnosis.problems import NONE

_ADDRESS = re.compile(r'\b(href|src|action|data-source)="/')
"""An address of this server in a page. What comes from a cluster has no double quote: it is escaped."""


async def landing(request: web.Request) -> web.Response:
    """Serve the page, as the query has it."""
    state, reading = request.app[STATE], request.app[READING]
    view = view_of(request.query)
    problems = await reading.broken.problems() if asks_for_problems(state.graph, view) else NONE
    paths = await readable(request, PATHS) if view.object else frozenset()
    pieces = document(state, view, request.app[ASSETS], problems, paths)
    return web.Response(
        text=await reading.scheduler.work(_joined(pieces, path_to(state.cluster))),
        content_type="text/html",
        charset="utf-8",
        headers=CONTENT_SECURITY,
    )


def _joined(pieces: Iterator[str], below: str) -> Generator[None, None, str]:
    """Return the page, with the addresses of this server below a path."""
    found = []
    for piece in pieces:
        found.append(_ADDRESS.sub(rf'\1="{below}/', piece) if below else piece)
        yield
    return "".join(found)
