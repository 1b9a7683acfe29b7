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

ALLOWED_FOR = 60.0
"""Seconds that a yes holds; a token that is taken back reads on for as long."""
REFUSED_FOR = 10.0
WITHIN = 10.0
"""Seconds for both reviews, waiting for other reviews included."""
_AT_ONCE = 4
REMEMBERED = 1024

log = structlog.get_logger(__name__)


class Verdict(Enum):
    """What became of a request."""

    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    """The API server does not know who it is."""
    FORBIDDEN = "forbidden"


class Unavailable(Exception):
    """The API server gives no verdict."""


class Reviewer:
    """Asks TokenReview who it is, and SubjectAccessReview whether they may `get` the path."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._gate = asyncio.Semaphore(_AT_ONCE)
        # Kept apart, so that guessed tokens push nobody out who may read.
        self._allowed = _Memory(ALLOWED_FOR)
        self._refused = _Memory(REFUSED_FOR)
        self._key = secrets.token_bytes(32)
        self._trouble = ""

    async def verdict(self, who: str | User, path: str) -> Verdict:
        """Judge a bearer token, or a user who is known by a certificate; raises `Unavailable`."""
        key = self._digest(who, path)
        if known := self._known(key):
            return known
        try:
            async with asyncio.timeout(WITHIN), self._gate:
                # Whoever asked the same at the same time has the answer by now.
                if known := self._known(key):
                    return known
                verdict = await self._review(who, path)
        except (ApiFailure, Unreachable, ConfigurationError, TimeoutError) as error:
            self._tell(str(error) or f"no verdict within {WITHIN:g} s")
            raise Unavailable from None
        self._trouble = ""
        (self._allowed if verdict is Verdict.ALLOWED else self._refused).put(key, verdict)
        return verdict

    async def _review(self, who: str | User, path: str) -> Verdict:
        user = await authenticate(self._transport, who) if isinstance(who, str) else who
        if user is None:
            return Verdict.UNKNOWN
        allowed = await authorize(self._transport, user, path)
        return Verdict.ALLOWED if allowed else Verdict.FORBIDDEN

    def _known(self, key: bytes) -> Verdict | None:
        return self._allowed.get(key) or self._refused.get(key)

    def _digest(self, who: str | User, path: str) -> bytes:
        """Return what stands for them in memory; nobody can compute it outside of this process."""
        parts = (type(who).__name__, who, path)
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

    def put(self, key: bytes, verdict: Verdict) -> None:
        self._verdicts.pop(key, None)
        if len(self._verdicts) >= REMEMBERED:
            del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[key] = (monotonic() + self._seconds, verdict)
