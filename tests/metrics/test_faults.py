"""Exceptions inside the program: each costs what it struck, once, and is told once."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from astrolabe.api.v1.batch import Batch
from astrolabe.api.v1.consistent import ConsistentReads
from astrolabe.api.v1.document import Document
from astrolabe.api.v1.feed import Feed
from astrolabe.api.v1.reading import Reading
from astrolabe.bus import Bus
from astrolabe.derived.cost.holdings import Holdings
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.diagnosis import causes as diagnosis
from astrolabe.derived.diagnosis import explanations
from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.follower import Follower
from astrolabe.graph.graph import Graph
from astrolabe.metrics import edges, rows, table
from astrolabe.metrics.family import Family
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.releases import Releases
from astrolabe.metrics.snapshot import Snapshot, gzipped, plain
from astrolabe.metrics.source import Publish
from astrolabe.persistence.journal import Journal
from astrolabe.scheduling.scheduler import Scheduler
from tests.api.events import Mirror, parse, whole
from tests.cost.test_laws import COSTS, Object, key, pod, steps
from tests.cost.world import Cluster
from tests.graph.test_laws import step
from tests.graph.worlds import everything_known, histories, with_uids_of_their_own
from tests.kinds.objects import owned_by
from tests.metrics.exposing import exposing

KINDS = Family("test_kinds", "gauge", "Objects by kind, for a test.", ("kind",))


class Strict:
    """A source that refuses what does not follow from what it was told before."""

    def __init__(self) -> None:
        self._publish: Publish = lambda *_: None
        self._known: dict[str, Any] = {}
        self._counts: Counter[str] = Counter()

    @property
    def families(self) -> tuple[Family, ...]:
        return (KINDS,)

    @property
    def kinds(self) -> None:
        return None

    def attach(self, publish: Publish) -> None:
        self._publish = publish

    def follow(self, delta: Delta) -> None:
        for node_id, (before, after) in delta.nodes.items():
            assert self._known.get(node_id) == before
            self._known[node_id] = after
            self._counts[node_id.partition("/")[0]] += (after is not None) - (before is not None)

    def refresh(self, now: float) -> None:  # noqa: ARG002
        for kind, count in self._counts.items():
            self._publish(KINDS, kind, KINDS.line((kind,), count) if count else "")


def objects(graph: Graph) -> dict[str, Facts]:
    """Return the facts of every object that a graph knows, also of those that are no nodes."""
    return {node.id: node.facts for node in graph if node.facts.uid} | {
        facts.id: facts for facts in graph.hidden()
    }


class Kept(Follower):
    """What persistence would have: a snapshot, and what changed since."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._journal = Journal()
        self.facts: dict[str, Facts] = {}

    def follow(self, delta: Delta) -> None:
        self._journal.follow(delta)

    def lost(self) -> None:
        self._journal.lose()

    def write(self) -> None:
        if self._journal.overflowed:
            self._journal.begin()
            self.facts = objects(self._graph)
        for node_id, facts in self._journal.take().items():
            if facts is None:
                self.facts.pop(node_id, None)
            else:
                self.facts[node_id] = facts


