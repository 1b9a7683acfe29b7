"""Subscribers of the changes: each event is written to all of them, in short turns of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from astrolabe.api.connection import Connection
from astrolabe.api.v1.feed import Feed
from astrolabe.api.v1.forms import Form
from astrolabe.api.v1.history import Event
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import Steps

BEHIND = 512 << 10
"""Bytes that may wait for one subscriber to read them, besides what the operating system keeps for it."""


class Subscriber:
    """One client: which events it has, and the way to it."""

    def __init__(self, transport: asyncio.Transport, number: int, paths: frozenset[str], form: Form) -> None:
        self.paths = paths
        """Those of the restricted paths that it may read."""
        self.number = number
        """Of the newest event that was sent, or is not for it."""
        self.form = form
        """How the connection takes events; without bytes where it takes none of one."""
        self.recovers: Callable[[], bytes] | None = None
        """Makes the word that something is left out, where the connection goes on after it."""
        self.behind = False
        """Whether what happens is left out, since the client does not read what waits for it."""
        self.over = asyncio.Event()
        """Set when nothing more will be sent."""
        self.slow = False
        self._transport = transport

    @property
    def gone(self) -> bool:
        """Whether the connection is closed."""
        return self._transport.is_closing()

    def hears(self, event: Event) -> bool:
        """Whether it may read what an event tells."""
        return not event.path or event.path in self.paths

    def stalled(self, now: float) -> bool:
        """Whether its client has not read on for so long that others may have its place."""
        connection = self._transport.get_protocol()
        return isinstance(connection, Connection) and connection.stalled(now)

    def pass_on(self, data: bytes) -> None:
        """Send bytes in the form that the connection takes; gives up one that is too far behind."""
        if self.gone:
            self.over.set()
        elif self.over.is_set():
            # It was told that this is the end, in the middle of an event's round.
            return
        elif self._transport.get_write_buffer_size() > BEHIND:
            self.fall_behind()
        elif not self.behind and data:
            self._transport.write(data)

    def fall_behind(self) -> None:
        """Leave out what happens until the client has read what waits for it; else close the connection."""
        if self.recovers is None:
            self.give_up()
        elif not self.behind:
            self.behind = self.slow = True

    def recover(self) -> None:
        """Tell a client that reads on what it has to do, and go on from here."""
        if not self.behind or self.recovers is None or self.over.is_set() or self.gone:
            return
        if self._transport.get_write_buffer_size() <= BEHIND:
            self.behind = False
            self._transport.write(self.recovers())

    def give_up(self) -> None:
        """Close the connection of one that does not keep up: it resumes where it was, if it can."""
        self.slow = True
        self.cut()

    def cut(self) -> None:
        """Close the connection without sending what waits."""
        self._transport.abort()
        self.over.set()


class Subscribers:
    """All clients, and the task that writes to those who have everything so far."""

    def __init__(self, feed: Feed, telemetry: Telemetry, scheduler: Scheduler) -> None:
        self._feed = feed
        self._scheduler = scheduler
        feed.told = self._wake
        self._telemetry = telemetry
        self._all: set[Subscriber] = set()
        self._live: set[Subscriber] = set()
        self._passing_on: asyncio.Task[None] | None = None
        telemetry.queue("changes", self._waiting)

    def __len__(self) -> int:
        return len(self._all)

    def enter(self, subscriber: Subscriber) -> None:
        """Take in a client that may have to catch up first."""
        self._all.add(subscriber)
        self._telemetry.subscribers(len(self._all))

    def leave(self, subscriber: Subscriber) -> None:
        """Let go of a client, unless that is done already."""
        if subscriber not in self._all:
            return
        self._all.remove(subscriber)
        self._live.discard(subscriber)
        self._telemetry.subscribers(len(self._all))
        self._count(subscriber)

    def go_live(self, subscriber: Subscriber) -> None:
        """Send a client that has everything up to a moment ago what came since and what comes."""
        self._live.add(subscriber)
        if subscriber.number < self._feed.history.last:
            self._wake()

    def sweep(self) -> None:
        """Let go of those whose clients stall, or whose connections are closed already."""
        now = asyncio.get_running_loop().time()
        for subscriber in tuple(self._all):
            if subscriber.stalled(now):
                subscriber.give_up()
            if subscriber.gone:
                subscriber.over.set()
                self.leave(subscriber)

    def close(self) -> None:
        """Send everybody away."""
        for subscriber in tuple(self._all):
            self.dismiss(subscriber)

    def dismiss(self, subscriber: Subscriber) -> None:
        """Send a client away: a live one in good order, another one as it is."""
        if subscriber in self._live:
            self._live.discard(subscriber)
            subscriber.over.set()
        else:
            subscriber.cut()

    def _waiting(self) -> int:
        """Return how many events the last of the live clients has not been sent."""
        last = self._feed.history.last
        return max((last - subscriber.number for subscriber in self._live), default=0)

    def _wake(self) -> None:
        if self._live and (self._passing_on is None or self._passing_on.done()):
            self._passing_on = asyncio.get_running_loop().create_task(self._pass_on())

    async def _pass_on(self) -> None:
        while (event := self._next()) is not None:
            await self._scheduler.work(self._written(event))

    def _written(self, event: Event) -> Steps[None]:
        formed: dict[Form, bytes] = {}
        for subscriber in tuple(self._live):
            if subscriber.number < event.number:
                subscriber.number = event.number
                if subscriber.hears(event):
                    self._write(subscriber, event, formed)
            yield

    def _write(self, subscriber: Subscriber, event: Event, formed: dict[Form, bytes]) -> None:
        form = subscriber.form
        try:
            if form not in formed:
                formed[form] = form(event)
            subscriber.pass_on(formed[form])
            self._count(subscriber)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others get the event)
            self._telemetry.faults.note("changes", error)
            subscriber.cut()

    def _count(self, subscriber: Subscriber) -> None:
        """Count one that did not keep up, once each time."""
        if subscriber.slow:
            subscriber.slow = False
            self._telemetry.subscriber_dropped()

    def _next(self) -> Event | None:
        """Return the oldest event that somebody live has not got; None where there is none."""
        history = self._feed.history
        for subscriber in tuple(self._live):
            if not history.reaches(subscriber.number):
                # Events are made faster than they are passed on.
                subscriber.fall_behind()
                subscriber.number = history.last
                subscriber.recover()
            if subscriber.over.is_set():
                self._live.discard(subscriber)
        if not self._live:
            return None
        return history.after(min(subscriber.number for subscriber in self._live))
