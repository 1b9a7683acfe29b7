"""Every fault of following an API server, with a handler at the end: what it is told of what happened.

Where the fault ends within the server's history, it is each change exactly once. Where that history is gone,
it is the net difference. How handlers are does not matter: they may fail, hang, be slow or leak.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import NamedTuple

import pytest

from astrolabe.testing import faults
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from astrolabe.testing.requests import Verb
from astrolabe.watch import Controller, MatchedEvent, Rule, WatchConfig
from tests.watch.helpers import configmap

pytestmark = pytest.mark.looptime

RESOURCE = "configmaps"
WATCHES = frozenset({Verb.WATCH})
STREAMS = frozenset({Verb.STREAM})
HANDLERS = ("quick", "failing", "hanging", "slow", "leaking")


class Bench:
    """A server in trouble, and what a handler is told."""

    def __init__(self, how: str = "quick") -> None:
        self.server = ApiServer()
        self.token = ""
        self.how = how
        self.told: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """By name: type and value of each event that the handler took."""
        self._leaked: list[object] = []
        self._known: dict[str, str] = {}
        for name in ("stays", "changes", "goes", "returns"):
            self.server.put(configmap(name, data="0"))

    async def handle(self, event: MatchedEvent) -> None:
        """Take an event, each way that handlers have."""
        first = event.attempt == 1
        match self.how:
            case "failing" if first:
                raise ValueError("the first time")
            case "hanging" if first:
                await asyncio.Event().wait()
            case "slow":
                await asyncio.sleep(1)
            case "leaking":
                self._leaked += [event, asyncio.create_task(asyncio.Event().wait())]
        value = event.object["data"]["value"]
        self.told[event.name].append((event.event_type.value, value))
        if event.event_type == "UPDATED":
            assert event.old is not None
            assert event.old["data"]["value"] == self._known[event.name]
        self._known[event.name] = value
        assert event.initial is (value == "0" and event.event_type == "ADDED")
        assert not event.redelivered

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Controller]:
        """Follow; afterwards no connection may be open."""
        config = WatchConfig(rules=(Rule(f"v1/{RESOURCE}"),), handler_timeout=5)
        controller = Controller(config, random=Random(1))
        controller.add_event_handler(self.handle)
        transport = InProcess(self.server, lambda: self.token)
        controller.connect(transport)
        async with controller:
            yield controller
        assert transport.open == 0
        for leaked in self._leaked:
            if isinstance(leaked, asyncio.Task):
                leaked.cancel()

    def order(
        self, fault: faults.Fault, *, times: int | None = 1, verbs: frozenset[Verb] | None = None
    ) -> None:
        self.server.faults.order(RESOURCE, fault, times=times, verbs=verbs)

    def relist(self) -> None:
        """Break the watch, and let its version be too old."""
        self.server.version += 1
        self.server.compact()
        self.server.break_connections()

    def heal(self) -> None:
        self.server.faults.clear()
        self.server.faults.grant(RESOURCE)
        self.server.come_back()

    async def change(self, seconds: float) -> None:
        """Let all happen that can happen to an object, spread over some seconds."""
        put, delete = self.server.put, self.server.delete
        for step in (
            lambda: put(configmap("changes", data="1")),
            lambda: delete(RESOURCE, "shop", "goes"),
            lambda: put(configmap("comes", data="1")),
            lambda: delete(RESOURCE, "shop", "returns"),
            lambda: put(configmap("passes", data="1")),
            lambda: put(configmap("returns", data="1")),
            lambda: delete(RESOURCE, "shop", "passes"),
            lambda: put(configmap("changes", data="2")),
        ):
            step()
            await asyncio.sleep(seconds / 8)


EACH = {
    "changes": [("UPDATED", "1"), ("UPDATED", "2")],
    "goes": [("DELETED", "0")],
    "comes": [("ADDED", "1")],
    "returns": [("DELETED", "0"), ("ADDED", "1")],
    "passes": [("ADDED", "1"), ("DELETED", "1")],
    "last": [("ADDED", "1")],
}
NET = {**EACH, "changes": [("UPDATED", "2")]}
del NET["passes"]


def cut(bench: Bench) -> None:
    bench.server.break_connections()


def ordered(fault: faults.Fault, **more: object) -> Callable[[Bench], None]:
    """The next watch meets the fault."""

    def cause(bench: Bench) -> None:
        bench.order(fault, **more)  # type: ignore[arg-type]
        bench.server.break_connections()

    return cause


def listing(fault: faults.Fault, **more: object) -> Callable[[Bench], None]:
    """The next list meets the fault."""

    def cause(bench: Bench) -> None:
        bench.order(fault, **more)  # type: ignore[arg-type]
        bench.relist()

    return cause


def away(bench: Bench) -> None:
    bench.server.go_away()


def compacted(bench: Bench) -> None:
    bench.server.compact()


def pages(bench: Bench) -> None:
    """A third page that has expired, and no streaming list."""
    bench.order(faults.Refuse(422), times=None, verbs=STREAMS)
    bench.order(faults.ExpiredPage(3))
    bench.relist()


def crowd(bench: Bench) -> None:
    for number in range(1200):
        bench.server.put(configmap(f"crowd-{number}", data="0"))


def freeze(bench: Bench) -> None:
    for watch in bench.server.watches():
        watch.freeze()


def malformed(bench: Bench) -> None:
    for watch in bench.server.watches():
        for line in (
            b'{"type": "ADDED", "object": {"meta\n',
            b"\xff\xfe not text\n",
            b'{"type": "ADDED", "object": {"spec": {}}}\n',
            b'{"type": "MODIFIED", "object": null}\n',
            b'{"type": "MYSTERY", "object": {}}\n',
        ):
            watch.send(line)


def forbidden(bench: Bench) -> None:
    bench.server.faults.forbid(RESOURCE)
    bench.server.break_connections()


def rotated(bench: Bench) -> None:
    bench.token = bench.server.faults.token = "new"
    bench.server.break_connections()


class Row(NamedTuple):
    """A fault, and how the handler hears of what happens meanwhile."""

    what: str
    cause: Callable[[Bench], object]
    seconds: float = 60
    """Between the cause and its end."""
    told: dict[str, list[tuple[str, str]]] = EACH
    first: Callable[[Bench], object] = lambda _: None
    """What happens before the start."""
    end: Callable[[Bench], object] = lambda _: None
    settle: float = 400
    """Seconds within which it is made good, retries of handlers included."""


ROWS = (
    Row("nothing", lambda _: None),
    Row("cut", cut),
    Row("empty closes in a row", ordered(faults.EmptyClose(), times=40, verbs=WATCHES), 1200),
    Row("410 as event", ordered(faults.ErrorEvent(410, "too old resource version: 1 (2)"))),
    Row("410 as event, after two events", ordered(faults.ErrorEvent(410, after=2)), 120),
    Row("410 as status", ordered(faults.Refuse(410))),
    Row("history compacted", Bench.relist),
    Row("410 on page 3", pages, first=crowd),
    Row("streaming list refused by 400", listing(faults.Refuse(400), times=None, verbs=STREAMS)),
    Row("streaming list refused by 422", listing(faults.Refuse(422), times=None, verbs=STREAMS)),
    Row(
        "streaming list refused by event",
        listing(
            faults.ErrorEvent(500, "a required storage feature RequestWatchProgress is not supported"),
            times=None,
            verbs=STREAMS,
        ),
    ),
    Row("streaming list cut before its last bookmark", listing(faults.CutBeforeBookmark())),
    Row("away", away, 20),
    Row("away, compacted", away, 20, NET, end=compacted),
    Row("away for ten minutes", away, 600),
    Row("away for ten minutes, compacted", away, 600, NET, end=compacted),
    Row("ERROR 500, Retry-After", ordered(faults.ErrorEvent(500, "leader changed", retry_after=3), times=2)),
    Row("ERROR 429, Retry-After", ordered(faults.ErrorEvent(429, "too many", retry_after=3), times=2)),
    Row("500 with Retry-After", ordered(faults.Refuse(500, retry_after=3))),
    Row("429 with Retry-After", ordered(faults.Refuse(429, retry_after=3))),
    Row("half open", freeze, 80),
    Row("half open from the start", ordered(faults.HalfOpen(), verbs=WATCHES), 80),
    Row("half open, after two events", ordered(faults.HalfOpen(after=2), verbs=WATCHES), 80),
    Row("never answered", ordered(faults.Silent()), 640),
    Row("lines split at every byte", ordered(faults.Split(1), times=None), 40),
    Row("truncated line", ordered(faults.Truncate(1, 30), times=3, verbs=WATCHES)),
    Row("cut inside a line", ordered(faults.Cut(1, 30), times=3, verbs=WATCHES)),
    Row("malformed lines", malformed),
    Row("malformed line first", ordered(faults.Insert(b'{"type": "ADDED", "obj\n'), verbs=WATCHES)),
    Row("forbidden, granted later", forbidden, 60),
    Row("forbidden, granted when the history is gone", forbidden, 60, NET, end=compacted),
    Row("401 and a rotated token", rotated),
    Row("restarted", lambda bench: bench.server.restart()),
    Row("restarted, slowly", lambda bench: bench.server.restart(20), 20),
)


# Each fault with a quick handler and with one of the others in turn, a cut connection with all of them.
CASES = [
    (row, how)
    for number, row in enumerate(ROWS)
    for place, how in enumerate(HANDLERS)
    if row.what == "cut" or place in (0, 1 + number % (len(HANDLERS) - 1))
]


@pytest.mark.parametrize(("row", "how"), CASES, ids=[f"{row.what}, {how}" for row, how in CASES])
async def test_each_change_once_or_the_net_difference(row: Row, how: str) -> None:
    bench = Bench(how)
    row.first(bench)
    async with bench.following() as controller:
        await controller.ready()
        await asyncio.sleep(row.settle)
        assert {name: bench.told[name] for name in ("stays", "changes")} == {
            "stays": [("ADDED", "0")],
            "changes": [("ADDED", "0")],
        }
        bench.told.clear()
        row.cause(bench)
        await bench.change(row.seconds)
        # What was to meet the fault has met it.
        assert [order for order in bench.server.faults._orders if order.left > 0] == []
        row.end(bench)
        bench.heal()
        await asyncio.sleep(row.settle)
        bench.server.put(configmap("last", data="1"))
        await asyncio.sleep(30)
    assert bench.told == row.told


@pytest.mark.parametrize(
    "fault", [faults.Silent(), faults.Slow(30), faults.HalfOpen(after=2), faults.Refuse(500)], ids=repr
)
async def test_stopped_in_the_middle_of_a_list(fault: faults.Fault) -> None:
    bench = Bench("slow")
    bench.order(fault, times=None)
    async with bench.following() as controller:
        await asyncio.sleep(4)
        assert not controller.is_ready
        stopping = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - stopping < 5
    assert bench.server.watches() == []
    # Nothing of a half-read list was told.
    assert bench.told == {}


async def test_stopped_in_the_middle_of_events_each_is_taken_once() -> None:
    bench = Bench("slow")
    async with bench.following() as controller:
        await controller.ready()
        bench.told.clear()
        await bench.change(0)
        # The first of them are at work, the others wait.
        await asyncio.sleep(0.5)
        assert any(len(handling.queue) for handling in controller.handlers)
    assert bench.told == {name: told for name, told in EACH.items() if name != "last"}
