"""What is written to subscribers, and what no longer is."""

from __future__ import annotations

import asyncio

from astrolabe.api.v1 import forms
from astrolabe.api.v1.feed import Feed
from astrolabe.api.v1.history import Event
from astrolabe.api.v1.subscribers import Subscriber, Subscribers
from astrolabe.graph.graph import Graph
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.scheduling.scheduler import Scheduler


class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)


async def test_who_is_told_the_end_in_the_middle_of_a_round_gets_nothing_after_it() -> None:
    """The end is written in good order: an event behind it would be no part of the answer."""
    feed = Feed(Graph())
    subscribers = Subscribers(feed, Telemetry(), Scheduler())
    wires = [Wire() for _ in range(3)]
    for wire in wires:
        subscriber = Subscriber(wire, feed.history.last, frozenset(), forms.plain)
        subscribers.enter(subscriber)
        subscribers.go_live(subscriber)
    round_ = subscribers._written(Event(feed.history.last + 1, b"event"))
    next(round_)
    subscribers.close()
    for _ in round_:
        pass
    assert sorted(wire.written for wire in wires) == [b"", b"", b"event"]
