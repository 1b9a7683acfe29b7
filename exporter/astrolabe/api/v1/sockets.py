"""GET /api/v1/changes/ws: the events of /api/v1/changes as messages of a WebSocket."""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from astrolabe.api.connection import connection_of
from astrolabe.api.cors import Sharing
from astrolabe.api.v1 import forms
from astrolabe.api.v1.changes import CATCH_UP, CLOSING, Beginning, Resume, Streams
from astrolabe.api.v1.query import read
from astrolabe.api.v1.subscribers import Subscriber

LARGEST = 1 << 10
"""Bytes of a message that a client may send; the answer to any is that none is read."""
CONTROL_FRAMES = 1000
"""Pings and pongs that a client may send before it has to come back."""
_FRAMES_PER_ROUND = 50
"""Frames that are answered in one round of the loop."""
_AT_ONCE = 1 << 14
"""Bytes that a client may send at once: to read the frames of more takes longer than a turn."""
_AT_ONCE_AT_THE_END = 1 << 8
"""The same while it is waited for to hear the end."""


class Sockets:
    """Serves the changes to WebSocket clients."""

    def __init__(self, streams: Streams, sharing: Sharing) -> None:
        self._streams = streams
        self._sharing = sharing

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Send events until the client leaves, does not keep up, or its time is over."""
        event_id = request.headers.get("Last-Event-ID") or read(request, Resume).last_event_id
        self._refuse_other_origins(request)
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=LARGEST, timeout=CLOSING)
        if not socket.can_prepare(request):
            raise web.HTTPUpgradeRequired(
                text="a WebSocket is needed; /api/v1/changes has the same events without one\n",
                headers={hdrs.UPGRADE: "websocket"},
            )
        async with self._streams.join(request, event_id, forms.in_message) as (subscriber, beginning):
            await self._serve(request, socket, subscriber, beginning)
        return socket

    def _refuse_other_origins(self, request: web.Request) -> None:
        """Raise 403 for a page of an origin that may not read here: browsers leave this to the server."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or origin.partition("://")[2].lower() == request.host.lower():
            return
        if not self._sharing.allowed(request):
            raise web.HTTPForbidden(
                text="pages of this origin may not follow: cors_origins does not name it\n"
            )

    async def _serve(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        subscriber: Subscriber,
        beginning: Beginning,
    ) -> None:
        connection = connection_of(request)
        connection.most_at_once = _AT_ONCE
        await socket.prepare(request)
        listening = asyncio.create_task(self._listen(request, socket, subscriber))
        try:
            if await self._caught_up(request, subscriber, beginning):
                await self._streams.live(subscriber, forms.PING)
                connection.most_at_once = _AT_ONCE_AT_THE_END
                await socket.close(code=WSCloseCode.GOING_AWAY, message=b"come back with the last id")
        finally:
            listening.cancel()

    async def _caught_up(self, request: web.Request, subscriber: Subscriber, beginning: Beginning) -> bool:
        """Send what a client missed; return whether it is still there, and has it."""
        try:
            async with asyncio.timeout(CATCH_UP):
                if beginning.id:
                    subscriber.pass_on(_greeting(beginning))
                async for piece in self._streams.missed(subscriber):
                    subscriber.pass_on(piece)
                    await request.writer.drain()
        except TimeoutError:
            subscriber.give_up()
        return not subscriber.over.is_set()

    async def _listen(
        self, request: web.Request, socket: web.WebSocketResponse, subscriber: Subscriber
    ) -> None:
        """Read what a client sends until it leaves; one that sends more than signs of life is sent away."""
        end = forms.close(WSCloseCode.POLICY_VIOLATION, b"too many pings")
        for number in range(CONTROL_FRAMES):
            received = await socket.receive()
            if received.type is WSMsgType.PING:
                subscriber.pass_on(forms.pong(received.data))
            elif received.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                end = forms.close(WSCloseCode.UNSUPPORTED_DATA, b"nothing is read from who follows")
                break
            elif received.type is not WSMsgType.PONG:
                # It left; or what it sent is no frame, or too large a one, and it was told so already.
                end = b""
                break
            if number % _FRAMES_PER_ROUND == 0:
                await asyncio.sleep(0)
        if subscriber.over.is_set():
            return
        subscriber.pass_on(end)
        if end and request.transport is not None:
            # What it still sends is not read, not even to wait for its word that it heard the end.
            request.transport.close()
        self._streams.dismiss(subscriber)


def _greeting(beginning: Beginning) -> bytes:
    if beginning.lost:
        return forms.message("reset", beginning.id, beginning.data)
    return forms.message("begin", beginning.id)
