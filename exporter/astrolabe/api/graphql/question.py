"""A question as it comes by HTTP: in the body of a POST, or in the query of a GET."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import hdrs, web
from msgspec import field

from astrolabe.api.posted import BODY

_PARAMETERS = ("query", "variables", "operationName")


class Question(msgspec.Struct, frozen=True):
    """A document, and what goes with it."""

    query: str
    variables: dict[str, Any] = {}
    operation: str = ""
    """Which operation of several."""


class _Posted(msgspec.Struct, frozen=True, rename="camel"):
    query: str
    variables: dict[str, Any] | None = None
    operation: str | None = field(default=None, name="operationName")


def question_of(request: web.Request) -> Question:
    """Return what a request asks; raises ValueError with one line about what is wrong with it."""
    try:
        posted = _posted(request) if request.method == hdrs.METH_POST else _asked(request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"no question in JSON: {error}") from None
    except RecursionError:
        raise ValueError("no question in JSON: it is nested too deeply") from None
    return Question(posted.query, posted.variables or {}, posted.operation or "")


def _posted(request: web.Request) -> _Posted:
    return msgspec.json.decode(request[BODY], type=_Posted)


def _asked(request: web.Request) -> _Posted:
    for name in request.query:
        if name not in _PARAMETERS:
            known = ", ".join(_PARAMETERS)
            raise ValueError(f"{name}: there is no such parameter; there are: {known}")
    if "query" not in request.query:
        raise ValueError("query: a document in GraphQL is needed")
    given = request.query.get("variables") or "{}"
    variables = msgspec.json.decode(_text(given), type=dict[str, Any] | None)
    return _Posted(_text(request.query["query"]), variables, _text(request.query.get("operationName", "")))


def _text(text: str) -> str:
    # A query may hold what no text can (half of a surrogate pair).
    return text.encode("utf-8", "replace").decode()
