"""A graph answer and the events after it give what the graph answers later, whatever happens in between."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.api.v1 import forms, history
from astrolabe.api.v1.feed import Feed
from astrolabe.api.v1.followed import Part, form_of
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Release, object_id
from astrolabe.graph.graph import Graph
from tests.api.events import Mirror, parse, part_of, whole
from tests.graph.test_laws import step
from tests.graph.worlds import events, everything_known, ids, with_uids_of_their_own

acts = st.one_of(
    events,
    events,
    events,
    st.tuples(st.just("recreate"), ids.map(lambda identity: object_id(*identity))),
    st.tuples(
        st.just("join"),
        st.tuples(st.integers(0, 9), st.sampled_from((None, Release("a", "shop")))),
    ),
    st.sampled_from((("read", None), ("resume", None), ("tell", None))),
)


def chosen(most: int) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """What happens; clients tell objects by their UIDs, so no two share one."""
    return st.lists(acts, max_size=most).map(with_uids_of_their_own)


def change(graph: Graph, act: tuple[str, Any]) -> Delta:
    """Let one thing happen; an object may be recreated with all that it says, but for its UID.

    Or it joins a release, or leaves it, and is the same otherwise.
    """
    name, argument = act
    if name == "join":
        number, release = argument
        some = sorted(each.id for each in graph if each.facts.uid)
        there = graph.get(some[number % len(some)]) if some else None
        return graph.apply(msgspec.structs.replace(there.facts, release=release)) if there else Delta()
    if name != "recreate":
        return step(graph, act)
    node = graph.get(argument)
    if node is None:
        return Delta()
    uid = node.facts.uid
    return graph.apply(msgspec.structs.replace(node.facts, uid=uid[:-1] if uid.endswith("'") else f"{uid}'"))


class Reader:
    """A client that read the graph once, and comes now and then for what it missed."""

    def __init__(self, feed: Feed, graph: Graph) -> None:
        self._feed = feed
        self._graph = graph
        self.read()

    def read(self) -> None:
        self.mirror = Mirror(whole(self._graph))
        self.event_id = self._feed.mark()

    def resume(self) -> None:
        self._feed.mark()
        number = self._feed.number(self.event_id)
        assert number is not None
        if not self._feed.history.reaches(number):
            self.read()
            return
        while (event := self._feed.history.after(number)) is not None:
            (told,) = parse(event.text)
            assert told.data is not None
            self.mirror.apply(told.data)
            number, self.event_id = event.number, told.id
        assert self.mirror.shows(whole(self._graph))


parts = st.builds(
    Part,
    st.sampled_from(((), ("a",), ("b", ""))),
    st.sampled_from(((), ("Pod",), ("Service", "Pod", "Secret"), ("PersistentVolume",))),
    st.sampled_from(((), ("shop",), ("nothing", "shop"), ("",))),
)


def payload(message: bytes) -> bytes:
    """Return what an unmasked frame of a WebSocket holds; a byte of its length may look like a brace."""
    header = {126: 4, 127: 10}.get(message[1], 2)
    return message[header:]


class Partial:
    """A client that follows a part of the graph, and another part after each reading."""

    def __init__(self, feed: Feed, graph: Graph, some: list[Part]) -> None:
        self._feed = feed
        self._graph = graph
        self._some = cycle(some)
        self.resets = 0
        self.read()

    def read(self) -> None:
        self._part = next(self._some)
        self.event_id = self._feed.mark()
        self.mirror = Mirror(self._now())

    def _now(self) -> dict[str, Any]:
        return part_of(whole(self._graph), self._part)

    def resume(self) -> None:
        self._feed.mark()
        number = self._feed.number(self.event_id)
        assert number is not None
        if not self._feed.history.reaches(number):
            self.read()
            return
        lost = False
        while (event := self._feed.history.after(number)) is not None:
            number = event.number
            if message := form_of(self._part)(event):
                told = msgspec.json.decode(payload(message))
                assert told["id"] == self._feed.id(number)
                lost |= told["event"] == "reset"
                if not lost:
                    self.mirror.apply(told["data"])
        self.event_id = self._feed.id(number)
        if lost:
            self.resets += 1
            self.mirror = Mirror(self._now())
        assert self.mirror.shows(self._now())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(([], everything_known)), chosen(60), st.lists(parts, min_size=1, max_size=3))
def test_who_follows_a_part_ends_with_that_part_of_the_graph(
    start: list[tuple[str, Any]], rest: list[tuple[str, Any]], some: list[Part]
) -> None:
    async def follow() -> None:
        graph = Graph()
        feed = Feed(graph)
        for act in start:
            feed.follow(change(graph, act))
        reader = Partial(feed, graph, some)
        for act in rest:
            if act[0] == "tell":
                feed._tell()
            elif act[0] == "resume":
                reader.resume()
            elif act[0] == "read":
                reader.read()
            else:
                feed.follow(change(graph, act))
        reader.resume()
        assert not reader.resets or any(part.release for part in some)

    asyncio.run(follow())


async def live(acted: list[tuple[str, Any]]) -> None:
    graph = Graph()
    feed = Feed(graph)
    readers: list[Reader] = []
    for name, argument in acted:
        if name == "read":
            readers.append(Reader(feed, graph))
        elif name == "tell":
            feed._tell()
        elif name == "resume":
            for reader in readers[::2]:
                reader.resume()
        else:
            feed.follow(change(graph, (name, argument)))
    for reader in readers:
        reader.resume()


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(([], everything_known)), chosen(60))
def test_snapshot_and_events_are_a_later_snapshot(
    start: list[tuple[str, Any]], rest: list[tuple[str, Any]]
) -> None:
    asyncio.run(live([*start, ("read", None), *rest]))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3), chosen(60))
def test_the_same_with_a_history_that_is_too_short(kept: int, rest: list[tuple[str, Any]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "EVENTS", kept)
        asyncio.run(live([("read", None), *rest]))


@settings(max_examples=100, deadline=None)
@given(chosen(40), chosen(40))
def test_events_that_are_older_than_the_snapshot_do_no_harm(
    before: list[tuple[str, Any]], after: list[tuple[str, Any]]
) -> None:
    """Who subscribes first and reads the graph then may apply everything that came since."""

    async def follow() -> None:
        graph = Graph()
        feed = Feed(graph)
        feed.mark()
        for act in (*before, ("tell", None), *after):
            if act[0] == "tell":
                feed._tell()
            elif act[0] not in ("read", "resume"):
                feed.follow(change(graph, act))
        feed.mark()
        mirror = Mirror(whole(graph), strict=False)
        number = 0
        while (event := feed.history.after(number)) is not None:
            number = event.number
            (told,) = parse(event.text)
            assert told.data is not None
            mirror.apply(told.data)
        assert mirror.shows(whole(graph))

    asyncio.run(follow())


@pytest.mark.parametrize("size", [0, 64, 200, 31_500, 70_000])
def test_a_frame_of_any_length_is_read(size: int) -> None:
    # At some of these the length has the byte of a brace.
    for length in range(size, size + 130):
        text = "x" * length
        frame = forms.message("reset", "1-1", msgspec.json.encode(text))
        assert msgspec.json.decode(payload(frame))["data"] == text
