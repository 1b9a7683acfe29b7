"""GET /: the page for people. Whole without scripts; with them it is live."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from aiohttp import web

from astrolabe.api.assets import ASSETS
from astrolabe.api.page.frame import document
from astrolabe.api.page.view import view_of
from astrolabe.api.state import STATE
from astrolabe.api.v1.reading import READING
from astrolabe.api.v1.turns import in_turns

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Nothing from elsewhere, nothing inline."""


async def landing(request: web.Request) -> web.Response:
    """Serve the page, as the query has it."""
    pieces = document(request.app[STATE], view_of(request.query), request.app[ASSETS])
    return web.Response(
        text=await in_turns(request.app[READING].turns, _joined(pieces)),
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"},
    )


def _joined(pieces: Iterator[str]) -> Generator[None, None, str]:
    found = []
    for piece in pieces:
        found.append(piece)
        yield
    return "".join(found)
