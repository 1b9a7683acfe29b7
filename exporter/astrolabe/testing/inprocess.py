"""A transport to a simulated API server in the same process, on the loop's clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from multidict import CIMultiDict

from astrolabe.kube.transport import Unreachable
from astrolabe.testing.apiserver import Answer, ApiServer
from astrolabe.testing.refusal import Broken


class _Response:
    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers: Mapping[str, str] = CIMultiDict(answer.headers)
        self._answer = answer

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answer.body:
                yield piece
        except Broken:
            raise Unreachable("connection reset by peer") from None


class InProcess:
    """Implements `astrolabe.kube.transport.Transport`."""

    def __init__(self, server: ApiServer, credentials: Callable[[], str | None] = lambda: None) -> None:
        """Present the bearer token that `credentials` gave at first and at each renewal since."""
        self._server = server
        self._credentials = credentials
        self._token = credentials()
        self.renewals = 0
        self.open = 0
        """Answers that are not closed yet."""

    @asynccontextmanager
    async def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        accept: str = "application/json",
        body: bytes | None = None,
    ) -> AsyncIterator[_Response]:
        """Send a request."""
        try:
            answer = await self._server.answer(
                path,
                query,
                method="GET" if body is None else "POST",
                accept=accept,
                token=self._token,
                body=body or b"",
            )
        except Broken:
            raise Unreachable("connection refused") from None
        self.open += 1
        try:
            yield _Response(answer)
        finally:
            self.open -= 1
            answer.close()

    async def renew(self) -> None:
        """Present the newest token from now on."""
        self.renewals += 1
        self._token = self._credentials()

    async def close(self) -> None:
        """There is nothing to close."""
