"""Readings that the writer interrupts: whatever it does meanwhile, they are of one moment."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Generator
from itertools import count
from typing import Any, TypeVar

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.api.v1.bodies import edge_body, missing_body, node_body
from astrolabe.api.v1.consistent import ConsistentReads
from astrolabe.api.v1.graph import GraphQuery, _Parts, parts
from astrolabe.api.v1.query import PageQuery
from astrolabe.api.v1.reading import Reading
from astrolabe.api.v1.selection import select
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Facts, Release, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.metrics.snapshot import gzipped, plain
from astrolabe.scheduling.scheduler import Scheduler
from tests.api.v1.scene import unordered
from tests.graph.worlds import events, everything_known

R = TypeVar("R")

pasts = st.lists(events, min_size=10, max_size=30).map(lambda rest: everything_known + rest)
futures = st.lists(events, min_size=10, max_size=40)


class Interrupted(Scheduler):
    """Turns of one step each, between which something happens."""

    def __init__(self) -> None:
        super().__init__()
        self.between: Callable[[], None] = lambda: None

    @property
    def over(self) -> bool:
        return True

    async def __aenter__(self) -> None:
        await super().__aenter__()
        self.between()


class World:
    """A graph with its readers, and a history that it has yet to live through."""

    def __init__(self, past: list[Any], future: list[Any]) -> None:
        self.graph = Graph()
        self.scheduler = Interrupted()
        self.reading = Reading(self.graph, self.scheduler)
        self.rest = list(past)
        self.live(len(past))
        self.rest = list(future)

    def live(self, steps: int = 1) -> None:
        for _ in range(min(steps, len(self.rest))):
            self.reading.follow(self._step(*self.rest.pop(0)))

    def _step(self, what: str, subject: Any) -> Delta:
        match what:
            case "apply":
                return self.graph.apply(subject)
            case "remove":
                return self.graph.remove(subject)
            case "report":
                node = self.graph.get(subject[0])
                if node is None or not node.facts.uid:
                    return Delta()
                return self.graph.apply(msgspec.structs.replace(node.facts, verdict=Verdict(subject[1])))
            case _:
                return getattr(self.graph, what)(*subject)  # type: ignore[no-any-return]

    def now(self) -> dict[str, list[str]]:
        """The whole graph, read at once."""
        graph = self.graph
        body = {
            "nodes": [node_body(node) for node in graph],
            "edges": [edge_body(graph, edge) for edge in graph.edges()],
            "missing": [missing_body(graph, missing) for missing in graph.missing()],
        }
        return unordered(msgspec.to_builtins(body))


@settings(max_examples=25)
@given(pasts, futures, st.integers(1, 5))
def test_the_document_is_one_moment_whatever_happens_while_it_is_made(
    past: list[Any], future: list[Any], every: int
) -> None:
    async def run() -> None:
        world = World(past, future)
        turns = count()
        for _ in range(5):
            moments: dict[int, dict[str, list[str]]] = {}

            def between(moments: dict[int, dict[str, list[str]]] = moments) -> None:
                moments[world.reading.moments.revision] = world.now()
                world.live(next(turns) % every == 0)
                moments[world.reading.moments.revision] = world.now()

            world.scheduler.between = between
            snapshot = await world.reading.document.snapshot()
            body = b"".join(plain(snapshot.pieces(missing=True)))
            assert unordered(json.loads(body)) == moments[snapshot.stamp.revision]
            assert gzip.decompress(b"".join(gzipped(snapshot.pieces(missing=True)))) == body

    asyncio.run(run())


@settings(max_examples=25)
@given(pasts, futures, st.integers(1, 5), st.sampled_from(("", "", "shop", "a/shop")))
def test_a_selection_is_one_moment_whatever_happens_while_it_is_read(
    past: list[Any], future: list[Any], every: int, release: str
) -> None:
    async def run() -> None:
        world = World(past, future)
        query = GraphQuery(release=release, missing=True, status=("Ready", "Error"))

        async def body(scheduler: Scheduler) -> dict[str, list[str]]:
            moments = world.reading.moments
            moments._scheduler = scheduler
            selected = await select(moments, query, "", _Parts(world.reading, query, ""))
            return unordered(json.loads(b"".join(parts(selected, missing=True))))

        turns = count()
        world.scheduler.between = lambda: world.live(next(turns) % every == 0)
        for _ in range(8):
            interrupted = await body(world.scheduler)
            # Nothing happened between the end of the selection and this.
            assert interrupted == await body(Scheduler())

    asyncio.run(run())


async def test_what_nobody_reads_is_forgotten_once_most_of_it_has_changed() -> None:
    graph = Graph()
    reading = Reading(graph, Scheduler())

    def put(number: int, message: str) -> None:
        facts = Facts(
            id=f"Secret/a/{number}",
            kind="Secret",
            namespace="a",
            uid=str(number),
            api_version="v1",
            verdict=Verdict(message=message),
        )
        reading.follow(graph.apply(facts))

    for number in range(2000):
        put(number, "")
    assert reading.document._touched is None
    await reading.document.snapshot()
    for number in range(2000):
        put(number, "changed")
    assert len(reading.document._touched or ()) == 2000
    reading.follow(graph.remove("Secret/a/0"))
    put(2000, "new")
    put(2001, "new")
    assert reading.document._touched is None
    assert not reading.document._nodes.blocks
    snapshot = await reading.document.snapshot()
    assert len(json.loads(b"".join(plain(snapshot.pieces(missing=False))))["nodes"]) == 2001


async def test_a_walk_begins_again_where_its_way_was_touched_and_ends_all_the_same() -> None:
    graph = Graph()
    moments = ConsistentReads(graph, Scheduler())
    walks = 0

    def walk(seen: set[str]) -> Generator[object, None, int]:
        nonlocal walks
        walks += 1
        seen.add("Secret/a/x")
        moments.follow(graph.apply(secret(str(walks))))
        yield None
        return walks

    def secret(message: str) -> Facts:
        return Facts(
            id="Secret/a/x",
            kind="Secret",
            namespace="a",
            uid="x",
            api_version="v1",
            verdict=Verdict(message=message),
        )

    assert await moments.explore(walk) == walks == 9


async def test_who_joins_a_release_while_it_is_read_is_told_with_it() -> None:
    world = World([], [])
    first, second = (
        Facts(
            id=f"Secret/a/{name}",
            kind="Secret",
            namespace="a",
            uid=name,
            api_version="v1",
            release=Release("a", "r"),
        )
        for name in ("x", "y")
    )
    world.rest = [("apply", first)]
    world.live()
    world.rest = [("apply", second)]
    met = 0

    def between() -> None:
        nonlocal met
        met += 1
        if met == 3:
            world.live()

    world.scheduler.between = between

    def read(node: Node) -> str:
        return node.id

    selected = await select(world.reading.moments, PageQuery(release="a/r"), "", read)
    assert [value for _, value in selected.items] == ["Secret/a/x", "Secret/a/y"]
    assert not world.rest


class Storm(Scheduler):
    """Turns that are so far apart that much happens between two works, whatever they are."""

    def __init__(self) -> None:
        super().__init__()
        self.between: Callable[[], None] = lambda: None
        self.works = 0

    async def work(self, steps: Generator[object, None, R]) -> R:
        found = await super().work(steps)
        self.works += 1
        assert self.works < 100, "it takes up what changed again and again, and does not come to an end"
        self.between()
        return found


def _spoken(number: int, message: str) -> Facts:
    return Facts(
        id=f"Pod/shop/p{number:03}",
        kind="Pod",
        namespace="shop",
        uid=f"uid-{number}",
        api_version="v1",
        verdict=Verdict("Ready", message=message),
    )


async def test_the_whole_graph_is_answered_however_much_changes_between_two_turns() -> None:
    graph, scheduler = Graph(), Storm()
    reading = Reading(graph, scheduler)
    for number in range(200):
        graph.apply(_spoken(number, "first"))
    at_work = count()

    def change() -> None:
        for _ in range(60):
            number = next(at_work)
            reading.follow(graph.apply(_spoken(number % 200, f"change {number}")))

    scheduler.between = change
    snapshot = await reading.document.snapshot()
    scheduler.between = lambda: None
    told = json.loads(b"".join(plain(snapshot.pieces(missing=False))))
    # Of one moment: the changes came in a row, and the answer has all of them up to one.
    said = [int(node["message"].rpartition(" ")[2]) for node in told["nodes"] if "change" in node["message"]]
    newest = max(said)
    assert {node["name"]: node["message"] for node in told["nodes"]} == {
        f"p{number:03}": f"change {newest - (newest - number) % 200}" for number in range(200)
    }
