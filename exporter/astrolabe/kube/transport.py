"""The seam to the API server: one GET (or POST of a review), one streamed answer.

Everything above speaks to this protocol, so that the reflector runs unchanged over real HTTP and, in tests,
over an API server in the same process on a virtual clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Unreachable(Exception):
    """No answer came: refused, reset, timed out, a name that does not resolve, a certificate that is refused.

    Its text is one line that names the cause (and the remedy where there is one) and holds no secret.
    """


class Response(Protocol):
    """An answer whose body is still on its way."""

    @property
    def status(self) -> int:
        """HTTP status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, looked up without regard to case."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces as they arrive; raises `Unreachable` if it breaks off."""
        ...


class Transport(Protocol):
    """Sends requests with the right credentials to one API server."""

    def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        accept: str = "application/json",
        body: bytes | None = None,
    ) -> AbstractAsyncContextManager[Response]:
        """Send a GET, or a POST of a JSON body; entering raises `Unreachable`, leaving closes the answer.

        Time limits are the caller's (`asyncio.timeout`).
        """
        ...

    async def renew(self) -> None:
        """Load the credentials again (after a 401): token files, exec plugins, certificates."""
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...
