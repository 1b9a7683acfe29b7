"""Refusals of the API as JSON that names the parameter, wherever they come from."""

from __future__ import annotations

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

PREFIX = "/api/"
_NOWHERE = "there is no such path; /openapi.json lists all paths"


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


def as_json(path: str, refusal: web.Response) -> None:
    """Put a refusal of a request to the API into JSON, whoever refuses it."""
    if path.startswith(PREFIX) and refusal.content_type != "application/json":
        refusal.text = _body(Fault(message=_message(refusal)))
        refusal.content_type = "application/json"


def _message(refusal: web.Response) -> str:
    match refusal:
        case web.HTTPNotFound(text="404: Not Found"):
            return _NOWHERE
        case web.HTTPMethodNotAllowed():
            *others, last = sorted(refusal.allowed_methods)
            return f"{', '.join(others)} and {last} alone"
    return (refusal.text or refusal.reason).strip()


def _body(fault: Fault) -> str:
    # A query may hold what no text can (half of a surrogate pair).
    clean = Fault(
        message=_text(fault.message),
        parameter=UNSET if fault.parameter is UNSET else _text(fault.parameter),
    )
    return msgspec.json.encode(Refusal(clean)).decode() + "\n"


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
