"""Where Slack's requests come in: checked, given to Bolt, and acknowledged at once."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Protocol

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from astrolabe.override.slack import signature

PATH = "/slack/events"
_BODY_BYTES = 512 * 1024


class Observer(Protocol):
    """Hears how fast requests are acknowledged."""

    def acknowledged(self, seconds: float) -> None:
        """Note a request that was acknowledged."""
        ...


def application(
    app: AsyncApp, secret: Callable[[], str], clock: Callable[[], float], observer: Observer
) -> web.Application:
    """Build the one path that Slack calls."""

    async def incoming(request: web.Request) -> web.Response:
        start = perf_counter()
        body = await request.read()
        headers = request.headers
        given = headers.get("X-Slack-Signature", "")
        if not signature.holds(secret(), headers.get("X-Slack-Request-Timestamp", ""), body, given, clock()):
            return web.Response(status=401, text="not signed by Slack, or too old\n")
        answer = await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))
        observer.acknowledged(perf_counter() - start)
        return answer

    found = web.Application(client_max_size=_BODY_BYTES)
    found.router.add_post(PATH, incoming)
    return found
