"""GET /api/v1/graph: objects and their relations, all of them or a selection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from astrolabe.api.v1 import paging
from astrolabe.api.v1.answers import Answer, array, wants_gzip
from astrolabe.api.v1.bodies import (
    Body,
    GraphEdge,
    GraphNode,
    MissingReference,
    edge_body,
    missing_body,
    node_body,
    uid_of,
)
from astrolabe.api.v1.explained import Explained, explained
from astrolabe.api.v1.query import PageQuery, canonical, read
from astrolabe.api.v1.reading import READING, Reading
from astrolabe.api.v1.selection import Selected, select
from astrolabe.graph.delta import Edge, Node


class Graph(Body, frozen=True):
    """Objects, and the relations between them."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]
    missing: list[MissingReference] | UnsetType = UNSET
    """What the objects refer to and what does not exist; only where it is asked for."""
    causes: list[Explained] | UnsetType = UNSET
    """Why those that are not Ready are not; only where it is asked for."""


class GraphQuery(PageQuery, frozen=True):
    """Which part of the graph."""

    missing: Annotated[bool, Meta(description="Whether to tell also which references lead nowhere.")] = False
    causes: Annotated[
        bool, Meta(description="Whether to tell also why objects are not Ready: the ways to their causes.")
    ] = False


class Part(NamedTuple):
    """What one object brings into the answer."""

    node: Node
    edges: tuple[Edge, ...]
    """Of these, the ones between objects of the answer count."""
    earlier: tuple[GraphEdge, ...]
    """To objects of earlier pages."""
    missing: tuple[MissingReference, ...]


async def graph(request: web.Request) -> web.StreamResponse:
    """Serve the graph, or the part of it that is meant."""
    reading = request.app[READING]
    query = read(request, GraphQuery)
    assert query.requirements is not None
    after = paging.start(request.path, query)
    gzip = wants_gzip(request)

    async def whole() -> Answer:
        snapshot = await reading.document.snapshot()
        body = await reading.answers.of_pieces(snapshot.pieces(missing=query.missing), gzip=gzip)
        return Answer(body, gzip, snapshot.stamp)

    async def part() -> Answer:
        selected = await select(reading.moments, query, after, _Parts(reading, query, after))
        stamp = reading.stamp()
        link = paging.link(request.rel_url, query, selected.after) if selected.after else ""
        causes = None
        if query.causes:
            nodes = [found.node for _, found in selected.items]
            causes = await reading.scheduler.work(explained(reading.graph, nodes))
        pieces = parts(selected, missing=query.missing, causes=causes)
        return Answer(*await reading.answers.of_parts(pieces, gzip=gzip), stamp, link)

    make = whole if query.everything and not (query.limit or query.causes) else part
    question = (*map(repr, canonical(query)), query.limit, query.continue_)
    return await reading.answers.give(request, make, question, reading.moments.revision)


class _Parts:
    """Reads what an object brings into the answer to a query."""

    def __init__(self, reading: Reading, query: GraphQuery, after: str) -> None:
        self._graph = reading.moments.graph
        self._query = query
        self._after = after

    def __call__(self, node: Node) -> Part:
        graph = self._graph
        missing = graph.missing_of(node) if self._query.missing else ()
        earlier: list[GraphEdge] = []
        if self._after and not self._query.release:
            for edge in graph.incident(node):
                other = graph.get(edge.target if edge.source == node.id else edge.source)
                if other is not None and other.id <= self._after and self._query.holds(other):
                    earlier.append(edge_body(graph, edge))
        return Part(
            node,
            tuple(graph.carried(node)),
            tuple(earlier),
            tuple(missing_body(graph, each) for each in missing),
        )


def parts(
    selected: Selected[Part], *, missing: bool, causes: list[Explained] | None = None
) -> Iterator[bytes]:
    """Yield the body: nodes, the edges between them, what they miss, why they are not Ready."""
    uids = {node_id: uid_of(part.node) for node_id, part in (*selected.before, *selected.items)}
    here = {node_id for node_id, _ in selected.items}
    yield b'{"nodes":'
    yield from array(node_body(part.node) for _, part in selected.items)
    yield b',"edges":'
    yield from array(_edges(selected, uids, here))
    if missing:
        yield b',"missing":'
        yield from array(each for _, part in selected.items for each in part.missing)
    if causes is not None:
        yield b',"causes":'
        yield from array(causes)
    yield b"}\n"


def _edges(selected: Selected[Part], uids: dict[str, str], here: set[str]) -> Iterator[GraphEdge]:
    for _, part in (*selected.before, *selected.items):
        for edge in part.edges:
            if edge.source in uids and edge.target in uids and (edge.source in here or edge.target in here):
                yield GraphEdge(edge.type, uids[edge.source], uids[edge.target])
    for _, part in selected.items:
        yield from part.earlier
