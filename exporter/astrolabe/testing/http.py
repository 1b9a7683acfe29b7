"""The simulated API server over real HTTP, on loopback."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.refusal import Broken

_HOST = "127.0.0.1"
_STOP_SECONDS = 0.5


@asynccontextmanager
async def serving(
    server: ApiServer, port: int = 0, *, context: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve on loopback, on a free port unless one is named, over TLS with a context; yields the URL."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await _handle(server, request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    # A watch whose client has gone must end, or it would pile up events until its time is over.
    runner = web.AppRunner(
        application, access_log=None, handler_cancellation=True, shutdown_timeout=_STOP_SECONDS
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, _HOST, port, ssl_context=context)
        await site.start()
        yield f"http{'s' if context else ''}://{_HOST}:{runner.addresses[0][1]}"
    finally:
        for watch in server.watches():
            watch.finish()
        await runner.cleanup()


async def _handle(server: ApiServer, request: web.Request) -> web.StreamResponse:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    response = web.StreamResponse()
    try:
        answer = await server.answer(
            request.path,
            request.query,
            method=request.method,
            accept=request.headers.get("Accept", "application/json"),
            token=token if scheme == "Bearer" else None,
            body=await request.read(),
        )
        try:
            response.set_status(answer.status)
            response.headers.update(answer.headers)
            await response.prepare(request)
            async for piece in answer.body:
                await response.write(piece)
        finally:
            answer.close()
        await response.write_eof()
    except Broken:
        if request.transport is not None:
            request.transport.abort()
    return response
