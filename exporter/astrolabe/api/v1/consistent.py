"""Readings of the graph that take longer than a turn and are of one moment nevertheless.

The writer goes on while a reading is under way. Each reading learns which objects were touched meanwhile, and
reads these again at its end, without a pause: what it returns is the graph as it was then, all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.relations import Relations
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import at_once

OBJECTS_REREAD = 32
"""Objects that are read again at once."""
ATTEMPTS = 8
"""Times that a reading is taken up again before it holds the writer up."""

T = TypeVar("T")


class Stamp(NamedTuple):
    """Which state of the graph an answer shows."""

    revision: int
    """Equal numbers, equal graphs."""
    event: str = ""
    """The last event of `/api/v1/changes` that the answer knows of, where there is one."""


class ConsistentReads:
    """Follows the graph for the readings that are under way; costs next to nothing while there are none."""

    def __init__(self, graph: Relations, scheduler: Scheduler) -> None:
        self.graph = graph
        self._scheduler = scheduler
        self.revision = 0
        """Grows with every change."""
        self._watching: list[set[str]] = []

    def follow(self, delta: Delta) -> None:
        """Note what a delta touches, for whoever is reading."""
        if not delta:
            return
        self.revision += 1
        if self._watching:
            ids = touched(delta, self.graph)
            for watching in self._watching:
                watching.update(ids)

    def lost(self) -> None:
        """Take everything as touched: what an event touched is not known.

        A reading that is under way may still show what that event removed; the ones after it do not.
        """
        self.revision += 1
        for watching in self._watching:
            watching.update(node.id for node in self.graph)

    @contextmanager
    def watching(self) -> Iterator[set[str]]:
        """Give a set that the ids of touched objects come into from now on."""
        ids: set[str] = set()
        self._watching.append(ids)
        try:
            yield ids
        finally:
            # By identity: equal sets of others must stay.
            self._watching = [other for other in self._watching if other is not ids]

    async def gather(self, reading: ConsistentRead[T]) -> None:
        """Read what a gathering asks for. It is of the moment when this returns."""
        with self.watching() as ids:
            await self._scheduler.work(reading.first(self.graph))
            for _ in range(ATTEMPTS):
                if len(ids) <= OBJECTS_REREAD:
                    break
                again = list(ids)
                ids.clear()
                await self._scheduler.work(reading.again(self.graph, again))
            # From here on nothing else runs.
            at_once(reading.again(self.graph, ids))

    async def explore(self, walk: Callable[[set[str]], Generator[object, None, T]]) -> T:
        """Walk through the graph, from the start where the walk's way was touched.

        What it returns is of the moment when this returns. The walk notes in the set that it gets the ids
        that its result depends on.
        """
        for _ in range(ATTEMPTS):
            with self.watching() as ids:
                seen: set[str] = set()
                result = await self._scheduler.work(walk(seen))
                if ids.isdisjoint(seen):
                    return result
        return at_once(walk(set()))


class ConsistentRead(Generic[T]):
    """One value for each object that a function wants, up to a number of them in the order of the ids."""

    def __init__(
        self,
        ids: Iterable[str],
        read: Callable[[Node], T | None],
        *,
        after: str = "",
        most: int | None = None,
    ) -> None:
        self._ids = iter(ids)
        self._read = read
        self._after = after
        self._most = most
        self._last = ""
        """Up to where the ids were read; empty once all were."""
        self._ordered = True
        self.found: dict[str, T] = {}

    def first(self, graph: Relations) -> Generator[None, None, None]:
        """Read, pausing after each object."""
        for node_id in self._ids:
            self._one(graph, node_id)
            if self._most is not None and len(self.found) > self._most:
                self._last = node_id
                return
            yield

    def again(self, graph: Relations, ids: Iterable[str]) -> Generator[None, None, None]:
        """Read what was touched since, as far as it was read at all."""
        for node_id in ids:
            if node_id > self._after and (not self._last or node_id <= self._last):
                self._ordered &= node_id in self.found
                self._one(graph, node_id)
            yield

    def page(self) -> tuple[list[tuple[str, T]], str]:
        """Return what was found in order, and the id to go on after, empty where nothing is left."""
        found = list(self.found.items())
        if not self._ordered:
            found.sort(key=_id)
        if self._most is None:
            return found, ""
        more = bool(self._last) or len(found) > self._most
        found = found[: self._most]
        return found, (found[-1][0] if found else self._last) if more else ""

    def _one(self, graph: Relations, node_id: str) -> None:
        node = graph.get(node_id)
        value = self._read(node) if node is not None else None
        if value is None:
            self.found.pop(node_id, None)
        else:
            self.found[node_id] = value


def _id(item: tuple[str, object]) -> str:
    return item[0]


def touched(delta: Delta, graph: Relations) -> set[str]:
    """Return the ids of the objects whose bodies a delta may change, and the releases that it changes."""
    ids = set(delta.nodes)
    for edge in delta.edges:
        ids.add(edge.source)
        ids.add(edge.target)
    for missing in delta.missing:
        ids.add(missing.source)
    for before, after in delta.nodes.values():
        for node, other in ((before, after), (after, before)):
            if node is not None and node.release and (other is None or other.release != node.release):
                ids.add(membership(node.release.name))
        if before is not None and after is not None and before.facts.uid != after.facts.uid:
            # Recreated: its edges are the same by id, and others by UID.
            for edge in graph.incident(after):
                ids.add(edge.source)
                ids.add(edge.target)
    return ids


def membership(release: str) -> str:
    """Return what is touched, as an object is, when something joins or leaves releases of a name."""
    return f"release {release}"
