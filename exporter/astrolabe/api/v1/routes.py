"""The table of the API: each path with what it takes and gives. The OpenAPI document is made of it."""

from __future__ import annotations

from aiohttp import web

from astrolabe.api.asked import path_to
from astrolabe.api.graphql import question
from astrolabe.api.state import STATE
from astrolabe.api.v1 import (
    access,
    changed,
    changes,
    forms,
    graph,
    names,
    openapi,
    problems,
    relatives,
    resources,
    search,
    sockets,
)
from astrolabe.api.v1.openapi import Route
from astrolabe.api.v1.query import InNamespace, Nothing, PageQuery
from astrolabe.api.v1.reading import READING, Reading
from astrolabe.derived.access import answers as access_answers

ROUTES: tuple[Route, ...] = (
    Route(
        path="/resources",
        handler=resources.resources,
        operation="listResources",
        summary="Objects with what they say and what they relate to, by name.",
        query=PageQuery,
        body=list[resources.Resource],
        paged=True,
    ),
    Route(
        path="/releases",
        handler=names.releases,
        operation="listReleases",
        summary="Names of Helm releases.",
        query=InNamespace,
        body=list[str],
    ),
    Route(
        path="/charts",
        handler=names.charts,
        operation="listCharts",
        summary="Helm charts, with their versions.",
        query=InNamespace,
        body=list[str],
    ),
    Route(
        path="/namespaces",
        handler=names.namespaces,
        operation="listNamespaces",
        summary="Names of namespaces.",
        query=Nothing,
        body=list[str],
    ),
    Route(
        path="/search",
        handler=search.search,
        operation="search",
        summary="Objects by a part of their name or id; the best matches first.",
        query=search.Search,
        body=list[search.Hit],
    ),
    Route(
        path="/graph",
        handler=graph.graph,
        operation="getGraph",
        summary="Objects and the relations between them.",
        query=graph.GraphQuery,
        body=graph.Graph,
        paged=True,
        revised=True,
    ),
    # An object whose name ends like one of these paths is asked for with its slashes escaped.
    Route(
        path="/graph/{id}/neighbors",
        handler=relatives.neighbors,
        operation="getNeighbors",
        summary="An object and what is few relations away from it.",
        query=relatives.Around,
        body=graph.Graph,
        revised=True,
    ),
    Route(
        path="/graph/{id}/impact",
        handler=relatives.impact,
        operation="getImpact",
        summary="An object and everything that breaks or degrades when it goes.",
        query=Nothing,
        body=graph.Graph,
        revised=True,
    ),
    Route(
        path="/graph/{id}/causes",
        handler=relatives.causes,
        operation="getCauses",
        summary="Why an object is not Ready: nearest causes first.",
        query=Nothing,
        body=list[relatives.Cause],
        revised=True,
    ),
    Route(
        path="/graph/{id}/changed",
        handler=changed.changed,
        operation="getChanged",
        summary="What changed around an object in the half hour before it came to how it is, newest first.",
        query=Nothing,
        body=list[changed.Changed],
    ),
    Route(
        path="/graph/{id}",
        handler=relatives.node,
        operation="getObject",
        summary="An object and its relations.",
        query=Nothing,
        body=relatives.Object,
        revised=True,
    ),
    Route(
        path="/problems",
        handler=problems.problems,
        operation="listProblems",
        summary="What is broken now, by cause, the worst first.",
        query=InNamespace,
        body=list[problems.Problem],
        bounded=True,
    ),
    Route(
        path="/access/who-can",
        handler=access.who_can,
        operation="whoCan",
        summary="Who can do something by RBAC, and every way to a Secret's value.",
        query=access.Asked,
        body=access_answers.WhoCan,
    ),
    Route(
        path="/access/of",
        handler=access.of,
        operation="accessOf",
        summary="What a user, group or ServiceAccount may do, and who acts as it.",
        query=access.Whose,
        body=access_answers.Of,
    ),
    Route(
        path="/access/findings",
        handler=access.findings,
        operation="listAccessFindings",
        summary="What is dangerous or stale in RBAC, worst first.",
        query=access.Which,
        body=access_answers.Findings,
    ),
    Route(
        path="/access/events",
        handler=access.events,
        operation="listAccessEvents",
        summary="Who came to read Secrets and which findings came, newest first.",
        query=Nothing,
        body=access_answers.Events,
    ),
    Route(
        path="/changes",
        handler=None,
        operation="followChanges",
        summary="Changes of the graph as server-sent events.",
        query=changes.Resume,
        body=str,
        media="text/event-stream",
        resumable=True,
    ),
    Route(
        path="/changes/ws",
        handler=None,
        operation="followChangesByWebSocket",
        summary="Changes of the graph, or of a part of it, as messages of a WebSocket.",
        query=sockets.Follow,
        body=forms.Message,
        resumable=True,
        upgrade=True,
    ),
    Route(
        path="/graphql",
        handler=None,
        operation="askGraphql",
        summary="One question in GraphQL for what would take several requests.",
        query=question.GraphqlQuery,
        body=question.GraphqlAnswer,
        posted=question.GraphqlQuestion,
        fault=question.GraphqlAnswer,
    ),
)


def attach(app: web.Application) -> None:
    """Add the API to the paths of a port; it follows the graph from here on."""
    state = app[STATE]
    # However many ask the API, a scrape waits for one of them at a time.
    reading = app[READING] = Reading(state.graph, state.scheduler.group(), state.feed.mark)
    state.bus.add("api", reading)
    for route in ROUTES:
        if route.handler is not None:
            app.router.add_get(route.pattern, route.handler)
    app.router.add_get("/openapi.json", openapi.serve(ROUTES, path_to(state.cluster)))
