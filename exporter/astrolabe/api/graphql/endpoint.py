"""POST and GET /api/v1/graphql, and /graphql."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from astrolabe import tracing
from astrolabe.api.authentication import readable
from astrolabe.api.graphql.context import Context
from astrolabe.api.graphql.limits import Budget, Refused
from astrolabe.api.graphql.question import question_of
from astrolabe.api.state import STATE
from astrolabe.api.v1.answers import Answer, wants_gzip
from astrolabe.api.v1.reading import READING

if TYPE_CHECKING:
    from astrolabe.api.graphql.engine import Engine, Reply

_PIECE_BYTES = 1 << 16


class Endpoint:
    """Answers GraphQL on one port."""

    def __init__(self) -> None:
        self._engine: asyncio.Task[Engine] | None = None

    async def graphql(self, request: web.Request) -> web.StreamResponse:
        """Answer a question; 400 where the question is at fault."""
        try:
            question = question_of(request)
        except ValueError as error:
            return _at_fault({"errors": [{"message": str(error)}]})
        if self._engine is None:
            # In a thread: it takes long for who waits for the loop.
            self._engine = asyncio.create_task(asyncio.to_thread(_engine))
        engine = await asyncio.shield(self._engine)
        with tracing.span("GraphQL", {"graphql.operation.type": "query"}):
            reply = await engine.ask(question, self._context(request))
            tracing.note({"astrolabe.graphql.errors": len(reply.body.get("errors", ()))})
        if not reply.begun:
            return _at_fault(reply.body)
        return await _give(request, reply)

    def _context(self, request: web.Request) -> Context:
        async def may(path: str) -> bool:
            try:
                return path in await readable(request, (path,))
            except web.HTTPServiceUnavailable:
                raise Refused("the API server does not say who may read") from None

        state = request.app[STATE]
        return Context(
            reading=request.app[READING],
            access=state.access,
            recent=state.recent,
            sleep=state.sleep,
            cost=state.cost,
            refresh=lambda: state.bus.refresh(state.recent.now()),
            may=may,
            budget=Budget(),
        )


def attach(app: web.Application, *paths: str) -> None:
    """Add GraphQL to the paths of a port."""
    endpoint = Endpoint()
    for path in paths:
        app.router.add_get(path, endpoint.graphql)
        app.router.add_post(path, endpoint.graphql)


def _engine() -> Engine:
    made: Engine = import_module("astrolabe.api.graphql.engine").Engine()
    return made


async def _give(request: web.Request, reply: Reply) -> web.StreamResponse:
    answers = request.app[READING].answers

    async def make() -> Answer:
        return Answer(*await answers.of_parts(_pieces(reply), gzip=wants_gzip(request)))

    # Never shared: what one client may see, another one may not.
    return await answers.give(request, make, object())


def _pieces(reply: Reply) -> Iterator[bytes]:
    text = memoryview(msgspec.json.encode(reply.body))
    for start in range(0, len(text), _PIECE_BYTES):
        yield bytes(text[start : start + _PIECE_BYTES])
    yield b"\n"


def _at_fault(body: object) -> web.Response:
    return web.json_response(body=msgspec.json.encode(body) + b"\n", status=web.HTTPBadRequest.status_code)
