"""The objects that a query means, in the order of their ids, as of one moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from astrolabe.api.v1.consistent import ConsistentRead, ConsistentReads, membership
from astrolabe.api.v1.query import Filter, PageQuery
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import object_id
from astrolabe.graph.relations import Relations
from astrolabe.graph.releases import named, reach

T = TypeVar("T")


class Selected(NamedTuple, Generic[T]):
    """What was found of some objects."""

    items: list[tuple[str, T]]
    """By id."""
    after: str
    """The id to go on after; empty where nothing is left."""
    before: Sequence[tuple[str, T]] = ()
    """Of a release, what comes before the page."""


async def select(
    moments: ConsistentReads, page: PageQuery, after: str, read: Callable[[Node], T | None]
) -> Selected[T]:
    """Read each object that a page means, as of the moment when this returns; what has no value is out."""
    # A selector that cannot be read is found out here, before anything is read.
    assert page.requirements is not None

    def wanted(node: Node) -> T | None:
        return read(node) if page.holds(node) else None

    if page.release:
        walk = _Release(moments.graph, page, wanted)
        found = await moments.explore(walk)
        start = bisect_right(found, after, key=_id)
        stop = start + page.limit if page.limit else len(found)
        last = found[stop - 1][0] if stop < len(found) else ""
        return Selected(found[start:stop], last, found[:start])
    gathering = ConsistentRead(
        ordered(moments.graph, page, after), wanted, after=after, most=page.limit or None
    )
    await moments.gather(gathering)
    return Selected(*gathering.page())


class _Release(Generic[T]):
    """A walk through what releases of a name reach."""

    def __init__(self, graph: Relations, query: Filter, read: Callable[[Node], T | None]) -> None:
        self._graph = graph
        self._read = read
        namespace, slash, name = query.release.partition("/")
        self._namespace, self._name = (namespace, name) if slash else (query.namespace, query.release)

    def __call__(self, seen: set[str]) -> Generator[object, None, list[tuple[str, T]]]:
        seen.add(membership(self._name))
        for release in named(self._graph, self._name, self._namespace):
            seen.update((yield from reach(self._graph, release)))
        found: list[tuple[str, T]] = []
        for node_id in sorted(seen):
            node = self._graph.get(node_id)
            value = self._read(node) if node is not None else None
            if value is not None:
                found.append((node_id, value))
            yield None
        return found


def ordered(graph: Relations, query: Filter, after: str = "") -> Iterator[str]:
    """Yield the ids that a query may mean, in order: those after an id, of its kinds and its namespace."""
    scopes = sorted(
        (object_id(kind, namespace, ""), kind, namespace)
        for kind, namespace in graph.scopes()
        if (not query.kind or kind in query.kind) and query.object_namespace in ("", namespace)
    )
    for prefix, kind, namespace in scopes:
        if prefix < after and not after.startswith(prefix):
            continue
        for node_id in sorted(graph.of_kind(kind, namespace)):
            if node_id > after:
                yield node_id


def _id(item: tuple[str, object]) -> str:
    return item[0]
