"""Every fault of the contract, on a virtual clock. Afterwards the contents equal a fresh full list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest

from astrolabe.kube.reflector import Checkpoint, ReflectorOptions
from astrolabe.kube.resource import Resource, Scope
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.testing import faults
from astrolabe.testing.requests import Verb
from tests.kube.world import CONFIGMAPS, Item, World, configmap, pod

pytestmark = pytest.mark.looptime

LISTS = (Verb.LIST, Verb.STREAM)
PAGED = ReflectorOptions(streaming=False)


@pytest.fixture
def world() -> World:
    made = World()
    made.pods(3)
    return made


def added(*names: str) -> list[tuple[str, str]]:
    return [("added", f"Pod/default/{name}") for name in names]


async def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("options", [ReflectorOptions(), PAGED, ReflectorOptions(from_cache=True)])
async def test_lists_and_follows(world: World, options: ReflectorOptions) -> None:
    async with world.following(options=options) as reflector:
        assert world.sink.drain() == added("p0000", "p0001", "p0002")
        world.server.put(pod("p0003"))
        world.server.put(pod("p0001", app="web"))
        world.server.delete("pods", "default", "p0002")
        await asyncio.sleep(0.1)
        assert world.sink.drain() == [
            ("added", "Pod/default/p0003"),
            ("changed", "Pod/default/p0001"),
            ("deleted", "Pod/default/p0002"),
        ]
        assert world.known() == world.fresh()
        assert (reflector.state.phase, reflector.state.listed, reflector.state.error) == ("synced", True, "")
        assert reflector.version == str(world.server.version)
    assert len(world.requests()) == (1 if options == ReflectorOptions() else 2)


async def test_pages_of_five_hundred_without_resource_version(world: World) -> None:
    world.pods(1234)
    async with world.following(options=PAGED):
        pages = world.requests(Verb.LIST)
        assert [request.query["limit"] for request in pages] == ["500", "500", "500"]
        assert all("resourceVersion" not in request.query for request in pages)
        assert len(world.known()) == 1234


async def test_watch_asks_for_five_to_ten_minutes_and_is_renewed(world: World) -> None:
    async with world.following():
        await asyncio.sleep(3600)
        timeouts = [int(request.query["timeoutSeconds"]) for request in world.requests()]
        assert all(300 <= timeout <= 600 for timeout in timeouts)
        assert len(set(timeouts)) > 1
        assert 6 <= len(timeouts) <= 12
        assert len(world.requests(*LISTS)) == 1


async def test_a_hundred_empty_closes(world: World) -> None:
    world.server.faults.order("pods", faults.EmptyClose(), times=100, verbs=frozenset({Verb.WATCH}))
    async with world.following(options=PAGED) as reflector:
        await asyncio.sleep(60)
        failing = reflector.state
        assert failing.phase == "failing"
        assert failing.error == "/api/v1/pods: the watch closed after 0.0 s without an event"
        await asyncio.sleep(3600)
        times = [request.time for request in world.requests()]
        assert len(times) >= 100
        busiest = max(sum(start <= time < start + 60 for time in times) for start in times)
        assert busiest <= 12
        assert len(world.requests(*LISTS)) == 1
        assert reflector.state.phase == "synced"
        assert world.known() == world.fresh()


async def test_a_watch_has_to_last_before_the_fault_is_over(world: World) -> None:
    world.server.faults.order("pods", faults.EmptyClose(), verbs=frozenset({Verb.WATCH}))
    async with world.following(options=PAGED, settle=20) as reflector:
        first = reflector.state.phase
        await asyncio.sleep(12)
        assert (first, reflector.state.phase) == ("failing", "synced")


async def test_410_as_event(world: World) -> None:
    async with world.following():
        world.forget()
        world.server.compact()
        world.server.put(pod("new"))
        world.server.faults.order("pods", faults.ErrorEvent(410, "too old resource version: 1 (2)"))
        world.server.break_connections()
        await asyncio.sleep(60)
        assert len(world.requests(*LISTS)) == 1
        assert world.sink.drain() == added("new")
        assert world.known() == world.fresh()


async def test_410_as_status(world: World) -> None:
    async with world.following():
        world.server.faults.order("pods", faults.Refuse(410, "too old resource version: 1 (2)"))
        world.forget()
        world.server.break_connections()
        await asyncio.sleep(60)
        assert len(world.requests(*LISTS)) == 1
        assert world.sink.drain() == []
        assert world.known() == world.fresh()


async def test_410_on_page_three(world: World) -> None:
    world.pods(1600)
    world.server.faults.order("pods", faults.ExpiredPage(3))
    async with world.following(options=PAGED, settle=0.5):
        assert world.sink.events == []
        await asyncio.sleep(10)
        pages = [request.page for request in world.requests(Verb.LIST)]
        assert pages == [1, 2, 3, 1, 2, 3, 4]
        assert len(world.sink.events) == 1600
        assert world.known() == world.fresh()


async def test_a_page_that_fails_is_asked_for_again(world: World) -> None:
    world.pods(1600)
    world.server.faults.order("pods", faults.Refuse(500), times=3, verbs=frozenset({Verb.LIST}))
    async with world.following(options=PAGED, settle=30):
        assert [request.page for request in world.requests(Verb.LIST)] == [1, 1, 1, 1, 2, 3, 4]
        assert world.known() == world.fresh()


@pytest.mark.parametrize("code", [400, 422])
async def test_streaming_list_refused_by_status(world: World, code: int) -> None:
    order = faults.Refuse(code, "sendInitialEvents is forbidden")
    world.server.faults.order("pods", order, times=None, verbs=frozenset({Verb.STREAM}))
    await _falls_back_for_good(world)


async def test_streaming_list_refused_by_error_event(world: World) -> None:
    message = "a required storage feature RequestWatchProgress is not supported"
    order = faults.ErrorEvent(500, message)
    world.server.faults.order("pods", order, times=None, verbs=frozenset({Verb.STREAM}))
    await _falls_back_for_good(world)


async def _falls_back_for_good(world: World) -> None:
    async with world.following(settle=0.1) as reflector:
        assert [request.verb for request in world.requests()] == [Verb.STREAM, Verb.LIST, Verb.WATCH]
        assert reflector.state.error == ""
        world.server.put(configmap("c"))
        world.server.put(pod("new"))
        world.server.compact()
        world.server.faults.order("pods", faults.ErrorEvent(410))
        world.server.break_connections()
        await asyncio.sleep(30)
        # It remembers.
        assert [request.verb for request in world.requests()][3:] == [Verb.WATCH, Verb.LIST, Verb.WATCH]
        assert world.known() == world.fresh()


async def test_streaming_list_cut_before_its_last_bookmark(world: World) -> None:
    world.server.faults.order("pods", faults.CutBeforeBookmark())
    async with world.following(settle=0.5):
        assert world.sink.events == []
        await asyncio.sleep(9.5)
        assert [request.verb for request in world.requests()] == [Verb.STREAM, Verb.LIST, Verb.WATCH]
        assert world.known() == world.fresh()
        assert world.telemetry.counts["listed", "pods", "error"] == 1


async def test_streaming_list_that_falls_silent(world: World) -> None:
    world.server.faults.order("pods", faults.HalfOpen(after=2))
    async with world.following(settle=7.9):
        assert world.sink.events == []
        await asyncio.sleep(2.1)
        assert [request.verb for request in world.requests()] == [Verb.STREAM, Verb.LIST, Verb.WATCH]
        assert world.known() == world.fresh()


async def test_changes_while_a_streaming_list_is_on_its_way(world: World) -> None:
    gone = world.server.peek("pods", "default", "p0001")
    line = msgspec.json.encode({"type": "DELETED", "object": gone}) + b"\n"
    world.server.faults.order("pods", faults.Insert(line, after=2))
    async with world.following():
        assert sorted(world.sink.drain()) == added("p0000", "p0002")


@pytest.mark.parametrize("compacted", [False, True])
async def test_deleted_recreated_and_changed_during_an_outage(world: World, compacted: bool) -> None:
    async with world.following():
        world.forget()
        world.server.go_away()
        await asyncio.sleep(20)
        world.server.delete("pods", "default", "p0000")
        world.server.delete("pods", "default", "p0001")
        world.server.put(pod("p0001"))
        world.server.put(pod("p0002", app="web"))
        world.server.put(pod("p0003"))
        if compacted:
            world.server.compact()
        world.server.come_back()
        await asyncio.sleep(40)
        assert sorted(world.sink.drain()) == [
            ("added", "Pod/default/p0001"),
            ("added", "Pod/default/p0003"),
            ("changed", "Pod/default/p0002"),
            ("deleted", "Pod/default/p0000"),
            ("deleted", "Pod/default/p0001"),
        ]
        assert world.known() == world.fresh()
        assert len(world.requests(*LISTS)) == compacted


@pytest.mark.parametrize(
    "fault",
    [
        faults.ErrorEvent(500, "etcdserver: leader changed", retry_after=3),
        faults.ErrorEvent(429, "too many requests", retry_after=3),
        faults.Refuse(500, retry_after=3),
        faults.Refuse(429, retry_after=3),
        faults.Refuse(503, retry_after=3),
    ],
)
async def test_wait_and_go_on_from_the_same_version(world: World, fault: faults.Fault) -> None:
    world.server.put(configmap("c"))
    async with world.following() as reflector, world.following(CONFIGMAPS):
        world.server.faults.order("pods", fault, verbs=frozenset({Verb.WATCH}))
        version = reflector.version
        world.forget()
        world.server.break_connections()
        await asyncio.sleep(20)
        first, second = world.requests()
        assert second.time - first.time >= 3
        assert [first.query["resourceVersion"], second.query["resourceVersion"]] == [version, version]
        # Nobody else is held up.
        (other,) = world.requests(resource="configmaps")
        assert other.time < second.time - 2
        assert world.sink.drain() == []
        world.server.put(pod("new"))
        await asyncio.sleep(0.1)
        assert world.sink.drain() == added("new")


async def test_half_open_without_bookmarks_ends_with_its_deadline(world: World) -> None:
    world.server.faults.order("pods", faults.HalfOpen(), verbs=frozenset({Verb.WATCH}))
    async with world.following(options=PAGED):
        (watch,) = world.requests(Verb.WATCH)
        deadline = int(watch.query["timeoutSeconds"])
        world.server.put(pod("new"))
        await asyncio.sleep(deadline * 1.1)
        again = world.requests(Verb.WATCH)[1]
        assert deadline < again.time - watch.time <= deadline * 1.1
        assert world.known() == world.fresh()
        assert len(world.requests(*LISTS)) == 1


async def test_half_open_is_noticed_by_missing_bookmarks(world: World) -> None:
    async with world.following():
        world.forget()
        for watch in world.server.watches("pods"):
            watch.freeze()
        world.server.put(pod("new"))
        await asyncio.sleep(80)
        assert world.sink.drain() == added("new")
        assert world.known() == world.fresh()
        assert world.requests(*LISTS) == []


async def test_a_quiet_kind_resumes_at_the_bookmark(world: World) -> None:
    async with world.following():
        for number in range(50):
            world.server.put(configmap(f"c{number}"))
        await asyncio.sleep(65)
        bookmark = str(world.server.version)
        world.server.compact()
        world.forget()
        world.server.break_connections()
        await asyncio.sleep(30)
        assert [request.query["resourceVersion"] for request in world.requests()] == [bookmark]
        assert world.requests(*LISTS) == []
        assert world.sink.drain() == []


@pytest.mark.parametrize("size", [1, 2, 7, 4096])
async def test_lines_split_anywhere(world: World, size: int) -> None:
    world.server.faults.order("pods", faults.Split(size), times=None)
    async with world.following():
        world.server.put(pod("ümläut-✓"))
        await asyncio.sleep(0.1)
        assert world.known() == world.fresh()
        assert len(world.requests()) == 1


@pytest.mark.parametrize("fault", [faults.Truncate(1, 30), faults.Cut(1, 30), faults.Cut(1)])
async def test_a_truncated_last_line(world: World, fault: faults.Fault) -> None:
    async with world.following():
        world.server.faults.order("pods", fault)
        world.server.break_connections()
        await asyncio.sleep(5)
        world.forget()
        world.server.put(pod("a"))
        world.server.put(pod("b"))
        await asyncio.sleep(20)
        assert world.sink.drain() == added("a", "b")
        assert world.known() == world.fresh()
        assert world.telemetry.counts["decode error", "pods", ""] == 0
        assert world.requests(*LISTS) == []


async def test_a_line_of_three_megabytes(world: World) -> None:
    async with world.following():
        large = pod("large")
        large["metadata"]["annotations"] = {"text": "x" * (3 << 20)}
        world.server.put(large)
        await asyncio.sleep(0.1)
        assert world.known() == world.fresh()


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        (b'{"type": "ADDED", "object": {"meta', 1),
        (b"\xff\xfe not text", 1),
        (b"[]", 1),
        (b'{"type": "ADDED", "object": {"metadata": {"name": ["wrong"]}}}', 1),
        (b'{"type": "ADDED", "object": {"spec": {}}}', 1),
        (b'{"type": "ADDED", "object": null}', 1),
        (b'{"type": "ADDED"}', 1),
        (b'{"type": "MYSTERY", "object": {}}', 1),
        (b'{"type": "BOOKMARK", "object": {}}', 0),
        (b"", 0),
    ],
)
async def test_what_cannot_be_understood_is_counted_and_skipped(
    world: World, line: bytes, errors: int
) -> None:
    async with world.following():
        world.forget()
        (watch,) = world.server.watches("pods")
        watch.send(line + b"\n")
        world.server.put(pod("after"))
        await asyncio.sleep(0.1)
        assert world.sink.drain() == added("after")
        assert world.telemetry.counts["decode error", "pods", ""] == errors
        await asyncio.sleep(120)
        assert world.sink.drain() == []
        assert world.known() == world.fresh()


async def test_unknown_fields_are_no_error(world: World) -> None:
    async with world.following():
        world.server.put({**pod("new"), "future": {"field": [1, 2.5, None]}})
        await asyncio.sleep(0.1)
        assert world.known() == world.fresh()
        assert world.telemetry.counts["decode error", "pods", ""] == 0


async def test_an_event_that_is_lost_is_made_good(world: World) -> None:
    async with world.following():
        world.server.faults.order("pods", faults.Insert(b'{"type": "DELETED", "obj\n'))
        world.server.break_connections()
        await asyncio.sleep(5)
        world.forget()
        # Deleted without an event: the one that told it was garbled.
        world.server._objects["pods"].pop(("default", "p0001"))
        world.server.put(pod("p0009"))
        await asyncio.sleep(35)
        assert ("deleted", "Pod/default/p0001") in world.sink.drain()
        assert world.known() == world.fresh()
        assert len(world.requests(*LISTS)) == 1


async def test_a_known_object_that_becomes_unreadable_is_taken_out(world: World) -> None:
    async with world.following():
        unreadable = pod("p0001")
        unreadable["metadata"]["labels"] = {"app": 3}
        world.forget()
        world.server.put(unreadable)
        await asyncio.sleep(1)
        # As a fresh list would leave it out.
        assert world.sink.drain() == [("deleted", "Pod/default/p0001")]
        world.server.put(pod("p0001", app="web"))
        await asyncio.sleep(1)
        assert world.sink.drain() == added("p0001")


async def test_forbidden_and_granted_later(world: World) -> None:
    world.server.put(configmap("c"))
    world.server.faults.forbid("pods")
    async with world.following() as pods, world.following(CONFIGMAPS) as configmaps:
        assert (pods.state.phase, pods.state.settled, configmaps.state.phase) == ("forbidden", True, "synced")
        assert pods.state.error.startswith("/api/v1/pods: 403 pods is forbidden: User ")
        await asyncio.sleep(1000)
        stream, *retries = world.requests()
        assert stream.verb is Verb.STREAM
        assert [b.time - a.time for a, b in pairwise([stream, *retries])] == pytest.approx([300] * 3)
        world.server.faults.grant("pods")
        await asyncio.sleep(300)
        assert pods.state.phase == "synced"
        assert world.known() == world.fresh()


async def test_every_refusal_of_what_was_granted_is_counted(world: World) -> None:
    """After a break the server is asked for its version first, and refuses that already."""
    async with world.following() as pods:
        world.server.faults.forbid("pods")
        world.server.break_connections()
        await asyncio.sleep(610)
        assert pods.state.phase == "forbidden"
        assert world.telemetry.counts["listed", "pods", "forbidden"] == 3


async def test_a_rotated_token_is_used_by_the_next_request() -> None:
    token = "old"
    world = World(token=lambda: token)
    world.server.faults.token = "old"
    world.pods(3)
    async with world.following():
        world.forget()
        token = world.server.faults.token = "new"
        world.server.break_connections()
        await asyncio.sleep(5)
        assert [(request.status, request.token) for request in world.server.requests] == [
            (401, "old"),
            (200, "new"),  # whether the server is what it was
            (200, "new"),
        ]
        assert world.transport.renewals == 1
        world.server.put(pod("new"))
        await asyncio.sleep(0.1)
        assert world.known() == world.fresh()


async def test_away_for_ten_minutes(world: World) -> None:
    async with world.following() as reflector:
        world.forget()
        world.server.go_away()
        await asyncio.sleep(600)
        assert len(world.server.requests) <= 0.25 * 600
        # The last state stays, and it shows that it is old.
        assert world.known() == world.fresh()
        assert (reflector.state.phase, reflector.state.listed) == ("failing", True)
        assert reflector.state.error == "connection refused"
        world.server.come_back()
        world.server.put(pod("new"))
        await asyncio.sleep(35)
        assert reflector.state.phase == "synced"
        assert world.sink.drain() == added("new")
        assert world.requests(*LISTS) == []


@pytest.mark.parametrize("seconds_away", [0, 30])
async def test_restored_from_an_older_snapshot(world: World, seconds_away: int) -> None:
    async with world.following():
        snapshot = world.server.snapshot()
        world.server.put(pod("later"))
        world.server.delete("pods", "default", "p0000")
        await asyncio.sleep(1)
        assert world.known() == world.fresh()
        world.forget()
        if seconds_away:
            world.server.go_away()
            await asyncio.sleep(seconds_away)
            world.server.come_back()
        world.server.restore(snapshot)
        await asyncio.sleep(90)
        assert world.sink.drain() == [("deleted", "Pod/default/later"), ("added", "Pod/default/p0000")]
        assert world.known() == world.fresh()
        assert len(world.requests(*LISTS)) == 1


@pytest.mark.parametrize("proper", [True, False])
async def test_restored_and_soon_past_what_was_known(world: World, proper: bool) -> None:
    """A restored server that writes much would be past the old version before a silent watch is given up."""
    async with world.following():
        snapshot = world.server.snapshot()
        for number in range(50):
            world.server.put(pod(f"later{number}"))
        await asyncio.sleep(60)
        if proper:
            for watch in world.server.watches():
                watch.finish()
        world.server.restore(snapshot)
        world.forget()
        await asyncio.sleep(5)
        for number in range(100):
            world.server.put(pod(f"otherwise{number}"))
        await asyncio.sleep(30)
        assert world.known() == world.fresh()
        assert len(world.requests(*LISTS)) == 1


@pytest.mark.parametrize(
    ("options", "fault"),
    [(ReflectorOptions(), faults.HalfOpen(after=800)), (PAGED, faults.Slow(3)), (PAGED, faults.Silent())],
)
async def test_cancelled_in_the_middle_of_a_list(
    world: World, options: ReflectorOptions, fault: faults.Fault
) -> None:
    world.pods(1600)
    world.server.faults.order("pods", fault, times=None)
    start = await now()
    async with world.following(options=options, settle=4.0):
        assert world.sink.events == []
    assert await now() - start < 5


async def test_a_list_that_takes_long_to_work_through_is_not_cut(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking in the end of a streaming list may last longer than the server may be silent."""
    world.pods(30)

    async def work(_: Scheduler, steps: Iterator[object]) -> None:
        for _step in steps:
            await asyncio.sleep(1)

    monkeypatch.setattr(Scheduler, "begin", lambda *_: False)
    monkeypatch.setattr(Scheduler, "work", work)
    async with world.following(settle=120):
        assert world.known() == world.fresh()
        assert len(world.requests(*LISTS)) == 1


