"""Calls of other APIs: queued under their limits; what may pass is told apart from what will not."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

import aiohttp
import msgspec
from yarl import URL

from astrolabe.override.backend import Trouble

_TIMEOUT = 30.0
_BODY_BYTES = 16 << 20
_PAUSE = 60.0
"""Seconds to wait after a 429 that does not say for how long."""
_LONGEST_QUEUE = 60.0
"""Seconds that a call waits for its turn; a longer wait is the step's."""


class Observer(Protocol):
    """Hears of calls."""

    def called(self, service: str, method: str, endpoint: str, status: str) -> None:
        """Note a call and what was answered: a status code, or `away`."""
        ...

    def synced(self, application: str, status: str) -> None:
        """Note a sync: `started`, `busy`, `refused` when it is asked for; its end, in lower case."""
        ...


class Pace:
    """At most so many turns within so many seconds, for each pair of them."""

    def __init__(self, *limits: tuple[int, float], clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = tuple((count, seconds, deque[float](maxlen=count)) for count, seconds in limits)
        self._clock = clock
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for a turn; raises `Trouble` where it is far away."""
        async with self._turn:
            now = self._clock()
            wait = max(
                (taken[0] + seconds - now for count, seconds, taken in self._limits if len(taken) == count),
                default=0.0,
            )
            if wait > _LONGEST_QUEUE:
                raise Trouble("as many calls were sent as the other side takes", retry_after=wait)
            if wait > 0:
                await asyncio.sleep(wait)
            now = self._clock()
            for _, _, taken in self._limits:
                taken.append(now)


class Answer(NamedTuple):
    """What was answered; neither a 429 nor a 5xx."""

    status: int
    body: Any
    """JSON, None where there was none."""
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def said(self) -> str:
        """The message, on one line."""
        body = self.body if isinstance(self.body, dict) else {}
        text = body.get("message") or body.get("error_description") or body.get("error") or ""
        if not isinstance(text, str):
            text = msgspec.json.encode(text).decode()
        return " ".join(text.split())[:300] or HTTPStatus(self.status).phrase


class Remote:
    """One service's API."""

    def __init__(
        self,
        name: str,
        url: str,
        headers: Callable[[], dict[str, str]],
        *,
        pace: Pace,
        observer: Observer | None = None,
        certificates: ssl.SSLContext | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`headers` carry the token, read for each call: it may change."""
        self.name = name
        self.url = url.rstrip("/")
        self._headers = headers
        self._pace = pace
        self._observer = observer
        self._certificates = certificates
        self._wall = wall
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        endpoint: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        """Send one request; `endpoint` names the path without what varies, for metrics. Raises `Trouble`."""
        await self._pace.turn()
        address = f"{self.url}{path}" + (f"?{urlencode(query)}" if query else "")
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT))
        status = "away"
        try:
            async with self._session.request(
                method,
                URL(address, encoded=True),
                headers={"Accept": "application/json", **self._headers()},
                json=body,
                allow_redirects=False,  # the token would go wherever they lead
                ssl=self._certificates or True,
            ) as answer:
                status = str(answer.status)
                content = await answer.content.read(_BODY_BYTES)
        except TimeoutError:
            raise Trouble(f"{self.name} at {self.url} does not answer within {_TIMEOUT:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Trouble(f"{self.name} at {self.url} does not answer: {type(error).__name__}") from None
        finally:
            if self._observer is not None:
                self._observer.called(self.name, method, endpoint, status)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            pause = retry_after(answer.headers, self._wall())
            raise Trouble(f"{self.name} has had too many requests", retry_after=pause)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Trouble(f"{self.name} answers {answer.status} to {method} {endpoint}")
        return Answer(answer.status, self._read(content, answer.status, endpoint), answer.headers)

    def _read(self, content: bytes, status: int, endpoint: str) -> Any:
        if not content.strip():
            return None
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            if status < HTTPStatus.BAD_REQUEST:
                raise Trouble(
                    f"{self.name} at {self.url} answers {endpoint} with no JSON: is it the right address?"
                ) from None
            return None

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds that a 429 asks to wait: `Retry-After`, else `RateLimit-Reset`, else a minute."""
    for name, since in (("Retry-After", 0.0), ("RateLimit-Reset", now)):
        try:
            seconds = float(headers.get(name, "")) - since
        except ValueError:
            continue
        if 0 <= seconds <= 3600:  # noqa: PLR2004
            return max(seconds, 1.0)
    return _PAUSE
