"""Objects, and what is asked of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from astrolabe.api.graphql.context import Found, Info, size_of
from astrolabe.api.graphql.limits import Refused
from astrolabe.api.v1 import labels, search
from astrolabe.api.v1.bodies import Body, missing_body
from astrolabe.api.v1.changed import Changed, changes_of
from astrolabe.api.v1.query import PageQuery
from astrolabe.api.v1.relatives import by_name, causes_of
from astrolabe.api.v1.selection import select
from astrolabe.graph.facts import Release


class Page(Body, frozen=True):
    """Some objects."""

    objects: list[Found]
    end_cursor: str | None


class Relation(Body, frozen=True):
    """A relation, seen from an object."""

    type: str
    direction: str
    object: Found


class Relations(Body, frozen=True):
    """Some relations."""

    relations: list[Relation]
    end_cursor: str | None


def one(_: None, info: Info, id: str) -> Found | None:  # noqa: A002  (its name in the schema)
    """Return one object by its id or its UID."""
    node = by_name(info.context.reading.graph, id)
    return Found(node) if node is not None else None


async def objects(
    _: None,
    info: Info,
    *,
    first: int,
    after: str | None = None,
    status: Sequence[str] | None = None,
    kind: Sequence[str] | None = None,
    **chosen: str | None,
) -> Page:
    """Return a page of the objects that are meant."""
    query = PageQuery(
        limit=size_of(first),
        status=tuple(status or ()),
        kind=tuple(kind or ()),
        **{name: text or "" for name, text in chosen.items()},
    )
    try:
        labels.parse(query.label)
    except labels.BadSelector as error:
        raise Refused(f"label: {error}") from None
    found = await select(info.context.reading.moments, query, after or "", Found)
    return Page([each for _, each in found.items], found.after or None)


async def searched(_: None, info: Info, *, text: str, first: int) -> list[Found]:
    """Return the objects whose names or ids hold a text, the best matches first."""
    if not text:
        return []
    reading = info.context.reading
    nodes = await reading.scheduler.work(search.matching(reading.graph, text, size_of(first)))
    return [Found(node) for node in nodes]


async def release_objects(release: Release, info: Info, *, first: int, after: str | None = None) -> Page:
    """Return a page of what belongs to a release, and what that reaches."""
    name = f"{release.namespace}/{release.name}"
    return await objects(None, info, first=first, after=after, release=name)


def relations(
    found: Found,
    info: Info,
    *,
    first: int,
    after: str | None = None,
    type: Sequence[str] | None = None,  # noqa: A002  (its name in the schema)
    direction: str | None = None,
    kind: Sequence[str] | None = None,
) -> Relations:
    """Return a page of an object's relations, in order."""
    size, graph = size_of(first), info.context.reading.graph
    node = graph.get(found.node.id)
    begin = tuple(after.split(" ", 2)) if after else ()
    keys = []
    for edge in graph.incident(node) if node is not None else ():
        outward = edge.source == found.node.id
        key = (edge.type, "to" if outward else "from", edge.target if outward else edge.source)
        if key > begin and (not type or key[0] in type) and direction in (None, key[1]):
            keys.append(key)
    keys.sort()
    page: list[Relation] = []
    for number, (name, way, other_id) in enumerate(keys):
        other = graph.get(other_id)
        if other is None or (kind and other.facts.kind not in kind):
            continue
        if len(page) == size:
            return Relations(page, " ".join(keys[number - 1]))
        page.append(Relation(name, way, Found(other)))
    return Relations(page, None)


def missing(found: Found, info: Info) -> list[Any]:
    """Return what an object refers to and what does not exist."""
    graph = info.context.reading.graph
    node = graph.get(found.node.id)
    return [missing_body(graph, each) for each in graph.missing_of(node)] if node is not None else []


def causes(found: Found, info: Info) -> list[Any]:
    """Return why an object is not Ready."""
    info.context.budget.search()
    graph = info.context.reading.graph
    node = graph.get(found.node.id)
    return list(causes_of(graph, node)) if node is not None else []


def changed(found: Found, info: Info) -> list[Changed]:
    """Return what changed around an object before it came to how it is."""
    return changes_of(info.context.reading.graph, info.context.recent, found.node.id)


def named(about: Any, info: Info) -> Found | None:
    """Return the object whose id something has."""
    return one(None, info, about.id)


def existing(about: Any, info: Info) -> Found | None:
    """Return the object that a cause or a problem is about, unless its absence is the fault."""
    return None if about.missing else one(None, info, about.id)
