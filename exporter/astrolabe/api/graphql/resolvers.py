"""How the fields of the schema are answered: out of what the paths of `/api/v1` are answered from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import UNSET

from astrolabe.api.graphql.limits import PAGE_SIZE_LIMIT, Budget, Refused
from astrolabe.api.v1 import labels, names, problems, search
from astrolabe.api.v1.bodies import Body, GraphNode, instant, missing_body, node_body
from astrolabe.api.v1.changed import Changed, changes_of
from astrolabe.api.v1.feed import ACCESS_EVENTS
from astrolabe.api.v1.query import PageQuery
from astrolabe.api.v1.reading import Reading
from astrolabe.api.v1.relatives import by_name, causes_of
from astrolabe.api.v1.selection import select
from astrolabe.derived.access import answers
from astrolabe.derived.access.access import Access, Event
from astrolabe.derived.changes.recent import Recent
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Release

ACCESS_FINDINGS = "/api/v1/access/findings"

T = TypeVar("T")


class Context(NamedTuple):
    """What one answer is made of."""

    reading: Reading
    access: Access
    recent: Recent
    may: Callable[[str], Awaitable[bool]]
    """Whether who asks may read another path as well; raises `Refused` where nobody can say."""
    budget: Budget


class Info(Protocol):
    """What a resolver is told of its question."""

    @property
    def context(self) -> Context:
        """What the answer is made of."""
        ...


class Found:
    """An object as it was when the answer came to it."""

    def __init__(self, node: Node) -> None:
        self.node = node

    @cached_property
    def body(self) -> GraphNode:
        """What the API tells of it everywhere."""
        return node_body(self.node)


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


class Problems(Body, frozen=True):
    """What is broken."""

    problems: list[problems.Problem]
    total: int
    left_out: int


class Findings(Body, frozen=True):
    """Some findings."""

    findings: Sequence[answers.Found]
    total: int
    incomplete: list[str]


# Of the cluster


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
        limit=_size(first),
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
    nodes = await reading.scheduler.work(search.matching(reading.graph, text, _size(first)))
    return [Found(node) for node in nodes]


async def broken(_: None, info: Info, *, first: int, namespace: str | None = None) -> Problems:
    """Return what is broken, the worst first."""
    size, context = _size(first), info.context
    found, left_out = await context.reading.broken.problems()
    here = [each for each in found if not namespace or namespace in each.namespaces]
    graph = context.reading.graph
    bodies = [problems.body(each, changes_of(graph, context.recent, each.id)) for each in here[:size]]
    return Problems(bodies, len(here), left_out)


def releases(_: None, info: Info, *, namespace: str | None = None) -> list[Release]:
    """Return the Helm releases, in order."""
    found = {(each.namespace, each.name) for each in info.context.reading.graph.releases()}
    return [Release(*each) for each in sorted(found) if not namespace or each[0] == namespace]


async def release_objects(release: Release, info: Info, *, first: int, after: str | None = None) -> Page:
    """Return a page of what belongs to a release, and what that reaches."""
    name = f"{release.namespace}/{release.name}"
    return await objects(None, info, first=first, after=after, release=name)


async def charts(_: None, info: Info, *, namespace: str | None = None) -> list[str]:
    """Return the charts that objects name."""
    reading = info.context.reading
    return sorted(await reading.scheduler.work(names.charts_of(reading.graph, namespace or "")))


def namespaces(_: None, info: Info) -> list[str]:
    """Return the namespaces that exist or hold objects."""
    return sorted(names.namespaces_of(info.context.reading.graph))


# Of an object


def attribute_of_object(name: str) -> Callable[[Found, Info], Any]:
    """Return what reads a field that the API tells of objects everywhere."""
    attribute = _attributes(GraphNode)[name]
    return lambda found, _: _set(getattr(found.body, attribute))


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
    size, graph = _size(first), info.context.reading.graph
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


def existing(about: Any, info: Info) -> Found | None:
    """Return the object that a cause or a problem is about, unless its absence is the fault."""
    return None if about.missing else one(None, info, about.id)


# Of access


def access(_: None, _info: Info) -> object:
    """Return what its fields need to know: nothing."""
    return ()


async def findings(
    _: object,
    info: Info,
    *,
    first: int,
    silenced: bool,
    rule: str | None = None,
    severity: str | None = None,
    namespace: str | None = None,
) -> Findings:
    """Return what is dangerous or stale, the worst first."""
    await _permitted(info, ACCESS_FINDINGS)
    size, context = _size(first), info.context
    if severity not in (None, "", "critical", "warning", "info"):
        raise Refused(f"severity: `{severity}` is none of critical, warning and info")
    try:
        found = await context.reading.scheduler.work(
            answers.findings(
                context.access,
                rule=rule or "",
                severity=severity or "",
                namespace=namespace or "",
                silenced=silenced,
            )
        )
    except answers.BadQuestion as error:
        raise Refused(f"rule: {error}") from None
    return Findings(found.findings[:size], len(found.findings), found.incomplete)


async def events(_: object, info: Info, *, first: int) -> Sequence[Event]:
    """Return who came to read Secrets and which findings came, the newest first."""
    await _permitted(info, ACCESS_EVENTS)
    size = _size(first)
    found = await info.context.reading.scheduler.work(answers.events(info.context.access))
    return found.events[:size]


async def _permitted(info: Info, path: str) -> None:
    if not await info.context.may(path):
        raise Refused(f"you may not get {path}")


RESOLVERS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("Query", "object"): one,
    ("Query", "objects"): objects,
    ("Query", "search"): searched,
    ("Query", "problems"): broken,
    ("Query", "releases"): releases,
    ("Query", "charts"): charts,
    ("Query", "namespaces"): namespaces,
    ("Query", "access"): access,
    ("Object", "id"): lambda found, _: found.node.id,
    ("Object", "apiVersion"): lambda found, _: found.node.facts.api_version,
    ("Object", "creationTimestamp"): lambda found, _: instant(found.node.facts.created) or None,
    ("Object", "relations"): relations,
    ("Object", "missing"): missing,
    ("Object", "causes"): causes,
    ("Object", "changed"): changed,
    ("Cause", "object"): existing,
    ("Problem", "object"): existing,
    ("Release", "objects"): release_objects,
    ("Access", "findings"): findings,
    ("Access", "events"): events,
}
"""The fields that are more than a value of what they are asked of."""


def resolver_of(kind: str, name: str) -> Callable[..., Any]:
    """Return what answers a field of a type."""
    found = RESOLVERS.get((kind, name))
    if found is not None:
        return found
    return attribute_of_object(name) if kind == "Object" else _attribute(name)


def _attribute(name: str) -> Callable[[msgspec.Struct, Info], Any]:
    """Return what reads a field of a body by its name in JSON."""
    return lambda source, _: _set(getattr(source, _attributes(type(source))[name]))


@lru_cache
def _attributes(form: type[msgspec.Struct]) -> dict[str, str]:
    """Return the attributes of a body by their names in JSON."""
    return {each.encode_name: each.name for each in msgspec.structs.fields(form)}


def _set(value: T) -> T | None:
    return None if value is UNSET else value


def _size(first: int) -> int:
    if not 1 <= first <= PAGE_SIZE_LIMIT:
        raise Refused(f"first: expected 1 to {PAGE_SIZE_LIMIT}")
    return first
