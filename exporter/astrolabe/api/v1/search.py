"""GET /api/v1/search: objects by a part of their name or id, the most likely ones first."""

from __future__ import annotations

from collections.abc import Generator
from heapq import nsmallest
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from astrolabe.api.v1.answers import Answer, value, wants_gzip
from astrolabe.api.v1.bodies import Body, uid_of, words
from astrolabe.api.v1.query import Filter, Query, read
from astrolabe.api.v1.reading import READING
from astrolabe.api.v1.selection import ordered
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Status
from astrolabe.graph.relations import Relations

_HITS_COUNTED = 1000


class Hit(Body, frozen=True):
    """An object that was found."""

    id: str
    uid: str
    kind: str
    namespace: str
    name: str
    status: Status
    message: str


class Search(Query, frozen=True):
    """What to look for."""

    q: Annotated[
        str,
        Meta(description="A part of a name or an id, in upper or lower case; without it nothing is found."),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=_HITS_COUNTED, description="Objects that are told at most.")] = 20


async def search(request: web.Request) -> web.StreamResponse:
    """Serve what matches: names that are the text, begin with it, hold it; then ids that hold it."""
    reading = request.app[READING]
    query = read(request, Search)
    gzip = wants_gzip(request)

    async def make() -> Answer:
        steps = matching(reading.graph, query.q, query.limit)
        hits = [_hit(node) for node in await reading.scheduler.work(steps)] if query.q else []
        return Answer(*await reading.answers.of_parts(value(hits), gzip=gzip))

    return await reading.answers.give(request, make, (query.q, query.limit))


_Match = tuple[int, str, Node]


def matching(graph: Relations, text: str, most: int) -> Generator[None, None, list[Node]]:
    """Find the best matches, in order. Each object is as it is when it is looked at."""
    found: list[_Match] = []
    text = text.casefold()
    for node_id in ordered(graph, Filter()):
        yield
        if text not in node_id.casefold():
            continue
        node = graph.get(node_id)
        if node is not None:
            name = node.facts.name.casefold()
            rank = (name != text) + (not name.startswith(text)) + (text not in name)
            found.append((rank, node_id, node))
    return [node for _, _, node in nsmallest(most, found, key=_rank)]


def _rank(match: _Match) -> tuple[int, str]:
    return match[:2]


def _hit(node: Node) -> Hit:
    facts = node.facts
    return Hit(node.id, uid_of(node), facts.kind, facts.namespace, facts.name, node.status, words(node))
