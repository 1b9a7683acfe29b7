"""Verdicts of the API server about who may read, remembered for a short time."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from enum import Enum
from time import monotonic

import msgspec
import structlog

from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.reviews import User, authenticate, authorize
from astrolabe.kube.transport import Transport, Unreachable

ALLOWED_FOR = 40.0
"""Seconds that a yes holds, from its question on.

The API server itself remembers a token for ten seconds, and a stream is looked at every five: so who may not
read any more reads on for a minute at most.
"""
REFUSED_FOR = 10.0
REVIEW_TIMEOUT = 10.0
"""Seconds for both reviews, waiting for other reviews included."""
_REVIEWS_AT_ONCE = 4
_REVIEWS_WAITING = 64
"""Reviews that wait for others; who comes later is told to come again."""
REMEMBERED = 1024
METRICS = "/metrics"
BELOW = "/astrolabe"
"""What the API server is asked about lies below this path, `/metrics` apart.

The paths themselves would not do: Kubernetes' own role `system:discovery` grants /api/* to every account.
"""

log = structlog.get_logger(__name__)


class Verdict(Enum):
    """What became of a request."""

    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    """The API server does not know who it is."""
    FORBIDDEN = "forbidden"


class Unavailable(Exception):
    """The API server gives no verdict."""


def nonresource_url(path: str) -> str:
    """Return what a role has to grant (`nonResourceURLs`) to who may read a path."""
    if path == METRICS:
        return METRICS
    return BELOW + path if path.startswith("/") else f"{BELOW}/{path}"


class Reviewer:
    """Asks TokenReview who it is, and SubjectAccessReview whether they may `get` a non-resource URL."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._gate = asyncio.Semaphore(_REVIEWS_AT_ONCE)
        # Kept apart, so that guessed tokens push nobody out who may read.
        self._allowed = _Memory(ALLOWED_FOR)
        self._refused = _Memory(REFUSED_FOR)
        self._key = secrets.token_bytes(32)
        self._asking = 0
        self._trouble = ""

    async def verdict(self, who: str | User, url: str) -> Verdict:
        """Judge a bearer token, or a user who is known by a certificate; raises `Unavailable`."""
        key = self._digest(who, url)
        if known := self._known(key):
            return known
        if self._asking >= _REVIEWS_AT_ONCE + _REVIEWS_WAITING:
            raise Unavailable
        self._asking += 1
        try:
            async with asyncio.timeout(REVIEW_TIMEOUT), self._gate:
                # Whoever asked the same at the same time has the answer by now.
                if known := self._known(key):
                    return known
                asked = monotonic()
                verdict = await self._review(who, url)
        except (ApiFailure, Unreachable, ConfigurationError, TimeoutError) as error:
            self._tell(str(error) or f"no verdict within {REVIEW_TIMEOUT:g} s")
            raise Unavailable from None
        finally:
            self._asking -= 1
        self._trouble = ""
        (self._allowed if verdict is Verdict.ALLOWED else self._refused).put(key, verdict, asked)
        return verdict

    async def _review(self, who: str | User, url: str) -> Verdict:
        user = await authenticate(self._transport, who) if isinstance(who, str) else who
        if user is None:
            return Verdict.UNKNOWN
        allowed = await authorize(self._transport, user, url)
        return Verdict.ALLOWED if allowed else Verdict.FORBIDDEN

    def _known(self, key: bytes) -> Verdict | None:
        return self._allowed.get(key) or self._refused.get(key)

    def _digest(self, who: str | User, url: str) -> bytes:
        """Return what stands for them in memory; nobody can compute it outside of this process."""
        parts = (type(who).__name__, who, url)
        return hashlib.blake2b(msgspec.json.encode(parts), key=self._key, digest_size=32).digest()

    def _tell(self, reason: str) -> None:
        if reason != self._trouble:
            self._trouble = reason
            log.warning("requests cannot be authorized", reason=reason)


class _Memory:
    """The last verdicts, each for a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._verdicts: dict[bytes, tuple[float, Verdict]] = {}

    def __len__(self) -> int:
        return len(self._verdicts)

    def get(self, key: bytes) -> Verdict | None:
        until, verdict = self._verdicts.get(key, (0.0, None))
        return verdict if until > monotonic() else None

    def put(self, key: bytes, verdict: Verdict, asked: float) -> None:
        self._verdicts.pop(key, None)
        if len(self._verdicts) >= REMEMBERED:
            del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[key] = (asked + self._seconds, verdict)
