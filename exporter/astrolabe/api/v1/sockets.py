"""GET /api/v1/changes/ws: the events of /api/v1/changes as messages of a WebSocket."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from msgspec import Meta

from astrolabe.api.connection import connection_of
from astrolabe.api.cors import Sharing
from astrolabe.api.v1 import forms
from astrolabe.api.v1.changes import CATCH_UP, CLOSING, Beginning, Resume, Streams
from astrolabe.api.v1.followed import Part, form_of
from astrolabe.api.v1.query import read
from astrolabe.api.v1.subscribers import Subscriber

LARGEST = 1 << 10
"""Bytes of a message that a client may send."""
FRAMES = 1000
"""Filters, pings and pongs that a client may send before it has to come back."""
_REASON = 123
"""Bytes of the words with which a connection is closed."""
_NOT_READ = b'{"reason":"you did not read on: what happened meanwhile is left out"}'
_FRAMES_PER_ROUND = 50
"""Frames that are answered in one round of the loop."""
_AT_ONCE = 1 << 14
"""Bytes that a client may send at once: to read the frames of more takes longer than a turn."""
_AT_ONCE_AT_THE_END = 1 << 8
"""The same while it is waited for to hear the end."""


class Follow(Resume, frozen=True):
    """Where to begin, and what to follow."""

    namespace: Annotated[
        tuple[str, ...], Meta(description="Only objects of this namespace; of one of several.")
    ] = ()
    kind: Annotated[
        tuple[str, ...],
        Meta(
            description="Only objects of this kind, with the group for custom resources; of one of several."
        ),
    ] = ()
    release: Annotated[
        tuple[str, ...],
        Meta(description="Only objects that belong to a Helm release of this name; to one of several."),
    ] = ()

    @property
    def part(self) -> Part:
        """What is followed at first."""
        return Part(self.namespace, self.kind, self.release)


class Sockets:
    """Serves the changes to WebSocket clients."""

    def __init__(self, streams: Streams, sharing: Sharing) -> None:
        self._streams = streams
        self._sharing = sharing

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Send events until the client leaves, does not keep up, or its time is over."""
        query = read(request, Follow)
        event_id = request.headers.get("Last-Event-ID") or query.last_event_id
        self._refuse_other_origins(request)
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=LARGEST, timeout=CLOSING)
        if not socket.can_prepare(request):
            raise web.HTTPUpgradeRequired(
                text="a WebSocket is needed; /api/v1/changes has the same events without one\n",
                headers={hdrs.UPGRADE: "websocket"},
            )
        async with self._streams.join(request, event_id, form_of(query.part)) as (subscriber, beginning):
            await _Conversation(self._streams, request, socket, subscriber).held(beginning)
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


class _Conversation:
    """What is said on one connection."""

    def __init__(
        self, streams: Streams, request: web.Request, socket: web.WebSocketResponse, subscriber: Subscriber
    ) -> None:
        self._streams = streams
        self._request = request
        self._socket = socket
        self._subscriber = subscriber
        self._live = False
        self._wanted: Part | None = None
        """What is to be followed once the client has everything up to now."""

    async def held(self, beginning: Beginning) -> None:
        """Tell the client what it missed and what happens, and listen to it, until the end."""
        connection = connection_of(self._request)
        connection.most_at_once = _AT_ONCE
        await self._socket.prepare(self._request)
        listening = asyncio.create_task(self._listen())
        try:
            if await self._caught_up(beginning):
                self._live = True
                self._subscriber.recovers = self._left_out
                connection.reads_on = self._subscriber.recover
                if self._wanted is not None:
                    self._follow(self._wanted)
                await self._streams.live(self._subscriber, self._sign)
                connection.most_at_once = _AT_ONCE_AT_THE_END
                await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"come back with the last id")
        finally:
            listening.cancel()

    def _sign(self) -> bytes:
        """Return a sign of life, and up to where it goes where the client does not hear of everything."""
        begin = forms.message("begin", self._streams.id(self._subscriber))
        return forms.PING if self._subscriber.form is forms.in_message else begin + forms.PING

    def _left_out(self) -> bytes:
        """Return what a client is told that reads on, and has missed something."""
        reset = forms.message("reset", self._streams.id(self._subscriber), _NOT_READ)
        return reset if self._wanted is None else reset + self._agreed(self._wanted)

    def _agreed(self, part: Part) -> bytes:
        return forms.message("filter", self._streams.id(self._subscriber), msgspec.json.encode(part))

    async def _caught_up(self, beginning: Beginning) -> bool:
        """Send what a client missed; return whether it is still there, and has it."""
        subscriber = self._subscriber
        try:
            async with asyncio.timeout(CATCH_UP):
                if beginning.id:
                    subscriber.pass_on(_greeting(beginning))
                async for piece in self._streams.missed(subscriber):
                    subscriber.pass_on(piece)
                    await self._request.writer.drain()
        except TimeoutError:
            subscriber.give_up()
        return not subscriber.over.is_set()

    def _follow(self, part: Part) -> None:
        """Tell from here on what happens to a part of the graph."""
        self._wanted = part
        if self._live:
            self._subscriber.form = form_of(part)
            self._subscriber.pass_on(self._agreed(part))

    async def _listen(self) -> None:
        """Read what a client sends until it leaves; one that sends what it should not is sent away."""
        subscriber = self._subscriber
        end = forms.close(WSCloseCode.POLICY_VIOLATION, b"too many messages")
        for number in range(FRAMES):
            received = await self._socket.receive()
            if received.type is WSMsgType.PING:
                subscriber.pass_on(forms.pong(received.data))
            elif received.type is WSMsgType.TEXT:
                try:
                    self._follow(msgspec.json.decode(received.data, type=Part))
                except (msgspec.DecodeError, RecursionError) as error:
                    end = _refused(f"not a filter: {error}")
                    break
            elif received.type is WSMsgType.BINARY:
                end = _refused("a filter is text")
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
        if end and self._request.transport is not None:
            # What it still sends is not read, not even to wait for its word that it heard the end.
            self._request.transport.close()
        self._streams.dismiss(subscriber)


def _refused(words: str) -> bytes:
    """Return the end for who sent what cannot be used. A reason has few bytes (RFC 6455, 5.5)."""
    return forms.close(WSCloseCode.UNSUPPORTED_DATA, words.encode("ascii", "replace")[:_REASON])


def _greeting(beginning: Beginning) -> bytes:
    if beginning.lost:
        return forms.message("reset", beginning.id, beginning.data)
    return forms.message("begin", beginning.id)
