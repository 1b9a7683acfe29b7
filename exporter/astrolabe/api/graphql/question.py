"""A query as it arrives by HTTP: in the body of a POST, or in the query string of a GET."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from aiohttp import hdrs, web
from msgspec import UNSET, Meta, UnsetType, field

from astrolabe.api.posted import BODY
from astrolabe.api.v1.query import Query, names


class GraphqlQuery(Query, frozen=True):
    """A question in the query of a GET."""

    query: Annotated[str, Meta(description="The document in GraphQL.")] = ""
    variables: Annotated[str, Meta(description="Values for its variables: an object in JSON.")] = ""
    operation: Annotated[str, Meta(description="Which operation, where the document has several.")] = field(
        default="", name="operationName"
    )


class GraphqlQuestion(msgspec.Struct, frozen=True, rename="camel"):
    """A question in the body of a POST."""

    query: str
    variables: dict[str, Any] | None = None
    operation: str | None = field(default=None, name="operationName")


class GraphqlLocation(msgspec.Struct, frozen=True):
    """A place in the document."""

    line: int
    column: int


class GraphqlError(msgspec.Struct, frozen=True):
    """Why a question, or a field of it, has no answer."""

    message: str
    locations: list[GraphqlLocation] | UnsetType = UNSET
    path: list[str | int] | UnsetType = UNSET
    """Of the field in the answer."""


class GraphqlAnswer(msgspec.Struct, frozen=True):
    """What a question gets."""

    data: dict[str, Any] | UnsetType | None = UNSET
    """Left out where the question is refused as a whole."""
    errors: list[GraphqlError] | UnsetType = UNSET


class Question(msgspec.Struct, frozen=True):
    """A document, and what goes with it."""

    query: str
    variables: dict[str, Any] = {}
    operation: str = ""
    """Which operation of several."""


def question_of(request: web.Request) -> Question:
    """Return what a request asks; raises ValueError with one line about what is wrong with it."""
    try:
        posted = _posted(request) if request.method == hdrs.METH_POST else _asked(request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a query in JSON: {error}") from None
    except RecursionError:
        raise ValueError("not a query in JSON: it is nested too deeply") from None
    return Question(posted.query, posted.variables or {}, posted.operation or "")


def _posted(request: web.Request) -> GraphqlQuestion:
    return msgspec.json.decode(request[BODY], type=GraphqlQuestion)


def _asked(request: web.Request) -> GraphqlQuestion:
    for name in request.query:
        if name not in names(GraphqlQuery):
            known = ", ".join(names(GraphqlQuery))
            raise ValueError(f"{name}: there is no such parameter; there are: {known}")
    if "query" not in request.query:
        raise ValueError("query: a document in GraphQL is needed")
    given = request.query.get("variables") or "{}"
    variables = msgspec.json.decode(_text(given), type=dict[str, Any] | None)
    return GraphqlQuestion(
        _text(request.query["query"]), variables, _text(request.query.get("operationName", ""))
    )


def _text(text: str) -> str:
    # A query may hold what no text can (half of a surrogate pair).
    return text.encode("utf-8", "replace").decode()
