"""Notices that requests of one kind are not answered, while the transport still waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from astrolabe.kube.transport import Response, Transport

UNANSWERED = 15.0
"""Seconds without an answer, over all attempts, that count as a failure; the request goes on."""


class Patience:
    """A `Transport` that calls back when nothing was answered for long; once, until there is an answer."""

    def __init__(self, transport: Transport, over: Callable[[], None]) -> None:
        self._transport = transport
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether the last request has not been answered."""
        return self._timer is not None

    @asynccontextmanager
    async def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        accept: str = "application/json",
        body: bytes | None = None,
    ) -> AsyncIterator[Response]:
        """Send a request; see `Transport`. Its headers are an answer, whatever they say."""
        if self._timer is None:
            self._timer = self._loop.call_later(UNANSWERED, self._over)
        async with self._transport.request(path, query, accept=accept, body=body) as response:
            self.end()
            yield response

    def end(self) -> None:
        """Expect nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def renew(self) -> None:
        """Load the credentials again."""
        await self._transport.renew()

    async def close(self) -> None:
        """Close idle connections."""
        await self._transport.close()