class World:
    """Everything between the graph and bytes."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.registry = CollectorRegistry()
        self.faults = InternalErrors(self.registry)
        self.bus, self.exposition = exposing(self.graph, Strict(), now=lambda: 0.0, errors=self.faults)
        self.feed = Feed(self.graph, self.faults)
        self.reading = Reading(self.graph, Scheduler(), self.feed.mark)
        self.kept = Kept(self.graph)
        self.bus.add("changes", self.feed)
        self.bus.add("api", self.reading)
        self.bus.add("persistence", self.kept)

    def step(self, event: tuple[str, Any]) -> None:
        self.bus.follow(step(self.graph, event))

    async def page(self) -> str:
        return text(await self.exposition.snapshot())

    async def document(self) -> bytes:
        snapshot = await self.reading.document.snapshot()
        return b"".join(plain(snapshot.pieces(missing=True)))

    def errors(self, part: str) -> float | None:
        return self.registry.get_sample_value("astrolabe_internal_errors_total", {"part": part})


def text(snapshot: Snapshot) -> str:
    body = b"".join(plain(snapshot.pieces()))
    assert gzip.decompress(b"".join(gzipped(snapshot.pieces()))) == body
    return body.decode()


WHERE: tuple[tuple[Any, str], ...] = (
    (rows, "info"),
    (rows, "status"),
    (rows, "workload"),
    (edges, "lines"),
    (rows, "missing"),
    (rows, "causes"),
    (rows, "impact"),
    (diagnosis, "causes"),
    (explanations, "_below"),
    (explanations, "_above"),
    (Explanations, "follow"),
    (Releases, "values"),
    (Strict, "follow"),
    (Strict, "refresh"),
    (Feed, "follow"),
    (Feed, "_event"),
    (Batch, "add"),
    (ConsistentReads, "follow"),
    (Document, "follow"),
    (Journal, "follow"),
)
"""What derives something from the graph."""


@contextmanager
def failing(
    where: tuple[Any, str], chance: Callable[[], bool], kind: type[Exception]
) -> Iterator[Counter[str]]:
    """Let a function raise now and then instead of doing anything; counts how often it did."""
    owner, name = where
    original = getattr(owner, name)
    raised: Counter[str] = Counter()

    def function(*args: Any, **kwargs: Any) -> Any:
        if chance():
            raised[name] += 1
            raise kind(name)
        return original(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, function)
        # Some are in a table by now.
        patch.setattr(
            rows,
            "NODE_ROWS",
            tuple((family, function if row is original else row) for family, row in rows.NODE_ROWS),
        )
        yield raised


class Reader:
    """A client that mirrors the graph by a document and the events after it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.read()

    def read(self) -> None:
        self.mirror = Mirror(whole(self._world.graph))
        self.event_id = self._world.feed.mark()

    def resume(self) -> None:
        feed = self._world.feed
        feed.mark()
        number = feed.number(self.event_id)
        assert number is not None
        if not feed.history.reaches(number):
            self.read()
            return
        while (event := feed.history.after(number)) is not None:
            (told,) = parse(event.text)
            assert told.data is not None
            self.mirror.apply(told.data)
            number, self.event_id = event.number, told.id


async def live(
    history: list[tuple[str, Any]], where: tuple[Any, str], chance: random.Random, often: float
) -> None:
    with failing(where, lambda: chance.random() < often, ValueError) as raised:
        world = World()
        for event in everything_known:
            world.step(event)
        reader = Reader(world)
        for event in history:
            world.step(event)
            if chance.random() < 0.2:
                await world.page()
                await world.document()
                world.kept.write()
                reader.resume()
        await world.page()
        reader.resume()
        often = 0.0
        # From here on nothing fails any more: the next answers are whole.
        chance_before = raised.total()
        reader.resume()
        world.kept.write()
        page, document = await world.page(), await world.document()
        assert raised.total() == chance_before
    fresh = World()
    steps: list[tuple[str, Any]] = [("apply", facts) for facts in objects(world.graph).values()]
    steps += [("cover", scope) for scope in world.graph._coverage._scopes]
    for event in steps:
        fresh.step(event)
    assert page == await fresh.page()
    assert document == await fresh.document()
    assert reader.mirror.shows(whole(fresh.graph))
    assert world.kept.facts == objects(fresh.graph)


@pytest.mark.parametrize("where", WHERE, ids=lambda where: f"{where[0].__name__}.{where[1]}")
@settings(max_examples=25, deadline=None)
@given(
    histories.map(with_uids_of_their_own),
    st.randoms(use_true_random=False),
    st.sampled_from((0.02, 0.2, 0.7)),
)
def test_whatever_fails_now_and_then_the_next_answers_are_those_of_a_fresh_process(
    where: tuple[Any, str], history: list[tuple[str, Any]], chance: random.Random, often: float
) -> None:
    with structlog.testing.capture_logs():
        asyncio.run(live(history, where, chance, often))


