"""GET /api/v1/graph/{id}/changed: what changed around an object before its current status began."""

from __future__ import annotations

from aiohttp import web

from astrolabe.api.state import STATE
from astrolabe.api.v1.answers import Answer, value, wants_gzip
from astrolabe.api.v1.bodies import Body, instant
from astrolabe.api.v1.query import Nothing, read
from astrolabe.api.v1.reading import READING
from astrolabe.derived.changes.recent import Recent, Sort
from astrolabe.derived.changes.relevant import around
from astrolabe.graph.relations import Relations


class Changed(Body, frozen=True):
    """Something that changed, and may have to do with a fault."""

    id: str
    """Of what changed; it need not exist any more."""
    change: Sort
    """`template`, `config`, `replicas` or `node`."""
    at: str
    """When; RFC 3339."""
    text: str
    """From what to what, as far as that is known: `image web:1 → web:2`."""


async def changed(request: web.Request) -> web.StreamResponse:
    """Serve what changed in the half hour before an object came to how it is, the newest first."""
    read(request, Nothing)
    reading = request.app[READING]
    recent = request.app[STATE].recent
    name = request.match_info["id"]
    gzip = wants_gzip(request)

    async def make() -> Answer:
        found = value(changes_of(reading.graph, recent, name))
        return Answer(*await reading.answers.of_parts(found, gzip=gzip))

    return await reading.answers.give(request, make, ())


def changes_of(graph: Relations, recent: Recent, name: str) -> list[Changed]:
    """Return what changed around an object, by its id or its UID, before it came to how it is."""
    node = graph.get(name) or graph.by_uid(name)
    found = around(graph, recent, node.id if node is not None else name, recent.now())
    return [Changed(each.id, each.sort, instant(each.at), each.text) for each in found]
