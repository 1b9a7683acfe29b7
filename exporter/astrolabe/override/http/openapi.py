"""The OpenAPI document: the table of routes, and the structures that they take and give, describe it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from astrolabe import __version__
from astrolabe.override import records
from astrolabe.override.http.bodies import Refused
from astrolabe.override.http.routes import PREFIX, Route

_REFERENCE = "#/components/schemas/{name}"
_REFUSALS = {
    "400": "The request cannot be understood.",
    "401": "A token is needed, or the token is refused.",
    "403": "A rule refuses it: the answer says which one, and who may.",
    "404": "There is no such override.",
    "409": "It is not as it would have to be: over already, or not waiting.",
    "429": "Too much was asked for within a minute, or the environment rests.",
    "503": "The database is away, or the issuer of tokens.",
}


def document(routes: Sequence[Route]) -> bytes:
    """Return the document."""
    bodies = [route.gives for route in routes] + [route.takes for route in routes if route.takes]
    schemas, components = msgspec.json.schema_components((*bodies, Refused), ref_template=_REFERENCE)
    gives = dict(zip(range(len(routes)), schemas, strict=False))
    takes = iter(schemas[len(routes) : -1])
    paths: dict[str, dict[str, Any]] = {}
    for index, route in enumerate(routes):
        body = next(takes) if route.takes else None
        operation = _operation(route, gives[index], body)
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = operation
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Astrolabe's override service",
                "version": __version__,
                "description": "Wakes and sleeps environments for a while, with rules and a record.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "A token of the service, or one that the issuer signed.",
                    }
                },
            },
            "security": [{"bearer": []}],
        }
    )


def _operation(route: Route, gives: dict[str, Any], takes: dict[str, Any] | None) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}
        for name, meaning in route.parameters
    ]
    if "{number}" in route.path:
        number = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
        parameters.append({"name": "number", "in": "path", "required": True, "schema": number})
    media = (
        {form: {"schema": {"type": "string"}} for form in records.MEDIA.values()}
        if route.gives is str
        else {"application/json": {"schema": gives}}
    )
    refused = {"application/json": {"schema": {"$ref": _REFERENCE.format(name="Refused")}}}
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": parameters,
        "responses": {str(code): {"description": route.summary, "content": media} for code in route.made}
        | {code: {"description": text, "content": refused} for code, text in _REFUSALS.items()},
    }
    if takes is not None:
        operation["requestBody"] = {
            "required": route.operation == "ask",
            "content": {"application/json": {"schema": takes}},
        }
        operation["responses"]["415"] = {"description": "The body is no JSON.", "content": refused}
        operation["responses"]["413"] = {"description": "The body is too large.", "content": refused}
    return operation
