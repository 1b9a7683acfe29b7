"""Refusals of the API as JSON that names the parameter, wherever they come from."""

from __future__ import annotations

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import UNSET, UnsetType

PREFIX = "/api/"
_MESSAGES = {404: "there is no such path; /openapi.json tells which there are", 405: "GET and HEAD alone"}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a request."""

    parameter: str | UnsetType = UNSET
    """The name of the parameter that is at fault, where one is."""
    message: str


class Refusal(msgspec.Struct, frozen=True):
    """The body of every answer that is not 200."""

    error: Fault


class BadParameter(web.HTTPBadRequest):
    """A parameter that is unknown or cannot be used."""

    def __init__(self, parameter: str, message: str) -> None:
        fault = Fault(message=message, parameter=parameter)
        super().__init__(text=_body(fault), content_type="application/json")


@web.middleware
async def as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer in JSON also where aiohttp, or what protects the server, refuses a request to the API."""
    if not request.path.startswith(PREFIX):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPError as refusal:
        if refusal.content_type != "application/json":
            refusal.text = _body(
                Fault(message=_MESSAGES.get(refusal.status, refusal.text or refusal.reason).strip())
            )
            refusal.content_type = "application/json"
        raise


def _body(fault: Fault) -> str:
    # A query may hold what no text can (half of a surrogate pair).
    clean = Fault(
        message=_text(fault.message),
        parameter=UNSET if fault.parameter is UNSET else _text(fault.parameter),
    )
    return msgspec.json.encode(Refusal(clean)).decode() + "\n"


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
