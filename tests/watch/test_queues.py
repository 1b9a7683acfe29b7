"""Order, retries, dead letters, bounds: what becomes of an event on its way to a handler."""

from __future__ import annotations

import asyncio
import json
import stat
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog

from astrolabe.watch import Controller, PermanentError, Rule, TemporaryError, WatchConfig
from astrolabe.watch.letters import DeadLetters
from astrolabe.watch.program import summary
from astrolabe.watch.testing import TestCluster, cluster
from tests.watch.helpers import Seen, configmap, obj

pytestmark = pytest.mark.looptime
RULES = (Rule("v1/configmaps"),)


def controller_of(handler: Any, folder: Path | None = None, **options: Any) -> Controller:
    config = WatchConfig(rules=RULES, output_dir=str(folder or "/nowhere"))
    controller = Controller(config)
    controller.add_event_handler(handler, **options)
    return controller


def versions(seen: Seen) -> list[str]:
    return [event.object["data"]["value"] for event in seen.events]


async def test_events_of_a_key_never_overlap_nor_overtake_and_others_run_beside() -> None:
    running: dict[str, int] = defaultdict(int)
    most_of_a_key, most, order = 0, 0, defaultdict(list)

    async def handle(event: Any) -> None:
        nonlocal most_of_a_key, most
        running[event.key] += 1
        most_of_a_key = max(most_of_a_key, running[event.key])
        most = max(most, sum(running.values()))
        # The first takes longest: were anything to overtake, it would.
        await asyncio.sleep(1 / int(event.object["data"]["value"]))
        order[event.key].append(event.object["data"]["value"])
        running[event.key] -= 1

    async with cluster(controller_of(handle)) as api:
        for value in "12345":
            for name in ("a", "b", "c", "d", "e"):
                api.put(configmap(name, data=value))
        await api.settled()
    assert (most_of_a_key, most) == (1, 3)
    assert dict(order) == {f"shop/{name}": list("12345") for name in "abcde"}


async def test_a_handler_that_raises_is_tried_again_later_and_newer_events_wait() -> None:
    seen = Seen()
    seen.failures = [ValueError("no"), ValueError("no"), TemporaryError("later", delay=100)]
    loop = asyncio.get_running_loop()
    times = []
    controller = controller_of(seen)
    original = seen.on_matched

    async def timed(event: Any) -> None:
        times.append(round(loop.time() - start, 3))
        await original(event)

    controller = controller_of(timed)
    async with cluster(controller) as api:
        start = loop.time()
        api.put(configmap("a"))
        api.put(configmap("a", data="2"))
        await api.settled(200)
    assert versions(seen) == ["1", "1", "1", "1", "2"]
    assert [event.attempt for event in seen.events] == [1, 2, 3, 4, 1]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert 0.4 <= pauses[0] <= 0.5
    assert 0.8 <= pauses[1] <= 1.0
    assert 100 <= pauses[2] < 100.1
    assert controller.handlers[0].metrics.retries == 3
    assert controller.handlers[0].metrics.handled == 2


async def test_with_latest_a_newer_event_replaces_what_waits() -> None:
    seen = Seen()
    seen.failures = [ValueError("no")]
    async with cluster(controller_of(seen, latest=True)) as api:
        for value in "1234":
            api.put(configmap("a", data=value))
            await asyncio.sleep(0.02)
        await api.settled()
    assert versions(seen) == ["1", "4"]
    assert [event.left_out for event in seen.events] == [0, 3]


async def test_after_the_last_retry_and_at_once_when_permanent_it_is_a_dead_letter(tmp_path: Path) -> None:
    seen = Seen()
    seen.failures = [ValueError("one"), ValueError("two"), ValueError("three"), PermanentError("never")]
    async with cluster(controller_of(seen, tmp_path, retries=2)) as api:
        api.put(configmap("a"))
        api.put(configmap("a", data="2"))
        api.put(configmap("a", data="3"))
        await api.settled()
    assert versions(seen) == ["1", "1", "1", "2", "3"]
    path = tmp_path / "dead-letters.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    letters = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(each["reason"], each["attempts"], each["object"]["data"]["value"]) for each in letters] == [
        ("ValueError: three", 3, "1"),
        ("PermanentError: never", 1, "2"),
    ]


