"""GET /api/v1/graph/{id} and what lies around an object: neighbours, impact, causes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Annotated, Literal

from aiohttp import web
from msgspec import UNSET, Meta, UnsetType, structs

from astrolabe.api.v1.answers import Answer, value, wants_gzip
from astrolabe.api.v1.bodies import (
    Body,
    GraphEdge,
    GraphNode,
    MissingReference,
    edge_body,
    missing_body,
    node_body,
    parts_of,
    since,
    uid_of,
    words,
)
from astrolabe.api.v1.explained import explained
from astrolabe.api.v1.graph import Graph
from astrolabe.api.v1.query import Nothing, Query, read
from astrolabe.api.v1.reading import READING, Reading
from astrolabe.derived.diagnosis import causes as diagnosis
from astrolabe.derived.diagnosis import forbidden
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.derived.diagnosis.search import Cause as Found
from astrolabe.graph.delta import Edge, Node
from astrolabe.graph.facts import EdgeType, Status
from astrolabe.graph.relations import Relations
from astrolabe.scheduling.steps import at_once

DEEPEST = 16
"""Steps that neighbours may be away."""


class Relative(Body, frozen=True):
    """An object at the other end of a relation."""

    type: EdgeType
    direction: Literal["to", "from"]
    """Where the relation points, seen from the object that was asked about: to the other one, or from it."""
    id: str
    uid: str
    kind: str
    namespace: str
    name: str
    status: Status
    message: str
    """Begins with the reason where the object is not Ready."""
    reason: str | UnsetType = UNSET


class Object(Body, frozen=True):
    """One object with what it relates to. Without the object where there is none of that name."""

    relations: list[Relative]
    missing: list[MissingReference]
    """What the object refers to and what does not exist."""
    node: GraphNode | UnsetType = UNSET


class Cause(Body, frozen=True):
    """Something unhealthy or missing that explains why an object is not Ready."""

    id: str
    path: list[str]
    """Ids of the way to it; the cause is the last one."""
    kind: str
    namespace: str
    name: str
    missing: bool
    """Whether it does not exist. It has a UID and a status then only where another object has its name."""
    uid: str | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    message: str | UnsetType = UNSET
    """Begins with the reason."""
    reason: str | UnsetType = UNSET
    since: str | UnsetType = UNSET
    """When it came to this, where the object says it; RFC 3339."""
    alike: int | UnsetType = UNSET
    """How many things explain the object in the same way; left out where this is the only one."""


class Around(Query, frozen=True):
    """How far to go, and what to tell of what is there."""

    depth: Annotated[
        int, Meta(ge=1, le=DEEPEST, description="Most relations between the object and its neighbours.")
    ] = 1
    causes: Annotated[
        bool, Meta(description="Whether to tell also why objects are not Ready: the ways to their causes.")
    ] = False


Walk = Generator[object, None, object]


async def node(request: web.Request) -> web.StreamResponse:
    """Serve one object with its relations."""
    read(request, Nothing)
    return await _serve(request, _object, Object([], []), far=False)


async def neighbors(request: web.Request) -> web.StreamResponse:
    """Serve the objects that few relations lead to, whichever way these point."""
    query = read(request, Around)

    def walk(graph: Relations, start: Node, seen: set[str]) -> Walk:
        front = [start]
        for _ in range(query.depth):
            further: list[Node] = []
            for each in front:
                for edge in graph.incident(each):
                    other = edge.target if edge.source == each.id else edge.source
                    if other not in seen:
                        seen.add(other)
                        further.append(_there(graph, other))
                yield None
            front = further
        part = yield from _part(graph, seen)
        if query.causes:
            nodes = [node for node_id in sorted(seen) if (node := graph.get(node_id))]
            # What explains may be farther away: an answer that has causes is of the moments while it is made.
            part = structs.replace(part, causes=(yield from explained(graph, nodes)))
        return part

    nothing = Graph([], [], causes=[]) if query.causes else Graph([], [])
    return await _serve(request, walk, nothing, query.depth, query.causes)


async def impact(request: web.Request) -> web.StreamResponse:
    """Serve an object and everything that breaks or degrades when it goes."""
    read(request, Nothing)

    def walk(graph: Relations, start: Node, seen: set[str]) -> Walk:
        yield from diagnosis.spread(graph, start, seen)
        return (yield from _part(graph, seen))

    return await _serve(request, walk, Graph([], []))


async def causes(request: web.Request) -> web.StreamResponse:
    """Serve why an object is not Ready: the nearest causes first."""
    read(request, Nothing)
    return await _serve(request, _causes, [], far=False)


_Find = Callable[[Relations, Node, set[str]], Walk]


async def _serve(
    request: web.Request, find: _Find, nothing: object, *question: object, far: bool = True
) -> web.StreamResponse:
    """Answer with what is found around the object that the path names, or nothing where there is none.

    A walk that goes `far` pauses, and notes which objects it depends on.
    """
    reading: Reading = request.app[READING]
    graph = reading.graph
    name = request.match_info["id"]
    gzip = wants_gzip(request)

    def walk(seen: set[str]) -> Walk:
        start = by_name(graph, name)
        if start is None:
            return nothing
        seen.add(start.id)
        return (yield from find(graph, start, seen))

    async def make() -> Answer:
        # What is found without a pause is of the moment when it is found.
        body = await reading.moments.explore(walk) if far else at_once(walk(set()))
        stamp = reading.stamp()
        return Answer(*await reading.answers.of_parts(value(body), gzip=gzip), stamp)

    return await reading.answers.give(request, make, question, reading.moments.revision)


def by_name(graph: Relations, name: str) -> Node | None:
    """Return the node that a path names, by id or by UID."""
    return graph.get(name) or graph.by_uid(name)


def _object(graph: Relations, start: Node, _seen: set[str]) -> Walk:
    yield None
    relations = [_relative(graph, start, edge) for edge in sorted(graph.incident(start))]
    return Object(
        relations, [missing_body(graph, each) for each in graph.missing_of(start)], node_body(start)
    )


def _relative(graph: Relations, start: Node, edge: Edge) -> Relative:
    outward = edge.source == start.id
    other = _there(graph, edge.target if outward else edge.source)
    return Relative(
        type=edge.type,
        direction="to" if outward else "from",
        id=other.id,
        uid=uid_of(other),
        kind=other.facts.kind,
        namespace=other.facts.namespace,
        name=other.facts.name,
        status=other.status,
        message=words(other),
        reason=other.reason or UNSET,
    )


def _causes(graph: Relations, start: Node, _seen: set[str]) -> Walk:
    yield None
    return causes_of(graph, start)


def causes_of(graph: Relations, node: Node) -> list[Cause]:
    """Return why a node is not Ready; nothing for one that is."""
    found = diagnosis.causes(graph, node) if unhealthy(node) else []
    return [_cause(graph, node, each) for each in found]


def _cause(graph: Relations, start: Node, cause: Found) -> Cause:
    node = graph.get(cause.id)
    refused = forbidden.refusal(graph, start, cause)
    kind, namespace, name = parts_of(cause.id)
    return Cause(
        id=cause.id,
        path=list(cause.path),
        kind=kind,
        namespace=namespace,
        name=name,
        missing=cause.missing,
        alike=cause.alike if cause.alike > 1 else UNSET,
        uid=UNSET if node is None else uid_of(node),
        status=UNSET if node is None else node.status,
        message=refused.sentence if refused else UNSET if node is None else words(node),
        reason=forbidden.REASON if refused else UNSET if node is None else node.reason or UNSET,
        since=UNSET if node is None else since(node),
    )


def _part(graph: Relations, ids: Iterable[str]) -> Generator[object, None, Graph]:
    """Return objects and the relations between them, in the order of their ids."""
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []
    known = frozenset(ids)
    for node_id in sorted(known):
        node = graph.get(node_id)
        if node is None:
            # Gone since it was found: the walk is taken again.
            continue
        nodes.append(node_body(node))
        edges += (
            edge_body(graph, edge)
            for edge in graph.carried(node)
            if edge.source in known and edge.target in known
        )
        yield None
    return Graph(nodes, edges)


def _there(graph: Relations, node_id: str) -> Node:
    node = graph.get(node_id)
    assert node is not None
    return node
