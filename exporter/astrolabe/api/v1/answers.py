"""Answers in JSON: compressed where the client takes that, made once for those who ask at the same time."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from typing import NamedTuple, TypeAlias

import msgspec
from aiohttp import web
from aiohttp.http import StreamWriter

from astrolabe.api.connection import connection_of
from astrolabe.api.negotiation import accepts_gzip
from astrolabe.api.v1.consistent import Stamp
from astrolabe.metrics.snapshot import Piece, gzipped, plain
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import batches

TIMEOUT = 120.0
"""Seconds after which a client that still has not read everything is let go."""
LEFT_OUT = "Astrolabe-Left-Out"
"""The header that says how many objects an answer does not take into account."""
_WRITE = 1 << 16
"""Bytes from which on a chunk is written; then others get their turn."""
_SMALL = 1 << 10
"""Bytes that are not worth compressing."""
_LEVEL = 1
"""zlib's level for what is made for one answer: a higher one takes longer than the bytes that it saves."""
_ELEMENTS_PER_STEP = 64
"""Elements of an array that are encoded in one step."""

_ENCODER = msgspec.json.Encoder()


class Answer(NamedTuple):
    """What a client gets."""

    body: list[bytes]
    """In chunks: as a whole it would be there twice while it is made, and may be large."""
    gzip: bool
    stamp: Stamp | None = None
    """None where the answer is of the time, too."""
    link: str = ""
    """Leads to the next page."""
    left_out: int = 0
    """How many objects were not looked into, because others took too long."""


Making: TypeAlias = Callable[[], Awaitable[Answer]]


class Answers:
    """Gives answers, of which those under way are shared."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._epoch = secrets.token_hex(4)
        self._under_way: dict[object, asyncio.Task[Answer]] = {}

    async def give(
        self, request: web.Request, make: Making, question: object, revision: int | None = None
    ) -> web.StreamResponse:
        """Answer a question, or tell that nothing has changed since the revision the client knows.

        Requests of equal questions that come while the answer is being made wait for it and get the same one.
        """
        vary = {"Vary": "Accept-Encoding"}
        if revision is not None and self._etag(revision) in _known(request):
            return web.Response(status=304, headers={**vary, "ETag": self._etag(revision)})
        key = (request.path, question, wants_gzip(request))
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(_made(make))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key))
        answer = await asyncio.shield(task)
        response = web.StreamResponse(headers={"Content-Type": "application/json", **vary})
        if answer.gzip:
            response.headers["Content-Encoding"] = "gzip"
        if answer.stamp is not None:
            response.headers["ETag"] = self._etag(answer.stamp.revision)
            if answer.stamp.event:
                response.headers["Last-Event-ID"] = answer.stamp.event
        if answer.left_out:
            response.headers[LEFT_OUT] = str(answer.left_out)
        if answer.link:
            response.headers["Link"] = answer.link
        response.content_length = sum(map(len, answer.body))
        await self._send(request, response, answer.body)
        return response

    async def _send(self, request: web.Request, response: web.StreamResponse, body: list[bytes]) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                await response.prepare(request)
                if request.method != "HEAD":
                    await self._write(request, iter(body))
                await response.write_eof()
        except (TimeoutError, ConnectionError):
            # A client that left or stalls is its own affair; it harms nobody.
            if request.transport is not None:
                request.transport.abort()

    async def _write(self, request: web.Request, chunks: Iterator[bytes]) -> None:
        """Hand chunks over to the system, as many in a turn as it takes: that takes time as well."""
        connection, writer = connection_of(request), request.writer
        assert isinstance(writer, StreamWriter)
        chunk = next(chunks, None)
        while chunk is not None:
            async with self._scheduler:
                while chunk is not None and connection.blocked is None and not self._scheduler.over:
                    # Who holds a turn does not wait for a client.
                    await writer.write(chunk, drain=False)
                    chunk = next(chunks, None)
            await writer.drain()

    async def of_pieces(self, pieces: Iterator[Piece], *, gzip: bool) -> list[bytes]:
        """Put a body together out of what is compressed already."""
        return await self._scheduler.work(_joined(gzipped(pieces) if gzip else plain(pieces)))

    async def of_parts(self, parts: Iterable[bytes], *, gzip: bool) -> tuple[list[bytes], bool]:
        """Put a body together out of small parts of text; return also whether it is compressed."""
        body = await self._scheduler.work(_joined(parts))
        if not gzip or sum(map(len, body)) < _SMALL:
            return body, False
        return await self._scheduler.work(_compressed(body)), True

    def _etag(self, revision: int) -> str:
        # Weak: compressed or not, it is the same answer. Revisions of another process are other ones.
        return f'W/"{self._epoch}-{revision}"'


async def _made(make: Making) -> Answer:
    return await make()


def wants_gzip(request: web.Request) -> bool:
    """Whether a client takes a compressed answer."""
    return accepts_gzip(request.headers.get("Accept-Encoding", ""))


def value(body: object) -> list[bytes]:
    """Return a body that is small as its one part."""
    return [_ENCODER.encode(body) + b"\n"]


def array(elements: Iterable[object]) -> Iterator[bytes]:
    """Yield an array of anything, in parts."""
    yield b"["
    separator = b""
    for batch in batches(elements, _ELEMENTS_PER_STEP):
        yield separator + _ENCODER.encode(batch)[1:-1]
        separator = b","
    yield b"]"


def _joined(parts: Iterable[bytes]) -> Generator[None, None, list[bytes]]:
    """Put small parts together into chunks, pausing after each part."""
    chunks: list[bytes] = []
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _WRITE:
            chunks.append(b"".join(waiting))
            waiting, size = [], 0
        yield
    chunks.append(b"".join(waiting))
    return chunks


def _compressed(body: list[bytes]) -> Generator[None, None, list[bytes]]:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    found = []
    for chunk in body:
        found.append(compressor.compress(chunk))
        yield
    return [*filter(None, found), compressor.flush()]


def _known(request: web.Request) -> list[str]:
    return [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]