async def test_dead_letters_are_delivered_again_in_order_and_those_that_fail_stay(tmp_path: Path) -> None:
    failing = Seen()
    failing.failures = [PermanentError("no")] * 3
    async with cluster(controller_of(failing, tmp_path)) as api:
        for value in "123":
            api.put(configmap("a", data=value))
        await api.settled()
    letters = DeadLetters(tmp_path / "dead-letters.jsonl")
    with letters.path.open("ab") as file:
        file.write(b'{"half a line')
    again = Seen()
    again.failures = [PermanentError("still not")]
    controller = controller_of(again, tmp_path)
    taken, kept = await controller.redeliver(letters.read())
    letters.replace(kept)
    assert (taken, versions(again)) == (2, ["1", "2", "3"])
    assert all(event.redelivered for event in again.events)
    assert again.events[1].old is not None
    lines = letters.path.read_bytes().splitlines()
    assert (len(lines), lines[1]) == (2, b'{"half a line')
    assert stat.S_IMODE(letters.path.stat().st_mode) == 0o600


async def test_a_dead_letter_that_cannot_be_written_is_said_and_holds_up_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    seen = Seen()
    seen.failures = [PermanentError("never")]
    controller = controller_of(seen, tmp_path / "file" / "out")
    with structlog.testing.capture_logs() as logs:
        async with cluster(controller) as api:
            api.put(configmap("a"))
            await api.settled()
            api.put(configmap("a", data="2"))
            api.put(configmap("b"))
            await api.settled()
    assert sorted(event.key for event in seen.events) == ["shop/a", "shop/a", "shop/b"]
    (lost,) = [entry for entry in logs if entry["event"] == "dead letter lost"]
    assert lost == {
        "event": "dead letter lost",
        "log_level": "error",
        "file": str(tmp_path / "file" / "out" / "dead-letters.jsonl"),
        "error": "Not a directory",
        "handler": controller.handlers[0].name,
        "key": "shop/a",
        "type": "ADDED",
    }
    counted = controller.handlers[0].metrics
    assert (counted.dead_letters, counted.lost) == (0, 1)
    assert list(summary(controller))[-1].endswith(
        ": 2 handled, 0 retries, 0 dead letters, 0 left out, 1 lost"
    )


async def test_a_dead_letter_after_half_a_line_begins_a_new_line(tmp_path: Path) -> None:
    (tmp_path / "dead-letters.jsonl").write_bytes(b'{"half')
    failing = Seen()
    failing.failures = [PermanentError("no")]
    async with cluster(controller_of(failing, tmp_path)) as api:
        api.put(configmap("a"))
        await api.settled()
    read = [letter for _, letter in DeadLetters(tmp_path / "dead-letters.jsonl").read()]
    assert read[0] is None
    assert read[1] is not None


async def test_a_dead_letter_holds_no_values_of_a_secret(tmp_path: Path) -> None:
    controller = Controller(WatchConfig(output_dir=str(tmp_path)))

    @controller.on("v1/secrets", values=True)
    async def handle(event: Any) -> None:
        assert event.object["data"] == {"key": "c2VjcmV0"}
        raise PermanentError("no")

    async with cluster(controller) as api:
        api.put(obj("Secret", "s", data={"key": "c2VjcmV0"}))
        api.put(obj("Secret", "s", data={"key": "c2VjcmV0"}, type="Opaque"))
        await api.settled()
    text = (tmp_path / "dead-letters.jsonl").read_text()
    assert len(text.splitlines()) == 2
    assert "c2VjcmV0" not in text


async def test_a_full_queue_keeps_what_happened_last_of_each_key_and_deletions() -> None:
    slow, seen = asyncio.Event(), Seen()

    async def handle(event: Any) -> None:
        await slow.wait()
        await seen.on_matched(event)

    controller = controller_of(handle, queue_size=4, workers=1)
    other = Seen()
    controller.add_event_handler(other)
    async with cluster(controller) as api:
        for number in range(3):
            api.put(configmap(f"k{number}"))
        for value in "23456":
            api.put(configmap("k1", data=value))
            api.put(configmap("k2", data=value))
        api.delete("configmaps", "shop", "k2")
        api.put(configmap("k2", data="again"))
        await asyncio.sleep(1)
        # The other handler has room, so nothing waits for the slow one.
        assert len(other.events) == 15
        slow.set()
        await api.settled()
    told = [(event.event_type.value, event.name, event.left_out) for event in seen.events]
    assert told == [
        ("ADDED", "k0", 0),
        ("ADDED", "k1", 0),
        ("DELETED", "k2", 6),
        ("UPDATED", "k1", 4),
        ("ADDED", "k2", 0),
    ]
    assert controller.handlers[0].queue.left_out == 10


