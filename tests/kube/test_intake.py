"""Single lines of a watch and of a streaming list, as far as no server of ours sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import msgspec
import pytest

from astrolabe.kube.applier import EventApplier, Rewound
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.listing import Listing, PagedListing
from astrolabe.kube.objectstore import ObjectStore
from astrolabe.kube.resource import Scope
from astrolabe.kube.transport import Unreachable
from tests.kube.canned import Canned, CannedResponse
from tests.kube.world import PODS, Item, Recorder, Telemetry, decoder


class Listed(Canned):
    """Answers a list, however it is asked for."""

    @asynccontextmanager
    async def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        accept: str = "application/json",
        body: bytes | None = None,
    ) -> AsyncIterator[CannedResponse]:
        assert query == {"limit": "500"}
        async with super().request(path, accept=accept, body=body) as response:
            yield response


UNNAMED = b'{"metadata":{"uid":"u1","resourceVersion":"5"}}'


def line(event: str, version: int, name: str = "web") -> bytes:
    meta = b'{"name":"%b","namespace":"a","uid":"u1","resourceVersion":"%d"}' % (name.encode(), version)
    return b'{"type":"%b","object":{"metadata":%b}}' % (event.encode(), meta)


@pytest.fixture
def intake() -> EventApplier[Item]:
    return EventApplier(PODS, decoder("Pod"), ObjectStore(Recorder()), Telemetry())


def test_an_event_older_than_the_last_one_says_that_the_server_was_set_back(
    intake: EventApplier[Item],
) -> None:
    intake.apply(line("ADDED", 7), 1.0)
    with pytest.raises(Rewound, match=r"^an event is at version 6, older than 7$"):
        intake.apply(line("MODIFIED", 6), 1.0)
    assert intake.version == "7"


def test_an_error_without_a_status_is_an_error(intake: EventApplier[Item]) -> None:
    with pytest.raises(ApiFailure):
        intake.apply(b'{"type":"ERROR","object":"gone"}', 1.0)


def test_only_the_bookmark_that_says_so_ends_a_streaming_list(intake: EventApplier[Item]) -> None:
    listing = Listing[Item]({})
    assert not intake.collect(line("ADDED", 3), listing)
    assert not intake.collect(line("BOOKMARK", 4), listing)
    assert not intake.collect(b"{", listing)
    end = line("BOOKMARK", 5).replace(b'"uid"', b'"annotations":{"k8s.io/initial-events-end":"true"},"uid"')
    assert intake.collect(end, listing)
    assert (listing.version, list(listing.items)) == ("5", ["Pod/a/web"])


def test_a_deletion_that_cannot_be_read_takes_out_the_object_of_its_uid(intake: EventApplier[Item]) -> None:
    intake.apply(line("ADDED", 3), 1.0)
    intake.apply(b'{"type":"DELETED","object":' + UNNAMED + b"}", 1.0)
    assert intake._contents.known == {}
    assert not intake.lost


def test_what_is_not_wanted_is_not_decoded_and_moves_the_version_on() -> None:
    # Or a watch would go on, after a break, from before all that was left out.
    decoded: list[bytes] = []

    def decode(raw: msgspec.Raw, known: Mapping[str, Item]) -> Item:
        decoded.append(bytes(raw))
        return decoder("Pod")(raw, known)

    store = ObjectStore(Recorder())
    intake = EventApplier(PODS, decode, store, Telemetry(), lambda namespace: namespace == "b")
    intake.apply(line("ADDED", 3).replace(b'"a"', b'"b"'), 1.0)
    for number, event in enumerate(("ADDED", "MODIFIED", "DELETED"), 4):
        intake.apply(line(event, number), 1.0)
        assert intake.version == str(number)
    assert list(store.known) == ["Pod/b/web"]
    listing = Listing[Item]({})
    assert not intake.collect(line("ADDED", 9), listing)
    assert (listing.items, intake.version) == ({}, "6")
    assert intake.decode(msgspec.Raw(b'{"metadata":{"namespace":"a"}}')) is None
    assert len(decoded) == 1
    # Nobody can say where this one is: it is lost, as it would be elsewhere.
    intake.apply(b'{"type":"ADDED","object":{"metadata":3}}', 1.0)
    assert intake.lost


@pytest.mark.parametrize("body", ["<html>", {"items": 3}])
async def test_a_page_that_is_no_list_is_as_good_as_none(body: object) -> None:
    canned = Listed({"/api/v1/pods": (HTTPStatus.OK, body)})
    pages = PagedListing(PODS, Scope(), {}, decoder("Pod"), from_cache=False)
    async with asyncio.timeout(5):
        with pytest.raises(Unreachable, match=r"^/api/v1/pods: the list cannot be read: "):
            await pages.read(canned, Recorder().work)


async def test_a_page_without_what_cannot_be_read(intake: EventApplier[Item]) -> None:
    items = [{"metadata": {"uid": "u0"}}, {"metadata": {"name": "web", "uid": "u1", "resourceVersion": "2"}}]
    canned = Listed({"/api/v1/pods": (HTTPStatus.OK, {"metadata": {"resourceVersion": "9"}, "items": items})})
    pages = PagedListing(PODS, Scope(), {}, intake.decode, from_cache=False)
    await pages.read(canned, Recorder().work)
    assert (pages.version, list(pages.items)) == ("9", ["Pod//web"])


class Pages(Canned):
    """Three pages of one Pod each, the last of which may fail."""

    def __init__(self) -> None:
        super().__init__({})
        self.tokens: list[str] = []
        self.broken = False

    @asynccontextmanager
    async def request(
        self, path: str, query: Mapping[str, str] | None = None, **_: object
    ) -> AsyncIterator[CannedResponse]:
        token = (query or {}).get("continue", "")
        self.tokens.append(token)
        if self.broken and token == "2":
            raise Unreachable(f"{path}: reset")
        number = int(token or "0")
        meta = {"resourceVersion": "9"} | ({"continue": str(number + 1)} if number < 2 else {})
        item = {"metadata": {"name": f"web-{number}", "uid": f"u{number}", "resourceVersion": "2"}}
        yield CannedResponse(HTTPStatus.OK, json.dumps({"metadata": meta, "items": [item]}).encode(), {})


async def test_the_next_page_is_on_its_way_while_one_is_taken_in(intake: EventApplier[Item]) -> None:
    transport = Pages()
    asked: list[list[str]] = []

    async def work(steps: Iterator[object]) -> None:
        await asyncio.sleep(0)
        asked.append([*transport.tokens])
        for _ in steps:
            pass

    pages = PagedListing(PODS, Scope(), {}, intake.decode, from_cache=False)
    await pages.read(transport, work)
    assert asked == [["", "1"], ["", "1", "2"], ["", "1", "2"]]
    assert list(pages.items) == ["Pod//web-0", "Pod//web-1", "Pod//web-2"]


async def test_what_was_taken_in_stays_when_the_next_page_does_not_come(intake: EventApplier[Item]) -> None:
    transport = Pages()
    transport.broken = True
    pages = PagedListing(PODS, Scope(), {}, intake.decode, from_cache=False)
    with pytest.raises(Unreachable):
        await pages.read(transport, Recorder().work)
    assert list(pages.items) == ["Pod//web-0", "Pod//web-1"]
    transport.broken = False
    await pages.read(transport, Recorder().work)
    assert (transport.tokens, list(pages.items)[2:]) == (["", "1", "2", "2"], ["Pod//web-2"])


async def test_nobody_awaits_a_page_once_taking_one_in_has_failed(intake: EventApplier[Item]) -> None:
    async def work(_: Iterator[object]) -> None:
        raise ZeroDivisionError

    pages = PagedListing(PODS, Scope(), {}, intake.decode, from_cache=False)
    with pytest.raises(ZeroDivisionError):
        await pages.read(Pages(), work)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_of_what_is_bounded_the_newest_are_kept() -> None:
    """An Event that is told again is a new one."""
    recorder = Recorder()
    intake = EventApplier(PODS, decoder("Pod"), ObjectStore(recorder, 2), Telemetry())
    told = [(b"ADDED", "a"), (b"ADDED", "b"), (b"MODIFIED", "a"), (b"ADDED", "c"), (b"DELETED", "c")]
    for version, (event, name) in enumerate([*told, (b"ADDED", "d")], start=1):
        uid = b'"uid":"u-%b"' % name.encode()
        intake.apply(line(event.decode(), version, name).replace(b'"uid":"u1"', uid), 1.0)
    assert recorder.events == [
        ("added", "Pod/a/a"),
        ("added", "Pod/a/b"),
        ("changed", "Pod/a/a"),
        ("deleted", "Pod/a/b"),
        ("added", "Pod/a/c"),
        ("deleted", "Pod/a/c"),
        ("added", "Pod/a/d"),
    ]
    assert list(recorder.contents) == ["Pod/a/a", "Pod/a/d"]


def test_a_line_that_holds_more_than_its_event_is_read_as_a_whole(intake: EventApplier[Item]) -> None:
    more = line("ADDED", 3).removesuffix(b"}") + b',"more":{"nothing":{}}}'
    intake.apply(more, 1.0)
    assert (intake.version, intake.lost) == ("3", False)
    # So is one whose object is no JSON: it is lost, and a list makes that good.
    intake.apply(b'{"type":"MODIFIED","object":{"metadata":{]}}', 1.0)
    assert (intake.version, intake.lost) == ("3", True)
