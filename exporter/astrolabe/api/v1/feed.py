"""The graph's changes as events: gathered for a moment, made into text once, kept for those who come back.

While nobody cares, a change only advances the number of the state, so that an id from before is known to be
too old. Somebody cares once a graph answer names its state, or a client subscribes, and for a while after.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from astrolabe.api.v1.batch import Batch
from astrolabe.api.v1.history import Event, History
from astrolabe.derived.access import access
from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.graph.relations import Relations
from astrolabe.metrics.internalerrors import InternalErrors

GATHERING_SECONDS = 0.08
"""Seconds that changes wait for others to come along, so that they are sent within 0.1 s."""
SENT_AT_ONCE = 256
"""Changed nodes and edges that do not wait: making text of them holds the writer up, a millisecond or two."""
LINGER = 60.0
"""Seconds that events are recorded for somebody who read the graph, or whose stream broke off."""
_DIGITS = 18
"""More than any number of an event has."""


ACCESS_EVENTS = "/api/v1/access/events"
"""Where the events of access are read, too: who may not read them there hears none."""
RESTRICTED = (ACCESS_EVENTS,)
"""The paths that events of the stream belong to, beside the stream itself."""


class AccessChanges(msgspec.Struct, frozen=True):
    """The data of an event `access`."""

    events: Sequence[access.Event]
    """In order."""
    left_out: int
    """How many more there were; `ACCESS_EVENTS` has the last ones."""


class Feed(Follower):
    """Follows the graph for everybody who mirrors it."""

    def __init__(self, graph: Relations, faults: InternalErrors | None = None) -> None:
        self._graph = graph
        self._faults = faults or InternalErrors()
        self._epoch = secrets.token_hex(6)
        self.history = History()
        self.told: Callable[[], None] = _nobody
        """Called after each event."""
        self._batch: Batch | None = None
        """None while nobody cares."""
        self._until = 0.0
        self._gathering: asyncio.TimerHandle | None = None
        self._subscribed = 0

    # The writer's side

    def follow(self, delta: Delta) -> None:
        """Note what changed."""
        if not delta.nodes and not delta.edges:
            return
        if self._batch is None:
            self.history.skip()
            return
        self._batch.add(delta)
        if len(self._batch) >= SENT_AT_ONCE:
            self._tell()
        elif self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHERING_SECONDS, self._tell)

    def lost(self) -> None:
        """Let the state change without an event: whoever follows reads the graph again."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        if self._batch is not None:
            self._batch = Batch()
        self.history.skip()
        self.told()

    def access(self, events: Sequence[access.Event], left_out: int) -> None:
        """Tell at once what happened to access; the graph's state is the same after it."""
        self._tell()
        if self._batch is None:
            return
        number = self.history.last + 1
        data = msgspec.json.encode(AccessChanges(events, left_out))
        self.history.add(Event(number, _text(self.id(number), data, "access"), ACCESS_EVENTS))
        self.told()

    def _tell(self) -> None:
        """Make an event of what was gathered, unless nobody cares any more."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        if self._batch is None or not self._batch:
            return
        if not self._subscribed and asyncio.get_running_loop().time() > self._until:
            self._batch = None
            self.history.skip()
            return
        try:
            event = self._event(self._batch)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next events are told)
            self._faults.note("changes", error)
            self.lost()
            return
        self._batch = Batch()
        if event is not None:
            self.history.add(event)
            self.told()

    def _event(self, batch: Batch) -> Event | None:
        changes, scopes, moved = batch.told(self._graph)
        if not changes:
            return None
        number = self.history.last + 1
        text = _text(self.id(number), msgspec.json.encode(changes))
        return Event(number, text, scopes=scopes, moved=moved)

    # The readers' side

    def mark(self) -> str:
        """Return the id of the state that the graph is in now, and record what follows it for a while.

        An answer that shows this state carries it: the events after it lead to what is answered later.
        """
        self._until = asyncio.get_running_loop().time() + LINGER
        if self._batch is None:
            self._batch = Batch()
        self._tell()
        return self.id(self.history.last)

    @contextmanager
    def subscribed(self) -> Iterator[None]:
        """Have changes recorded while a client is there, and for a while after, in case it comes back."""
        self._subscribed += 1
        try:
            yield
        finally:
            self._subscribed -= 1
            self._until = asyncio.get_running_loop().time() + LINGER

    def id(self, number: int) -> str:
        """Return the id of an event, and of the state that it led to."""
        return f"{self._epoch}-{number}"

    def number(self, event_id: str) -> int | None:
        """Return the number of an id; None for one that is not of this process."""
        epoch, _, digits = event_id.rpartition("-")
        known = epoch == self._epoch and digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS
        return int(digits) if known else None


def _nobody() -> None:
    """Take no notice."""


def _text(event_id: str, data: bytes, name: str = "") -> bytes:
    """Return an event in the form of the HTML standard; JSON has no line breaks of its own."""
    event = b"event: %b\n" % name.encode() if name else b""
    return b"%bid: %b\ndata: %b\n\n" % (event, event_id.encode(), data)
