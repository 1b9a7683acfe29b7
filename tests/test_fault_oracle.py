"""The exporter as a whole through every fault of the contract: afterwards it says what a fresh one says.

What a fault may cost in requests, and which events follow, is shown where one resource is followed
(tests/kube). Here every kind meets the fault at once, while objects of all of them change.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from astrolabe.application import Application
from astrolabe.graph.export import as_json
from astrolabe.settings import Settings
from astrolabe.testing import faults
from astrolabe.testing.inprocess import InProcess
from astrolabe.testing.requests import Verb
from tests.api.exporter import SEEN, Exporter, cluster
from tests.api.shop import definition, make, pod
from tests.changes import DEFINITIONS, ROCKETS, change

pytestmark = pytest.mark.looptime

EVERYTHING: dict[str, Any] = {
    "metrics_opt_in": (".*",),
    "metrics_denied": (SEEN,),
    "metric_labels": {"pods": ("*",), "secrets": ("tier",), ROCKETS: ("*",)},
}
WATCHES = frozenset({Verb.WATCH})
STREAMS = frozenset({Verb.STREAM})
PAGED = {"streaming_lists": False}
FAILING = frozenset({"failing"})


class Bench:
    """A server in trouble, and the credentials that its clients may have."""

    def __init__(self) -> None:
        self.server = cluster(definition())
        self.token = ""

    def order(
        self,
        fault: faults.Fault,
        *,
        times: int | None = 1,
        verbs: frozenset[Verb] | None = None,
    ) -> None:
        """Have every kind meet a fault."""
        for resource in self.server.resources:
            self.server.faults.order(resource, fault, times=times, verbs=verbs)

    def cut(self) -> None:
        """Break every watch, so that each kind asks again."""
        self.server.break_connections()

    def relist(self) -> None:
        """Break every watch and let every version be too old, so that each kind lists again."""
        self.server.version += 1  # something that nobody follows is written, as Leases are all the time
        self.server.compact()
        self.server.break_connections()

    def heal(self) -> None:
        """End whatever is wrong."""
        held = self.server.faults
        held.clear()
        held.broken_groups.clear()
        held.forgotten_groups.clear()
        held.aggregated_discovery = True
        for resource in list(self.server.resources):
            held.grant(resource)
        self.server.come_back()

    @asynccontextmanager
    async def exporter(self, *, settle: float = 5.0, **settings: Any) -> AsyncIterator[Exporter]:
        """Follow with a whole exporter; afterwards nothing of it may be open."""
        transport = InProcess(self.server, lambda: self.token)
        tasks = len(asyncio.all_tasks())
        application = Application(
            Settings(port=0, address="127.0.0.1", **EVERYTHING, **settings), transport, random=Random(1)
        )
        stopping = asyncio.Event()
        running = asyncio.create_task(application.run(stopping))
        try:
            await asyncio.sleep(settle)
            yield Exporter(application)
        finally:
            stopping.set()
            async with asyncio.timeout(5):
                await running
        assert transport.open == 0
        assert len(asyncio.all_tasks()) == tasks


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def said(exporter: Exporter) -> tuple[str, str]:
    """The graph and its exposition, to the byte."""
    return "".join(as_json(exporter.application.graph)), await exporter.text()


class Row(NamedTuple):
    """A fault: how it comes about, for how long it lasts, and what ends it besides `Bench.heal`."""

    what: str
    cause: Callable[[Bench], object]
    seconds: float = 60
    """Between the cause and the end, in which objects go on changing."""
    settings: Mapping[str, Any] = MappingProxyType({})
    settle: float = 60
    """Seconds within which it is made good."""
    first: Callable[[Bench], object] = lambda _: None
    """What happens before the exporter starts."""
    end: Callable[[Bench], object] = lambda _: None
    phases: frozenset[str] = frozenset({"synced"})
    """How kinds are doing when the fault has lasted its time."""


def refused(code: int, **more: Any) -> Callable[[Bench], None]:
    def cause(bench: Bench) -> None:
        bench.order(faults.Refuse(code, **more))
        bench.cut()

    return cause


def ordered(fault: faults.Fault, **more: Any) -> Callable[[Bench], None]:
    """Each kind's next watch meets the fault."""

    def cause(bench: Bench) -> None:
        bench.order(fault, **more)
        bench.cut()

    return cause


def listing(fault: faults.Fault, **more: Any) -> Callable[[Bench], None]:
    """Each kind's next list meets the fault."""

    def cause(bench: Bench) -> None:
        bench.order(fault, **more)
        bench.relist()

    return cause


