"""GET /api/v1/releases, /api/v1/charts and /api/v1/namespaces: names alone, in order."""

from __future__ import annotations

from collections.abc import Generator

from aiohttp import web

from astrolabe.api.v1.answers import Answer, value, wants_gzip
from astrolabe.api.v1.query import InNamespace, Nothing, read
from astrolabe.api.v1.reading import READING
from astrolabe.graph.relations import Relations


async def releases(request: web.Request) -> web.StreamResponse:
    """Serve the names of the Helm releases, each once: two namespaces may have releases of one name."""
    namespace = read(request, InNamespace).namespace
    graph = request.app[READING].graph
    found = {each.name for each in graph.releases() if namespace in ("", each.namespace)}
    return await _serve(request, found)


async def charts(request: web.Request) -> web.StreamResponse:
    """Serve the charts that objects name, with their versions."""
    namespace = read(request, InNamespace).namespace
    reading = request.app[READING]
    return await _serve(request, await reading.scheduler.work(charts_of(reading.graph, namespace)))


async def namespaces(request: web.Request) -> web.StreamResponse:
    """Serve the namespaces that exist or hold objects."""
    read(request, Nothing)
    return await _serve(request, namespaces_of(request.app[READING].graph))


def namespaces_of(graph: Relations) -> set[str]:
    """Return the namespaces that exist or hold objects."""
    own = (node_id.partition("/")[2] for node_id in graph.of_kind("Namespace"))
    return {*graph.namespaces(), *own}


def charts_of(graph: Relations, namespace: str) -> Generator[None, None, set[str]]:
    """Find the charts. What comes and goes meanwhile may be told or not."""
    found: set[str] = set()
    for kind, place in list(graph.scopes()):
        if namespace not in ("", place):
            continue
        for node_id in list(graph.of_kind(kind, place)):
            node = graph.get(node_id)
            if node is not None and node.chart:
                found.add(node.chart)
            yield
    return found


async def _serve(request: web.Request, names: set[str]) -> web.StreamResponse:
    gzip = wants_gzip(request)

    async def make() -> Answer:
        return Answer(*await request.app[READING].answers.of_parts(value(sorted(names)), gzip=gzip))

    return await request.app[READING].answers.give(request, make, object())
