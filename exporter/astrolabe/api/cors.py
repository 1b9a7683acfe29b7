"""Which pages of other origins may read the API from a browser (the Fetch standard's CORS protocol).

Nothing is said to origins that are not in the settings, and nothing at all where there are none. Credentials
that a browser sends of itself are not asked for: a page shows the token that it was given.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from astrolabe.api import limits
from astrolabe.api.asked import path_of

_SHARED: Final = ("/api/", "/openapi.json")
_METHODS = "GET, HEAD"
_HEADERS = "Authorization, If-None-Match, Last-Event-ID"
"""What a page may send besides what it always may."""
_METHODS_OF_GRAPHQL = "GET, HEAD, POST"
_HEADERS_OF_GRAPHQL = "Authorization, Content-Type"
_READABLE = "Astrolabe-Left-Out, ETag, Last-Event-ID, Link, Retry-After"
"""What a page may read besides what it always may."""
_REMEMBERED = "600"
"""Seconds that a browser need not ask again."""


class Sharing:
    """Answers preflight requests, and marks answers for the origins that may read them."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def allowed(self, request: web.Request) -> str:
        """Return the origin that may read the answer to a request, empty where none may."""
        origin = request.headers.get(hdrs.ORIGIN, "")
        if not origin or not path_of(request).startswith(_SHARED):
            return ""
        if "*" in self._origins:
            return "*"
        return origin if origin in self._origins else ""

    @web.middleware
    async def preflight(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer what browsers ask before they ask; they send no credentials with that."""
        if (
            request.method == hdrs.METH_OPTIONS
            and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
            and self.allowed(request)
        ):
            posts = path_of(request) == limits.GRAPHQL
            return web.Response(
                status=204,
                headers={
                    hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS_OF_GRAPHQL if posts else _METHODS,
                    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _HEADERS_OF_GRAPHQL if posts else _HEADERS,
                    hdrs.ACCESS_CONTROL_MAX_AGE: _REMEMBERED,
                },
            )
        return await handler(request)

    async def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Say who may read an answer, whatever it is."""
        if not self._origins or not path_of(request).startswith(_SHARED):
            return
        vary = response.headers.get(hdrs.VARY)
        response.headers[hdrs.VARY] = f"{vary}, {hdrs.ORIGIN}" if vary else hdrs.ORIGIN
        if origin := self.allowed(request):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _READABLE
