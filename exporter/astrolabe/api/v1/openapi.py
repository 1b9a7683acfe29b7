"""GET /openapi.json: the description of the API, generated from its table of routes and its structures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from astrolabe import __version__
from astrolabe.api.v1.answers import LEFT_OUT
from astrolabe.api.v1.errors import Refusal
from astrolabe.api.v1.query import Query

PREFIX = "/api/v1"
_REFERENCE = "#/components/schemas/{name}"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One path: who answers, what it takes, what it gives."""

    path: str
    """After the prefix; `{id}` stands for an object's id or UID."""
    handler: Handler | None
    """None for a path that is added elsewhere."""
    operation: str
    """Name for generated clients."""
    summary: str
    query: type[Query]
    body: Any
    """Type of what is given."""
    media: str = "application/json"
    paged: bool = False
    revised: bool = False
    """Whether an answer has an ETag, and names the last event of the stream of changes that it knows of."""
    bounded: bool = False
    """Whether an answer says how many objects it does not take into account, where there are any."""
    resumable: bool = False
    """Whether it goes on after a `Last-Event-ID`."""
    upgrade: bool = False
    """Whether it is a WebSocket; the body is the text of one of its messages."""
    posted: Any = None
    """Type of a body that may be posted instead of a query."""
    fault: Any = Refusal
    """Type of what is given where the question is at fault."""

    @property
    def pattern(self) -> str:
        """The path for the router: an id may hold slashes, escaped or not, and whatever else."""
        return PREFIX + self.path.replace("{id}", r"{id:[\s\S]+}")


def document(routes: Iterable[Route], below: str = "") -> bytes:
    """Return the OpenAPI document of routes, all of them below a path."""
    routes = tuple(routes)
    queries = [route.query for route in routes]
    types = [kind for route in routes for kind in (route.body, route.fault, route.posted)]
    schemas, components = msgspec.json.schema_components((*types, Refusal, *queries), ref_template=_REFERENCE)
    forms_of = {id(route): _Schemas(*schemas[3 * n : 3 * n + 3]) for n, route in enumerate(routes)}
    # Parameters stand with their paths, not among the schemas.
    forms = {query.__name__: components.pop(query.__name__) for query in set(queries)}
    paths = {
        PREFIX + route.path: _methods(route, forms_of[id(route)], forms[route.query.__name__])
        for route in routes
    }
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Astrolabe",
                "version": __version__,
                "description": "The relationship graph of a Kubernetes cluster, as it is now.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            **({"servers": [{"url": below}]} if below else {}),
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "basic": {"type": "http", "scheme": "basic"},
                },
            },
            # Which of them, or none, is for the operator to decide.
            "security": [{}, {"bearer": []}, {"basic": []}],
        }
    )


def serve(routes: Iterable[Route], below: str = "") -> Handler:
    """Return what serves the document."""
    body = document(routes, below)

    async def openapi(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return openapi


class _Schemas(NamedTuple):
    body: dict[str, Any]
    fault: dict[str, Any]
    posted: dict[str, Any]


def _methods(route: Route, schemas: _Schemas, form: dict[str, Any]) -> dict[str, Any]:
    get = _operation(route, schemas, form)
    if route.posted is None:
        return {"get": get}
    answers = {
        **get["responses"],
        "408": _refusal("The body does not come in time."),
        "413": _refusal("The body is too large."),
        "415": _refusal("The body is not in application/json."),
    }
    return {
        "get": get,
        "post": {
            **get,
            "operationId": f"{route.operation}ByPost",
            "parameters": [],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schemas.posted}},
            },
            "responses": answers,
        },
    }


def _operation(route: Route, schemas: _Schemas, form: dict[str, Any]) -> dict[str, Any]:
    parameters = [_parameter(name, schema) for name, schema in form.get("properties", {}).items()]
    if "{id}" in route.path:
        description = (
            "`Kind/namespace/name`, `Kind/name` when cluster-scoped, or a UID; slashes may be escaped."
        )
        parameters.insert(
            0,
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": description,
                "schema": {"type": "string", "minLength": 1},
                "examples": {"id": {"value": "Pod/shop/web-1"}},
            },
        )
    if route.resumable:
        description = "The last event that the client knows; the stream begins after it."
        schema = {"type": "string"}
        parameters.append(
            {"name": "Last-Event-ID", "in": "header", "description": description, "schema": schema}
        )
    headers: dict[str, Any] = {}
    if route.paged:
        headers["Link"] = _header("Leads to the next page, where there is one (RFC 8288).")
    if route.bounded:
        headers[LEFT_OUT] = _header(
            "How many objects the answer does not take into account, where there are any."
        )
    if route.revised:
        headers["ETag"] = _header("Of the graph's state, for If-None-Match.")
        headers["Last-Event-ID"] = _header(
            "Where to begin with /api/v1/changes to keep the answer up to date."
        )
    answers = {
        "200": {
            "description": route.summary,
            **({"headers": headers} if headers else {}),
            "content": {route.media: {"schema": schemas.body}},
        },
        "400": _refusal("A parameter is unknown or cannot be used.", schemas.fault),
        "401": _refusal("Credentials are needed."),
        "403": _refusal("The credentials are not enough."),
        "503": _refusal("Too much is asked at once, or the API server does not say who may read."),
    }
    if route.upgrade:
        answers["101"] = {**answers.pop("200"), "description": f"A WebSocket. {route.summary}"}
        answers["426"] = _refusal("The request asks for no WebSocket.")
    if route.revised:
        answers["304"] = {"description": "Nothing has changed since the ETag of If-None-Match."}
    return {
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": parameters,
        "responses": answers,
    }


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    schema = dict(schema)
    description = schema.pop("description")
    if not schema.get("default"):
        # What is left out is as if nothing was said.
        schema.pop("default", None)
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


def _refusal(description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    schema = schema or {"$ref": _REFERENCE.format(name="Refusal")}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
