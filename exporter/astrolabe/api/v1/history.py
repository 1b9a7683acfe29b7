"""The last events, for clients that come back: bounded by number and by bytes."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

EVENTS = 4096
"""Events that are kept: more than five minutes of them at the fastest."""
BYTES = 8 << 20
"""Bytes of events that are kept: about a minute of 500 changes a second."""


class Event(NamedTuple):
    """One event, ready to be sent."""

    number: int
    text: bytes
    path: str = ""
    """The path whose readers alone hear of it; empty for everybody who reads the stream."""


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
        self._size += len(event.text)
        self.last = event.number
        while len(self._events) > EVENTS or self._size > BYTES:
            gone = self._events.popleft()
            self._size -= len(gone.text)
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