async def test_scopes_are_applied_by_the_server(world: World) -> None:
    world.server.put(pod("web", "team-a", app="web"))
    world.server.put(pod("db", "team-a", app="db"))
    world.server.put(pod("web", "team-b", app="web"))
    async with world.following(scope=Scope("team-a", "app=web")):
        assert world.known().keys() == {"Pod/team-a/web"}
        assert {request.path for request in world.requests()} == {"/api/v1/namespaces/team-a/pods"}
        world.server.put(pod("db", "team-a", app="web"))
        world.server.put(pod("web", "team-a", app="other"))
        await asyncio.sleep(1)
        assert world.known().keys() == {"Pod/team-a/db"}


async def test_only_metadata_of_secrets_is_asked_for(world: World) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "a"},
        "data": {"k": "djE="},
    }
    world.server.put(secret)
    resource = Resource("", "v1", "secrets", "Secret", metadata_only=True)
    for options in (ReflectorOptions(), PAGED):
        async with world.following(resource, options=options):
            assert len(world.sink.contents) == 1
        world.sink.contents.clear()
    assert all("as=PartialObjectMetadata" in request.accept for request in world.requests(resource="secrets"))


async def test_goes_on_where_an_earlier_process_stopped(world: World) -> None:
    async with world.following() as earlier:
        checkpoint = Checkpoint[Item](earlier.version, list(earlier.known.values()))
    world.server.delete("pods", "default", "p0001")
    world.server.put(pod("new"))
    world.forget()
    async with world.following(restored=checkpoint) as reflector:
        assert world.sink.drain() == [("deleted", "Pod/default/p0001"), ("added", "Pod/default/new")]
        assert world.requests(*LISTS) == []
        assert reflector.state.listed
        assert world.known() == world.fresh()


async def test_a_checkpoint_that_is_too_old_is_compared_with_a_list(world: World) -> None:
    async with world.following() as earlier:
        checkpoint = Checkpoint[Item](earlier.version, list(earlier.known.values()))
    world.server.delete("pods", "default", "p0001")
    world.server.compact()
    world.forget()
    async with world.following(restored=checkpoint):
        assert world.sink.drain() == [("deleted", "Pod/default/p0001")]
        assert len(world.requests(*LISTS)) == 1
        assert world.known() == world.fresh()


async def test_long_lists_leave_room_for_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astrolabe.scheduling.scheduler.TURN_SECONDS", -1.0)
    world.pods(2000)
    turns = 0

    async def neighbour() -> None:
        nonlocal turns
        while len(world.sink.contents) < 2000:
            turns += 1
            await asyncio.sleep(0)

    for options in (ReflectorOptions(), PAGED):
        world.sink.contents.clear()
        async with world.following(options=options, settle=0):
            await neighbour()
    # For each object that is read and each that is handed on, two in one turn: the first begins it.
    assert turns >= 3950
