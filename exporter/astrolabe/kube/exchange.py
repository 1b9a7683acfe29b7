"""One request and its answer, with the API server's refusals as exceptions."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

from astrolabe.kube.transport import Response, Transport, Unreachable
from astrolabe.kube.wire import MALFORMED, Status, decode_status

ANSWER_WITHIN = 30.0
"""Seconds until the headers; priority and fairness may queue a request for a quarter of a minute."""
SILENCE = 30.0
"""Seconds without a byte after which the body of an answer counts as broken off."""
_PASSING = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
_LONGEST_RETRY_AFTER = 600.0
"""The longest wait, in seconds, that a server can ask for. A longer one is treated as a mistake."""
_ERROR_BODY = 1 << 16
_TEXT = 300


class ApiFailure(Exception):
    """The API server said no. The text is one line."""

    def __init__(self, status: Status, path: str, *, retry_after: float = 0.0, event: bool = False) -> None:
        self.code = status.code
        self.reason = status.reason
        self.message = one_line(status.message)
        details = status.details
        self.retry_after = float(
            min(max(retry_after, details.retry_after_seconds if details else 0), _LONGEST_RETRY_AFTER)
        )
        """Seconds that the server asks to wait; 0 when it does not say."""
        self.event = event
        """Whether it came as an ERROR event of a watch and not as the answer's HTTP status."""
        self._causes = [cause.reason for cause in (details.causes or [] if details else [])]
        said = self.message or self.reason or _phrase(self.code)
        super().__init__(f"{path}: {self.code} {said}")

    @property
    def expired(self) -> bool:
        """Whether the resource version or the continue token has expired."""
        return (
            self.code == HTTPStatus.GONE
            or self.reason in {"Expired", "Gone"}
            or "ResourceVersionTooLarge" in self._causes
            or "too large resource version" in self.message.lower()
        )

    @property
    def initializing(self) -> bool:
        """Whether the storage of a new custom resource is not ready yet, which is no fault.

        Where it cannot be filled, since a conversion webhook is down, the same words go on with the cause.
        """
        return self.code == HTTPStatus.TOO_MANY_REQUESTS and self.message.endswith("initializing")

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.code == HTTPStatus.TOO_MANY_REQUESTS or self.code >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def unsupported(self) -> bool:
        """Whether the server cannot do streaming lists.

        It says so by status (400, 422), or with an ERROR event once the watch has begun (an API server
        1.36 over etcd 3.4: "required storage feature RequestWatchProgress").
        """
        if self.event:
            return not self.expired and self.code not in _PASSING
        return self.code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}


def one_line(text: str) -> str:
    """Return the text on one line, cut to a readable length, without control characters."""
    line = "".join(filter(str.isprintable, " ".join(text.split())))
    return line if len(line) <= _TEXT else line[:_TEXT] + "…"


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "no reason given"


@asynccontextmanager
async def opened(
    transport: Transport,
    path: str,
    query: Mapping[str, str] | None = None,
    *,
    accept: str = "application/json",
    body: bytes | None = None,
) -> AsyncIterator[Response]:
    """Send a request and hold its answer open; raises `ApiFailure` and `Unreachable`.

    After a 401 the credentials are renewed and the request is sent once more.
    """
    for last in (False, True):
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    response = await stack.enter_async_context(
                        transport.request(path, query, accept=accept, body=body)
                    )
            except TimeoutError:
                raise Unreachable(f"{path}: no answer within {ANSWER_WITHIN:g} s") from None
            if response.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
                yield response
                return
            failure = await _failure(response, path)
        if last or failure.code != HTTPStatus.UNAUTHORIZED:
            raise failure
        await transport.renew()


async def read(
    transport: Transport,
    path: str,
    query: Mapping[str, str] | None = None,
    *,
    accept: str = "application/json",
    body: bytes | None = None,
) -> bytes:
    """Send a request and return the whole body; raises `ApiFailure` and `Unreachable`."""
    async with opened(transport, path, query, accept=accept, body=body) as response:
        return await _collect(response, path)


async def _collect(response: Response, path: str, most: float = math.inf) -> bytes:
    loop = asyncio.get_running_loop()
    chunks: list[bytes] = []
    try:
        async with asyncio.timeout(SILENCE) as limit:
            async for chunk in response.chunks():
                chunks.append(chunk)
                most -= len(chunk)
                if most < 0:
                    break
                limit.reschedule(loop.time() + SILENCE)
    except TimeoutError:
        raise Unreachable(f"{path}: the answer stopped for {SILENCE:g} s") from None
    return b"".join(chunks)


async def _failure(response: Response, path: str) -> ApiFailure:
    try:
        body = await _collect(response, path, _ERROR_BODY)
    except Unreachable:
        body = b""
    try:
        status = decode_status(body)
    except MALFORMED:
        status = Status(message=body[:_TEXT].decode(errors="replace"))
    status.code = response.status
    after = response.headers.get("Retry-After", "").strip()
    return ApiFailure(status, path, retry_after=float(after) if after.isdecimal() else 0.0)
