"""GET /api/v1/changes: the graph's changes as server-sent events, from now or from a client's last event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import uniform
from typing import Annotated, NamedTuple

from aiohttp import hdrs, web
from msgspec import Meta

from astrolabe.api.authentication import readable, rechecked
from astrolabe.api.connection import connection_of
from astrolabe.api.v1 import forms
from astrolabe.api.v1.feed import RESTRICTED, Feed
from astrolabe.api.v1.forms import Form
from astrolabe.api.v1.query import Query, read
from astrolabe.api.v1.subscribers import Subscriber, Subscribers
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.scheduling.scheduler import Scheduler

STREAMS_AT_ONCE = 256
"""Clients at once; they take none of the places of those who ask and go."""
CATCH_UP = 120.0
"""Seconds that a client has to read what it missed."""
HEARTBEAT = 15.0
"""Seconds between signs of life, for proxies that close connections on which nothing comes."""
LIFETIME = (300.0, 600.0)
"""Seconds, at random between these, until a stream ends: its client resumes, and shows its credentials."""
CLOSING = 1.0
"""Seconds that a client has to read the end."""
_RECONNECT_MILLISECONDS = 2000
"""Milliseconds after which a client comes back."""
_FULL_RETRY = 30
"""Seconds after which a client may try again to find a place."""
_PIECE_BYTES = 1 << 16
_SIGN_OF_LIFE = b":\n\n"
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    # nginx would keep events back to fill its buffers.
    "X-Accel-Buffering": "no",
}


class Resume(Query, frozen=True):
    """Where to begin."""

    last_event_id: Annotated[
        str, Meta(description="As the header Last-Event-ID, which counts where both are given.")
    ] = ""


class Beginning(NamedTuple):
    """Where a client begins."""

    number: int
    """Of the newest event that it has, or need not have."""
    id: str = ""
    """Of the state that it begins at; empty where it goes on from its own."""
    lost: str = ""
    """Why it has to read the graph again, where it has to."""

    @property
    def data(self) -> bytes:
        """The data of the event `reset`."""
        return b'{"reason":"%b"}' % self.lost.encode()


class Streams:
    """Serves the changes of one feed: as server-sent events, and to who serves them otherwise."""

    def __init__(self, feed: Feed, telemetry: Telemetry, scheduler: Scheduler) -> None:
        self._feed = feed
        self._subscribers = Subscribers(feed, telemetry, scheduler)
        self._scheduler = scheduler

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Serve events until the client leaves, does not keep up, or its time is over."""
        # A browser that comes back has the newer id in its header, and the older one still in its URL.
        event_id = read(request, Resume).last_event_id
        event_id = request.headers.get("Last-Event-ID") or event_id
        response = web.StreamResponse(headers=_HEADERS)
        if request.method == hdrs.METH_HEAD:
            return web.Response(headers=_HEADERS)
        async with self.join(request, event_id, forms.plain) as (subscriber, beginning):
            await self._serve(request, response, subscriber, _greeting(beginning))
        return response

    async def on_shutdown(self, _app: web.Application) -> None:
        """Send all clients away."""
        self._subscribers.close()

    @asynccontextmanager
    async def join(
        self, request: web.Request, event_id: str, form: Form
    ) -> AsyncIterator[tuple[Subscriber, Beginning]]:
        """Take a client in for as long as it is served; raises 503 where there are too many.

        One that leaves, or stalls at the end, is cut off without a word.
        """
        paths = await readable(request, RESTRICTED)
        if len(self._subscribers) >= STREAMS_AT_ONCE:
            self._subscribers.sweep()
        if len(self._subscribers) >= STREAMS_AT_ONCE or request.transport is None:
            raise web.HTTPServiceUnavailable(
                text=f"{STREAMS_AT_ONCE} clients follow the changes already\n",
                headers={"Retry-After": str(_FULL_RETRY)},
            )
        with self._feed.subscribed():
            beginning = self.begin(event_id)
            subscriber = Subscriber(request.transport, beginning.number, paths, form)
            self._subscribers.enter(subscriber)
            connection_of(request).streaming = True
            watching = asyncio.create_task(self._watch(request, subscriber))
            try:
                yield subscriber, beginning
            except (TimeoutError, ConnectionError):
                subscriber.cut()
            finally:
                watching.cancel()
                self._subscribers.leave(subscriber)

    def dismiss(self, subscriber: Subscriber) -> None:
        """Send a client nothing more."""
        self._subscribers.dismiss(subscriber)

    async def missed(self, subscriber: Subscriber) -> AsyncIterator[bytes]:
        """Yield what a client missed, as fast as it reads; gives up one that falls behind the history."""
        history = self._feed.history
        while not subscriber.over.is_set():
            # As with scrapes, one piece is prepared a turn of the loop, however many clients come back.
            async with self._scheduler:
                if not history.reaches(subscriber.number):
                    subscriber.give_up()
                    return
                piece = bytearray()
                while len(piece) < _PIECE_BYTES and (event := history.after(subscriber.number)) is not None:
                    if subscriber.hears(event):
                        piece += subscriber.form(event)
                    subscriber.number = event.number
                if not piece:
                    return
            yield bytes(piece)

    async def live(self, subscriber: Subscriber, sign: Callable[[], bytes]) -> None:
        """Have a client told what happens until its time is over, and send a sign of life now and then."""
        self._subscribers.go_live(subscriber)
        await _keep_alive(subscriber, sign)

    async def _watch(self, request: web.Request, subscriber: Subscriber) -> None:
        """Keep a client to what it may read, and send it away once that is nothing."""
        async for paths in rechecked(request, RESTRICTED):
            subscriber.paths = paths
        self._subscribers.dismiss(subscriber)

    def id(self, subscriber: Subscriber) -> str:
        """Return the id of the newest event that a client has, or need not have."""
        return self._feed.id(subscriber.number)

    def begin(self, event_id: str) -> Beginning:
        """Return where a client begins that has everything up to an event."""
        now = self._feed.mark()
        newest, number = self._feed.history.last, self._feed.number(event_id)
        if not event_id:
            return Beginning(newest, now)
        if number is None:
            return Beginning(newest, now, "the id is not of this process")
        if not self._feed.history.reaches(number):
            return Beginning(newest, now, "the events after the id are not kept any more")
        return Beginning(number)

    async def _serve(
        self, request: web.Request, response: web.StreamResponse, subscriber: Subscriber, greeting: bytes
    ) -> None:
        try:
            async with asyncio.timeout(CATCH_UP):
                await response.prepare(request)
                await response.write(greeting)
                async for piece in self.missed(subscriber):
                    await response.write(piece)
        except TimeoutError:
            subscriber.give_up()
        if subscriber.over.is_set():
            return
        sign = _SIGN_OF_LIFE
        if response.headers.get(hdrs.TRANSFER_ENCODING) == "chunked":
            subscriber.form, sign = forms.chunked, forms.in_chunk(sign)
        await self.live(subscriber, lambda: sign)
        if not subscriber.gone:
            async with asyncio.timeout(CLOSING):
                await response.write_eof()


async def _keep_alive(subscriber: Subscriber, sign: Callable[[], bytes]) -> None:
    """Return when the stream is over; send a sign of life now and then until it is."""
    try:
        async with asyncio.timeout(uniform(*LIFETIME)):  # noqa: S311  (no secret)
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await subscriber.over.wait()
                except TimeoutError:
                    subscriber.pass_on(sign())
                else:
                    return
    except TimeoutError:
        subscriber.over.set()


def _greeting(beginning: Beginning) -> bytes:
    """Return what a client is told first, in the form of the HTML standard."""
    greeting = b"retry: %d\n" % _RECONNECT_MILLISECONDS
    if beginning.lost:
        greeting += b"event: reset\nid: %b\ndata: %b\n" % (beginning.id.encode(), beginning.data)
    elif beginning.id:
        # Without data this is no event, but what the client comes back with if it leaves before one.
        greeting += b"id: %b\n" % beginning.id.encode()
    return greeting + b"\n"
