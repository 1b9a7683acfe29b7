"""Refusals: always with the same headers, and without information about the program or its failure."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from astrolabe.api.asked import path_of
from astrolabe.api.v1 import errors

MALFORMED: Final = "this is no HTTP request, or too large a one\n"
FAILED: Final = "the exporter failed, its log says how\n"


def harden(response: web.StreamResponse) -> None:
    """Set the headers that every answer has."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    response.headers[hdrs.SERVER] = "astrolabe"  # and not which versions of what


def refusal(request: web.BaseRequest, status: int, text: str) -> web.Response:
    """Return the answer to what cannot be served, after which the connection is closed."""
    response = web.Response(status=status, text=text)
    errors.as_json(path_of(request), response)
    harden(response)
    response.force_close()
    return response