def crowd(bench: Bench) -> None:
    for number in range(1200):
        bench.server.put(make("ConfigMap", f"crowd-{number:04}", "crowd"))


def leave(bench: Bench) -> None:
    bench.server.go_away()


def freeze(bench: Bench) -> None:
    for watch in bench.server.watches():
        watch.freeze()


def large(bench: Bench) -> None:
    for name in ("a", "large"):
        bench.server.put(pod(name) | {"spec": {"future": "ü" * (3 << 19)}})


def malformed(bench: Bench) -> None:
    lines = (
        b'{"type": "ADDED", "object": {"meta\n',
        b"\xff\xfe not text\n",
        b'{"type": "ADDED", "object": {"spec": {}}}\n',
        b'{"type": "MODIFIED", "object": null}\n',
        b'{"type": "DELETED", "object": {"metadata": {"name": ["wrong"]}}}\n',
        b'{"type": "MYSTERY", "object": {}}\n',
    )
    for watch in bench.server.watches():
        for line in lines:
            watch.send(line)


def unreadable(bench: Bench) -> None:
    """Objects that are known already, and new ones, of a shape that no API server would send."""
    for name in ("web-abc-1", "new"):
        bench.server.put(pod(name) | {"spec": {"containers": {"not": "a list"}, "nodeName": 3}})
    bench.server.put(make("Service", "web", spec={"selector": ["app"]}))
    bench.server.put(make("Secret", "odd", metadata={"labels": {"app": 3}}))


def forbid(*resources: str) -> Callable[[Bench], None]:
    def cause(bench: Bench) -> None:
        for resource in resources:
            bench.server.faults.forbid(resource)
        bench.cut()

    return cause


def rotate(bench: Bench) -> None:
    bench.token = bench.server.faults.token = "new"
    bench.cut()


def version(bench: Bench, *served: str) -> None:
    fresh = definition()
    fresh["spec"]["versions"] = [
        {"name": name, "served": True, "storage": number == 0} for number, name in enumerate(served)
    ]
    bench.server.put(fresh)


def come_and_go(bench: Bench) -> None:
    bench.server.delete(DEFINITIONS, "", ROCKETS)
    bench.server.put(definition("boosters", "Booster"))
    bench.server.put(make("Booster", "left", api="space.example/v1", spec={}))


def break_group(bench: Bench) -> None:
    bench.server.faults.broken_groups.add("space.example")
    bench.cut()


def break_conversion(bench: Bench) -> None:
    bench.server.faults.break_conversion(ROCKETS)
    bench.cut()


def undiscoverable(bench: Bench) -> None:
    bench.server.faults.order("*", faults.Refuse(503), times=None, verbs=frozenset({Verb.DISCOVERY}))
    bench.server.delete(DEFINITIONS, "", ROCKETS)


def restored(*, away: bool) -> Callable[[Bench], None]:
    def cause(bench: Bench) -> None:
        snapshot = bench.server.snapshot()
        # More than what is to follow: a server that is past what was known cannot be told from before.
        change(bench.server, Random(77), 150)
        loop = asyncio.get_running_loop()
        if away:
            loop.call_later(4, bench.server.go_away)
        loop.call_later(5, bench.server.restore, snapshot)

    return cause