async def test_a_watch_is_not_read_while_every_handler_of_it_is_full() -> None:
    slow, seen, pods = asyncio.Event(), Seen(), Seen()

    async def handle(event: Any) -> None:
        await slow.wait()
        await seen.on_matched(event)

    controller = Controller()
    controller.on("v1/configmaps", queue_size=5, workers=1)(handle)
    controller.on("v1/pods")(pods.on_matched)
    async with cluster(controller) as api:
        for number in range(20):
            api.put(configmap(f"k{number}"))
        api.put(obj("Pod", "web", spec={}))
        await asyncio.sleep(30)
        assert len(controller.handlers[0].queue) == 5
        assert any(watch.congested for watch in controller.watches)
        # Another watch is read all the same.
        assert pods.told == [("ADDED", "shop/web")]
        slow.set()
        await api.settled()
        await asyncio.sleep(5)
        await api.settled()
    assert [event.name for event in seen.events] == [f"k{number}" for number in range(20)]
    assert all(event.left_out == 0 for event in seen.events)


async def test_a_coroutine_that_hangs_is_ended_and_tried_again() -> None:
    attempts = []

    async def handle(event: Any) -> None:
        attempts.append(event.attempt)
        if len(attempts) == 1:
            await asyncio.Event().wait()

    async with cluster(controller_of(handle, timeout=10)) as api:
        api.put(configmap("a"))
        await api.settled()
    assert attempts == [1, 2]


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), KeyError("x")])
async def test_whatever_a_handler_raises_harms_no_other(error: BaseException) -> None:
    seen = Seen()

    async def handle(event: Any) -> None:
        if event.attempt == 1:
            raise error

    controller = controller_of(handle)
    controller.add_event_handler(seen)
    async with cluster(controller) as api:
        api.put(configmap("a"))
        api.put(configmap("b"))
        await api.settled()
    assert sorted(seen.told) == [("ADDED", "shop/a"), ("ADDED", "shop/b")]
    assert controller.handlers[0].metrics.handled == 2


async def test_what_a_handler_does_to_an_object_no_other_sees() -> None:
    seen = Seen()

    async def spoil(event: Any) -> None:
        event.object.clear()

    controller = controller_of(spoil)
    controller.add_event_handler(seen)
    async with cluster(controller) as api:
        api.put(configmap("a"))
        await api.settled()
        api.put(configmap("a", data="2"))
        await api.settled()
    assert seen.events[1].old["data"] == {"value": "1"}


async def test_at_the_end_running_handlers_finish_and_retries_come_once_more(tmp_path: Path) -> None:
    done, failing = [], Seen()
    failing.failures = [TemporaryError(delay=1000), ValueError("at the end")]

    async def slow(event: Any) -> None:
        await asyncio.sleep(20)
        done.append(event.key)

    controller = controller_of(slow, tmp_path)
    controller.add_event_handler(failing)
    async with cluster(controller) as api:
        api.put(configmap("a"))
        await asyncio.sleep(1)
    assert done == ["shop/a"]
    assert len(failing.events) == 2
    letters = [letter for _, letter in DeadLetters(tmp_path / "dead-letters.jsonl").read()]
    assert [letter.reason for letter in letters if letter] == ["ValueError: at the end"]


async def test_what_does_not_finish_in_time_is_a_dead_letter(tmp_path: Path) -> None:
    async def forever(_event: Any) -> None:
        await asyncio.Event().wait()

    controller = controller_of(forever, tmp_path, workers=1)
    loop = asyncio.get_running_loop()
    async with cluster(controller) as api:
        api.put(configmap("a"))
        api.put(configmap("b"))
        await asyncio.sleep(1)
        start = loop.time()
    assert 30 <= loop.time() - start < 31
    letters = [letter for _, letter in DeadLetters(tmp_path / "dead-letters.jsonl").read()]
    assert [letter.key for letter in letters if letter] == ["shop/a", "shop/b"]


async def test_ready_comes_after_the_initial_events_were_handed_over() -> None:
    order: list[str] = []

    async def handle(_event: Any) -> None:
        await asyncio.sleep(3)
        order.append("event")

    controller = controller_of(handle)
    controller.set_ready_callback(lambda: order.append("ready"))
    from astrolabe.testing.apiserver import ApiServer

    server = ApiServer()
    server.put(configmap("a"))
    async with cluster(controller, server) as api:
        assert isinstance(api, TestCluster)
        assert order == ["event", "ready"]
