"""Bodies of POST requests, read completely before a query takes a place, so a slow sender blocks nobody."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from astrolabe.api import limits

BODY = web.RequestKey("body", bytes)
"""The body of a request to a path that takes one."""


@web.middleware
async def posted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read the body of a question in GraphQL, or refuse it: its form, its size, its pace."""
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else ""
    if path in (limits.GRAPHQL, limits.GRAPHQL_TOO) and request.method == hdrs.METH_POST:
        if request.content_type != "application/json" or hdrs.CONTENT_ENCODING in request.headers:
            _refuse(web.HTTPUnsupportedMediaType(text="a body in application/json is needed, as it is\n"))
        if (request.content_length or 0) > limits.BODY_BYTES:
            _refuse(_too_large(request.content_length or 0))
        try:
            async with asyncio.timeout(limits.BODY_SECONDS):
                request[BODY] = await _body(request)
        except TimeoutError:
            _refuse(web.HTTPRequestTimeout(text=f"the body did not come within {limits.BODY_SECONDS:g} s\n"))
    return await handler(request)


async def _body(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limits.BODY_BYTES:
            _refuse(_too_large(len(body)))
    return bytes(body)


def _too_large(size: int) -> web.HTTPError:
    text = f"the body has more than {limits.BODY_BYTES} bytes\n"
    return web.HTTPRequestEntityTooLarge(limits.BODY_BYTES, size, text=text)


def _refuse(refusal: web.HTTPError) -> NoReturn:
    # What is still to come is not read as the next request.
    refusal.force_close()
    raise refusal