@settings(max_examples=100, deadline=None)
@given(steps, st.randoms(use_true_random=False))
def test_what_cost_did_not_take_in_at_first_costs_what_it_costs(
    history: list[tuple[Object, bool, bool]], chance: random.Random
) -> None:
    """Each handler fails now and then, in the middle of what one event changed."""
    often = 0.2

    def sometimes(handler: Any) -> Any:
        def failing(*args: Any) -> Any:
            if chance.random() < often:
                raise ValueError
            return handler(*args)

        return failing

    def live(cluster: Cluster) -> dict[str, Object]:
        left: dict[str, Object] = {}
        for item, removed, scraped in history:
            kind, name, metadata, parts = item
            if removed:
                cluster.remove(key(item))
                left.pop(key(item), None)
            else:
                cluster.put(kind, name, metadata, **parts)
                left[key(item)] = item
            if scraped:
                cluster.scrape()
        return left

    with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs():
        patch.setattr(Holdings, "pod", sometimes(Holdings.pod))
        for name in ("_node", "_claim", "_replicated", "_show_workloads"):
            patch.setattr(CostSource, name, sometimes(getattr(CostSource, name)))
        lived = Cluster()
        left = live(lived)
        often = 0.0
        found = sorted(lived.scrape(*COSTS))
    rebuilt = Cluster()
    for kind, name, metadata, parts in left.values():
        rebuilt.put(kind, name, metadata, **parts)
    assert found == sorted(rebuilt.scrape(*COSTS))


def test_what_one_event_changes_is_taken_in_once_though_a_part_of_it_fails() -> None:
    """A ReplicaSet comes after its three Pods: the second one is not counted twice, nor are the others."""

    def adopted(*failing: int) -> list[str]:
        cluster, calls, original = Cluster(), 0, Holdings.pod
        for name in "abc":
            kind, _, metadata, parts = pod(name, "node-a", "1", "Running", ("ReplicaSet", "a"))
            cluster.put(kind, name, metadata, **parts)

        def counting(*args: Any) -> None:
            nonlocal calls
            calls += 1
            if calls in failing:
                raise ValueError
            original(cluster.cost._holdings, *args)

        cluster.cost._handlers["Pod"] = counting
        cluster.put("ReplicaSet", "a", owned_by("Deployment", "a"), spec={"replicas": 1})
        return cluster.scrape(*COSTS)

    with structlog.testing.capture_logs():
        assert adopted(2) == adopted(1, 3) == adopted()


def facts(node_id: str, **parts: Any) -> Facts:
    kind, namespace, name = node_id.split("/")
    return Facts(
        **{"id": node_id, "kind": kind, "namespace": namespace, "uid": name, "api_version": "v1", **parts}
    )


def broken(world: World, *names: str) -> None:
    """Let Pods be in error for want of a Secret."""
    world.step(("cover", ("Secret", "")))
    for name in names:
        refs = (Ref("uses-secret", "Secret/shop/db"),)
        world.step(("apply", facts(f"Pod/shop/{name}", verdict=Verdict("Error"), refs=refs)))


def causes_in(page: str) -> list[str]:
    return [line.split('"')[1] for line in page.splitlines() if line.startswith("astrolabe_root_cause_info{")]


async def test_a_scrape_answers_without_the_causes_that_cannot_be_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    broken(world, "a", "b", "c")
    original = diagnosis.causes

    def causes(graph: Any, node: Any) -> Any:
        if node.id == "Pod/shop/b":
            raise KeyError(node.id)
        return original(graph, node)

    monkeypatch.setattr(diagnosis, "causes", causes)
    with structlog.testing.capture_logs() as logs:
        pages = [await world.page() for _ in range(3)]
    for page in pages:
        assert causes_in(page) == ["Pod/shop/a", "Pod/shop/c"]
        assert 'astrolabe_resource_status{id="Pod/shop/b"' in page
    # Tried again with each scrape, told once.
    assert world.errors("causes") == 3
    assert [(entry["event"], entry["part"]) for entry in logs] == [("internal error", "causes")]
    assert isinstance(logs[0]["exc_info"], KeyError)
    monkeypatch.setattr(diagnosis, "causes", original)
    assert causes_in(await world.page()) == ["Pod/shop/a", "Pod/shop/b", "Pod/shop/c"]
    assert world.errors("causes") == 3


