"""The last events, for clients that come back: bounded by number and by bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

EVENTS = 4096
"""Events that are kept: more than five minutes of them at the fastest."""
BYTES = 8 << 20
"""Bytes of events that are kept: about a minute of 500 changes a second."""
_SCOPE_BYTES = 100
"""What one entry of `Event.scopes` takes; its key is no text that anything else keeps."""


class Scope(NamedTuple):
    """By what an object belongs to a part of the graph."""

    namespace: str
    """Empty when cluster-scoped."""
    kind: str
    release: str
    """Empty where it belongs to none."""


class Event(NamedTuple):
    """One event, ready to be sent."""

    number: int
    text: bytes
    path: str = ""
    """The path whose readers alone hear of it; empty for everybody who reads the stream."""
    scopes: Mapping[str, Scope] = MappingProxyType({})
    """Of the objects and the ends of edges that it tells of, by UID."""
    moved: tuple[tuple[Scope, Scope], ...] = ()
    """Of the objects that belong to another release than before: as it was, and as it is."""

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.text) + _SCOPE_BYTES * len(self.scopes)


class History:
    """Events numbered without gaps, up to the newest. What was never made into one breaks the row."""

    def __init__(self, start: int = 0) -> None:
        self.last = start
        """Number of the newest event; the state that it led to has the same."""
        self._first = start
        self._events: deque[Event] = deque()
        self._size = 0

    def add(self, event: Event) -> None:
        """Keep the next event; the oldest ones go where there are too many."""
        self._events.append(event)
        self._size += event.size
        self.last = event.number
        while len(self._events) > EVENTS or self._size > BYTES:
            gone = self._events.popleft()
            self._size -= gone.size
            self._first = gone.number

    def skip(self) -> None:
        """Let the state change without an event: nobody can resume across this."""
        self.last += 1
        self._first = self.last
        self._events.clear()
        self._size = 0

    def reaches(self, number: int) -> bool:
        """Whether all events after a number are here."""
        return self._first <= number <= self.last

    def after(self, number: int) -> Event | None:
        """Return the event after a number that the history reaches; None where that is the newest."""
        return self._events[number - self._first] if number < self.last else None
