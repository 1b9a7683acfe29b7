"""When changes become events, what is left out, and when nobody cares."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from astrolabe.api.v1 import feed as module
from astrolabe.api.v1.feed import Feed
from astrolabe.graph.graph import Graph
from tests.api.events import Event, parse
from tests.api.test_changes import facts

pytestmark = pytest.mark.looptime


class World:
    """A graph with its feed, and when its events came."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.feed = Feed(self.graph)
        self.times: list[float] = []
        self.feed.told = lambda: self.times.append(round(asyncio.get_running_loop().time(), 3))

    def apply(self, name: str, **parts: str) -> None:
        self.feed.follow(self.graph.apply(facts(name, **parts)))

    def remove(self, name: str) -> None:
        self.feed.follow(self.graph.remove(f"ConfigMap/shop/{name}"))

    def events(self, after: str) -> list[Event]:
        number = self.feed.number(after)
        assert number is not None
        found = []
        while (event := self.feed.history.after(number)) is not None:
            found += parse(event.text)
            number = event.number
        return found


async def test_what_happens_together_is_one_event_within_a_tenth_of_a_second() -> None:
    world = World()
    start = world.feed.mark()
    for status in ("Ready", "Pending", "Error"):
        world.apply("web", status=status)
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    world.apply("db")
    await asyncio.sleep(1)
    assert world.times == [0.08, 1.14]
    assert world.times[0] <= 0.1
    first, second = world.events(start)
    assert first.data is not None
    assert [(node["name"], node["status"]) for node in first.data["nodes"]] == [("web", "Error")]
    assert second.data is not None
    assert [node["name"] for node in second.data["nodes"]] == ["db"]


async def test_nothing_is_told_when_nothing_looks_otherwise() -> None:
    world = World()
    world.apply("web")
    start = world.feed.mark()
    world.apply("web", version="2")
    await asyncio.sleep(1)
    world.apply("web", status="Error")
    world.apply("web")
    world.apply("passing")
    world.remove("passing")
    await asyncio.sleep(1)
    assert world.feed.mark() == start
    assert world.times == []


async def test_an_object_that_was_recreated_is_gone_and_there() -> None:
    world = World()
    world.apply("web")
    start = world.feed.mark()
    world.apply("web", uid="another")
    await asyncio.sleep(1)
    (event,) = world.events(start)
    assert event.data is not None
    assert event.data["gone"] == ["uid-web"]
    assert [node["uid"] for node in event.data["nodes"]] == ["another"]


async def test_an_answer_in_the_middle_of_a_batch_is_told_where_it_stands() -> None:
    world = World()
    start = world.feed.mark()
    world.apply("one")
    middle = world.feed.mark()
    world.apply("two")
    end = world.feed.mark()
    assert [event.id for event in world.events(start)] == [middle, end]
    await asyncio.sleep(1)
    assert world.feed.mark() == end


async def test_much_at_once_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SENT_AT_ONCE", 3)
    world = World()
    start = world.feed.mark()
    for name in "abcdefg":
        world.apply(name)
    assert world.times == [0.0, 0.0]
    await asyncio.sleep(1)
    assert world.times == [0.0, 0.0, 0.08]
    told = [event.data["nodes"] for event in world.events(start) if event.data is not None]
    assert [len(nodes) for nodes in told] == [3, 3, 1]


async def test_while_nobody_cares_only_the_number_goes_on() -> None:
    world = World()
    world.apply("web")
    first = world.feed.mark()
    await asyncio.sleep(module.LINGER + 1)
    # Nothing has changed: whoever comes back has missed nothing.
    number = world.feed.number(first)
    assert number is not None
    assert world.feed.history.reaches(number)
    for status in ("Pending", "Error", "Ready"):
        world.apply("web", status=status)
        await asyncio.sleep(1)
    assert world.times == []
    assert not world.feed.history.reaches(number)
    # And from the next answer on everything is recorded again.
    again = world.feed.mark()
    assert again != first
    world.apply("web", status="Error")
    await asyncio.sleep(1)
    assert len(world.times) == len(world.events(again)) == 1


async def test_a_client_that_is_there_keeps_the_record_going() -> None:
    world = World()
    start = world.feed.mark()
    with world.feed.subscribed():
        await asyncio.sleep(10 * module.LINGER)
        world.apply("one")
        await asyncio.sleep(1)
    # Its connection broke off; it comes back in time.
    await asyncio.sleep(module.LINGER - 1)
    world.apply("two")
    await asyncio.sleep(0.5)
    assert len(world.events(start)) == 2


async def test_what_is_only_missing_is_not_told() -> None:
    world = World()
    start = world.feed.mark()
    world.feed.follow(world.graph.cover("Secret"))
    await asyncio.sleep(1)
    assert world.feed.mark() == start


async def test_data_are_one_line_whatever_they_say() -> None:
    world = World()
    start = world.feed.mark()
    message = "\r\n\n\u2028id: x\n\ndata: y\x00"
    world.apply("web", message=message)
    world.feed.mark()
    number = world.feed.number(start)
    assert number is not None
    event = world.feed.history.after(number)
    assert event is not None
    assert event.text.count(b"\n") == 3
    assert b"\r" not in event.text
    data = msgspec.json.decode(event.text.splitlines()[1].removeprefix(b"data: "))
    assert data["nodes"][0]["message"] == message