@pytest.mark.looptime
async def test_what_explains_between_scrapes_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    broken(world, "a")

    def nothing(*_: Any) -> Any:
        raise RecursionError

    with monkeypatch.context() as patch, structlog.testing.capture_logs():
        patch.setattr(diagnosis, "causes", nothing)
        running = asyncio.create_task(world.exposition.run())
        await asyncio.sleep(0.3)
        assert world.errors("causes") == 1
        assert not running.done()
    assert causes_in(await world.page()) == ["Pod/shop/a"]
    broken(world, "b")
    await asyncio.sleep(0.3)
    assert world.exposition._explainer.waiting == 0
    running.cancel()


async def test_a_snapshot_that_fails_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its changes are for the next one, also those of tables that were folded by then."""
    world = World()
    broken(world, "a")
    before = await world.page()
    world.step(("apply", facts("Pod/shop/a", verdict=Verdict("Ready"))))
    world.step(("apply", facts("Pod/shop/b")))
    original, calls = table.deflate, 0

    def deflate(data: bytes, level: int) -> bytes:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise MemoryError
        return original(data, level)

    monkeypatch.setattr(table, "deflate", deflate)
    with structlog.testing.capture_logs():
        results = await asyncio.gather(*(world.page() for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [MemoryError] * 3
    assert world.errors("snapshot") == 1
    after = await world.page()
    assert after != before
    fresh = World()
    fresh.step(("cover", ("Secret", "")))
    for name in "ab":
        fresh.step(("apply", facts(f"Pod/shop/{name}")))
    assert after == await fresh.page()


async def test_a_document_that_cannot_be_made_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    broken(world, "a")
    await world.document()
    world.step(("apply", facts("Pod/shop/b")))
    with monkeypatch.context() as patch:
        patch.setattr(Graph, "carried", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await world.document()
    fresh = World()
    broken(fresh, "a")
    fresh.step(("apply", facts("Pod/shop/b")))
    assert await world.document() == await fresh.document()


async def test_one_follower_that_fails_does_not_keep_a_delta_from_the_next() -> None:
    class Failing(Follower):
        def follow(self, _delta: Delta) -> None:
            raise OSError

        def lost(self) -> None:
            raise LookupError

    class Counting(Follower):
        count = 0

        def follow(self, _delta: Delta) -> None:
            self.count += 1

        def lost(self) -> None:
            raise AssertionError

    registry = CollectorRegistry()
    bus, counting = Bus(InternalErrors(registry)), Counting()
    bus.add("changes", Failing())
    bus.add("api", counting)
    with structlog.testing.capture_logs() as logs:
        bus.follow(Delta())
        bus.follow(Delta())
    assert counting.count == 2
    assert registry.get_sample_value("astrolabe_internal_errors_total", {"part": "changes"}) == 4
    # Each kind once.
    assert [type(entry["exc_info"]) for entry in logs] == [OSError, LookupError]


def test_errors_that_have_not_happened_are_zero_and_those_of_many_kinds_do_not_fill_the_log() -> None:
    registry = CollectorRegistry()
    faults = InternalErrors(registry)
    assert registry.get_sample_value("astrolabe_internal_errors_total", {"part": "rows"}) == 0
    with structlog.testing.capture_logs() as logs:
        for number in range(1000):
            faults.note("rows", type(f"Error{number}", (Exception,), {})())
    assert registry.get_sample_value("astrolabe_internal_errors_total", {"part": "rows"}) == 1000
    assert len(logs) == 100
