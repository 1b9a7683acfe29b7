"""The HTTP server: which paths there are, on which port."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from astrolabe.api import assets, documentation, health, landing, limits
from astrolabe.api.connection import hardened
from astrolabe.api.graphql import endpoint
from astrolabe.api.listener import Listener, bind
from astrolabe.api.port import ListenError, Port
from astrolabe.api.protection import Protection
from astrolabe.api.scrape import OfOne, Scraper
from astrolabe.api.state import STATE, State
from astrolabe.api.v1 import routes
from astrolabe.api.v1.changes import Streams
from astrolabe.api.v1.sockets import Sockets

_CLOSING = 1.0
"""Seconds that clients get to read on when the program stops; aiohttp waits as long again to end them."""


def application(state: State, page: Port, protection: Protection) -> web.Application:
    """Build the paths of one port."""
    app = guarded(protection)
    attach(app, state, page, protection)
    return app


def guarded(protection: Protection) -> web.Application:
    """Return an application without paths; each that is added is protected."""
    app = web.Application(middlewares=protection.middlewares)
    app.on_response_prepare.append(hardened)
    app.on_response_prepare.append(protection.sharing.mark)
    return app


def attach(app: web.Application, state: State, page: Port, protection: Protection) -> None:
    """Add the paths of one cluster that a port has."""
    app[STATE] = state
    scraper = Scraper(OfOne(state), graph=page.graph, telemetry=page.telemetry)
    app.router.add_get(limits.SCRAPE, scraper.metrics)
    health.attach(app)
    if page.graph:
        app.router.add_get("/", landing.landing)
        assets.attach(app)
        documentation.attach(app)
        routes.attach(app)
        endpoint.attach(app, limits.GRAPHQL, limits.GRAPHQL_TOO)
        streams = Streams(state.feed, state.telemetry, state.scheduler.group())
        app.router.add_get(limits.STREAM, streams.changes)
        app.router.add_get(limits.SOCKET, Sockets(streams, protection.sharing).changes)
        app.on_shutdown.append(streams.on_shutdown)


@asynccontextmanager
async def listen(
    app: web.Application, address: str, page: Port, protection: Protection
) -> AsyncIterator[str]:
    """Serve an application on one port; yield its URL. Port 0 takes a free one. Raises `ListenError`."""
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=_CLOSING)
    await runner.setup()
    assert runner.server is not None
    listener = None
    try:
        try:
            sockets = await bind(address, page.port)
        except OSError as error:
            raise ListenError(_refusal(error, address, page)) from None
        host, port = sockets[0].getsockname()[:2]
        certificate = protection.certificate
        listener = Listener(
            sockets, runner.server, protection.connections, certificate.context if certificate else None
        )
        yield f"{'https' if certificate else 'http'}://{_named(host)}:{port}"
    finally:
        if listener is not None:
            listener.close()
            protection.connections.close()
        await runner.cleanup()


def _refusal(error: OSError, address: str, page: Port) -> str:
    flag = page.flag
    where = f"{address}:{page.port}"
    if isinstance(error, socket.gaierror):
        return f"cannot listen on {where}: no such address on this machine: check --address"
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {page.port} is in use: choose another one with {flag}"
        case errno.EACCES:
            return f"cannot listen on {where}: that needs privileges: choose a port above 1023 with {flag}"
        case errno.EADDRNOTAVAIL:
            return f"cannot listen on {where}: no such address on this machine: check --address"
        case _:
            return f"cannot listen on {where} ({error.strerror}): check --address and {flag}"


def _named(host: str) -> str:
    """Return how a browser on the same machine reaches an address; IPv6 sockets here take IPv6 alone."""
    if ":" in host:
        return "[::1]" if ipaddress.ip_address(host).is_unspecified else f"[{host}]"
    return "localhost" if host in ("0.0.0.0", "127.0.0.1") else host  # noqa: S104