ROWS = (
    Row("empty closes in a row", ordered(faults.EmptyClose(), times=20, verbs=WATCHES), 600),
    Row("410 as event", ordered(faults.ErrorEvent(410, "too old resource version: 1 (2)"))),
    Row("410 as event, in the middle", ordered(faults.ErrorEvent(410, after=1)), 120),
    Row("410 as status", refused(410)),
    Row("history compacted", Bench.relist),
    Row(
        "410 on page 3",
        lambda bench: (bench.server.faults.order("configmaps", faults.ExpiredPage(3)), bench.relist()),
        settings=PAGED,
        first=crowd,
    ),
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
    Row("streaming list that falls silent", listing(faults.HalfOpen(after=1), verbs=STREAMS)),
    Row("outage", leave, 20, phases=FAILING),
    Row(
        "outage, compacted",
        leave,
        20,
        end=lambda bench: bench.server.compact(),
        phases=FAILING,
    ),
    Row("away for ten minutes", leave, 600, phases=FAILING),
    Row("ERROR 500, Retry-After", ordered(faults.ErrorEvent(500, "leader changed", retry_after=3), times=2)),
    Row("ERROR 429, Retry-After", ordered(faults.ErrorEvent(429, "too many", retry_after=3), times=2)),
    Row("500 with Retry-After", refused(500, retry_after=3)),
    Row("429 with Retry-After", refused(429, retry_after=3)),
    Row("half open", freeze, 80),
    Row("half open, without bookmarks", ordered(faults.HalfOpen(), verbs=WATCHES), 640, settings=PAGED),
    Row("half open, in the middle of a line", ordered(faults.HalfOpen(after=2)), 640, settings=PAGED),
    Row("never answered", ordered(faults.Silent()), 640),
    Row(
        "quiet, bookmarks only, cut",
        lambda bench: asyncio.get_running_loop().call_later(70, bench.relist),
        90,
    ),
    Row("lines split at every byte", ordered(faults.Split(1), times=None), 40),
    Row("pieces of seven bytes", listing(faults.Split(7), times=None), 40),
    Row("truncated last line", ordered(faults.Truncate(1, 30), times=3), 420),
    Row("truncated first line of a list", listing(faults.Truncate(0, 30), times=2)),
    Row("cut inside a line", ordered(faults.Cut(1, 30), times=3), 420),
    Row("lines of 3 MB", large, 10),
    Row("malformed lines", malformed, 10),
    Row("malformed line in a list", listing(faults.Insert(b'{"type": "ADDED", "obj\n', after=1))),
    Row("objects that cannot be read", unreadable, 10),
    Row(
        "forbidden, granted later",
        forbid("secrets", "pods", "nodes", ROCKETS),
        400,
        settle=301,
        phases=frozenset({"synced", "forbidden"}),
    ),
    Row(
        "forbidden from the start",
        lambda _: None,
        30,
        first=forbid("services", "deployments.apps", DEFINITIONS),
        settle=301,
        phases=frozenset({"synced", "forbidden"}),
    ),
    Row("401 and a rotated token", rotate, 40),
    Row("definitions come and go", come_and_go, 30, settle=0),
    Row("a version is dropped", lambda bench: version(bench, "v2"), 30, settle=0),
    Row(
        "one of two versions is dropped",
        lambda bench: version(bench, "v2"),
        30,
        first=lambda bench: version(bench, "v1", "v2"),
        settle=0,
    ),
    Row(
        "broken aggregated API",
        break_group,
        120,
        phases=frozenset({"synced", "failing"}),
    ),
    Row("a conversion webhook is down", break_conversion, 120, phases=frozenset({"synced", "failing"})),
    Row(
        "a conversion webhook is down at the start",
        lambda _: None,
        60,
        first=lambda bench: bench.server.faults.break_conversion(ROCKETS),
        phases=frozenset({"synced", "failing"}),
    ),
    Row("restarted", lambda bench: bench.server.restart(), 60),
    Row("restarted, slowly", lambda bench: bench.server.restart(20), 80),
    Row("nothing can be discovered", undiscoverable, 120, phases=frozenset({"synced", "absent"})),
    Row("restored from an older snapshot", restored(away=False), 40),
    Row(
        "restored while away",
        restored(away=True),
        40,
        phases=FAILING,
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
async def test_afterwards_a_fresh_process_says_the_same(bench: Bench, row: Row) -> None:
    random = Random(row.what)
    change(bench.server, random, 80)
    row.first(bench)
    async with bench.exporter(**row.settings) as exporter:
        before = await said(exporter)
        change(bench.server, random, 10)
        row.cause(bench)
        for _ in range(10):
            change(bench.server, random, 6)
            await asyncio.sleep(row.seconds / 10)
        # Whoever was to meet the fault has met it.
        assert [order for order in bench.server.faults._orders if order.left > 0] == []
        assert set(exporter.phases().values()) <= row.phases
        row.end(bench)
        bench.heal()
        await asyncio.sleep(row.settle)
        after = await said(exporter)
        assert set(exporter.phases().values()) == {"synced"}
        async with bench.exporter(**row.settings) as fresh:
            assert set(fresh.phases().values()) == {"synced"}
            assert await said(fresh) == after
        assert after != before
        # And it goes on.
        bench.server.put(pod("last"))
        await asyncio.sleep(1)
        assert 'id="Pod/shop/last"' in await exporter.text()


async def test_away_for_ten_minutes_asks_little(bench: Bench) -> None:
    """At most 0.25 requests a second per kind, discovery included, while the last state stays."""
    async with bench.exporter() as exporter:
        before = await said(exporter)
        kinds = len(exporter.phases())
        bench.server.requests.clear()
        bench.server.go_away()
        await asyncio.sleep(600)
        assert await said(exporter) == before
        paths = [request.path for request in bench.server.requests]
        assert len(set(paths)) >= kinds
        assert max(paths.count(path) for path in set(paths)) <= 0.25 * 600
        assert len(paths) <= 0.25 * 600 * kinds
        bench.heal()


@pytest.mark.parametrize(
    ("fault", "settings"),
    [(faults.Silent(), PAGED), (faults.Slow(30), PAGED), (faults.HalfOpen(after=1), {})],
)
async def test_stopped_in_the_middle_of_a_list(
    bench: Bench, fault: faults.Fault, settings: dict[str, Any]
) -> None:
    """It ends within five seconds, which `Bench.exporter` asks for, and leaves no trace on the server."""
    change(bench.server, Random(1), 50)
    bench.order(fault, times=None)
    async with bench.exporter(settle=4, **settings) as exporter:
        assert not exporter.application.supervisor.ready
    bench.heal()
    assert bench.server.watches() == []
    async with bench.exporter() as first, bench.exporter() as second:
        assert await said(first) == await said(second)


FAULTS = (
    faults.EmptyClose(),
    faults.ErrorEvent(410, "too old resource version", after=1),
    faults.ErrorEvent(429, retry_after=2),
    faults.ErrorEvent(500),
    faults.Refuse(410),
    faults.Refuse(422),
    faults.Refuse(429, retry_after=1),
    faults.Refuse(503),
    faults.Slow(7),
    faults.Silent(),
    faults.HalfOpen(after=2),
    faults.Cut(1, 20),
    faults.Truncate(2),
    faults.CutBeforeBookmark(),
    faults.Split(11),
    faults.Insert(b'{"type": "ADDED", "obj\n', after=1),
)
WAYS_TO_LIST: tuple[Mapping[str, Any], ...] = ({}, PAGED, {"list_from_cache": True})


class Storm:
    """One random misfortune after another."""

    def __init__(self, bench: Bench, random: Random) -> None:
        self._bench = bench
        self._server = bench.server
        self._random = random
        self._snapshots = [bench.server.snapshot()]

    async def strike(self) -> None:
        """Let something go wrong, at times for some seconds."""
        server, random = self._server, self._random
        resource = random.choice([*server.resources, "*", "*", "*"])
        match random.randrange(15):
            case 0 | 1 | 2:
                server.faults.order(resource, random.choice(FAULTS), times=random.randint(1, 30))
            case 3 | 4:
                self._bench.cut()
            case 5:
                self._bench.relist()
            case 6:
                server.go_away()
                await asyncio.sleep(random.uniform(0, 60))
                server.come_back()
            case 7:
                for watch in server.watches(None if resource == "*" else resource):
                    watch.freeze()
            case 8:
                self._snapshots.append(server.snapshot())
            case 9 if resource != "*":
                server.faults.forbid(resource)
                self._bench.cut()
            case 10:
                self._bench.token = server.faults.token = str(random.random())
            case 11:
                self._definitions()
            case 12:
                server.restart(random.uniform(0, 20))
            case 13:
                server.faults.break_conversion(ROCKETS)
                self._bench.cut()
            case _:
                server.faults.broken_groups ^= {random.choice(("space.example", "batch"))}

    def restore(self) -> None:
        """Go back to a snapshot that the definitions of now agree with."""
        self._server.restore(self._random.choice(self._snapshots))

    def _definitions(self) -> None:
        if ROCKETS in self._server.resources and self._random.random() < 0.5:
            self._server.delete(DEFINITIONS, "", ROCKETS)
        else:
            version(self._bench, *self._random.choice((("v1",), ("v2",), ("v2", "v1"))))
        # A snapshot restores objects, not what is served.
        self._snapshots = [self._server.snapshot()]


@pytest.mark.parametrize("seed", range(6))
async def test_a_storm(seed: int) -> None:
    bench, random = Bench(), Random(seed)
    settings = WAYS_TO_LIST[seed % len(WAYS_TO_LIST)]
    change(bench.server, random, 80)
    storm = Storm(bench, random)
    async with bench.exporter(**settings) as exporter:
        for _ in range(25):
            change(bench.server, random, random.randrange(12))
            await storm.strike()
            await asyncio.sleep(random.expovariate(1 / 20))
        bench.heal()
        # The longest watch, should its connection be half open, and the longest pause of who was forbidden.
        await asyncio.sleep(700)
        await agrees(bench, exporter, settings)
        storm.restore()
        await asyncio.sleep(120)
        await agrees(bench, exporter, settings)


async def agrees(bench: Bench, exporter: Exporter, settings: Mapping[str, Any]) -> None:
    """Compare with a fresh exporter."""
    assert set(exporter.phases().values()) == {"synced"}
    async with bench.exporter(**settings) as fresh:
        assert set(fresh.phases().values()) == {"synced"}
        assert await said(exporter) == await said(fresh)
