"""What a browser keeps for the service, sealed: nobody else can read it, make it, or take it for another."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from astrolabe.override.model import Person

ATTEMPT_SECONDS = 600
"""Seconds that somebody has to sign in."""
SESSION_SECONDS = 900
"""Seconds for which a browser is known afterwards."""

T = TypeVar("T")


class Attempt(msgspec.Struct, frozen=True):
    """A sign-in that has begun."""

    state: str
    nonce: str
    verifier: str
    wish: dict[str, str]
    """What the person is about to confirm."""


class Session(msgspec.Struct, frozen=True):
    """Somebody who has signed in."""

    person: Person
    mark: str
    """Forms of this session carry it; a page of another site cannot know it."""


class Seal(Generic[T]):
    """Closes and opens values of one type, for a while."""

    def __init__(self, key: bytes, kind: type[T], seconds: int, clock: Callable[[], float]) -> None:
        """Seal with a key of its own, which follows from `key` and the type's name."""
        own = hmac.digest(key, b"astrolabe override cookie " + kind.__name__.encode(), "sha256")
        self._fernet = Fernet(urlsafe_b64encode(own))
        self._decoder = msgspec.json.Decoder(kind)
        self._seconds = seconds
        self._clock = clock

    def close(self, value: T) -> str:
        """Return a value as text."""
        return self._fernet.encrypt_at_time(msgspec.json.encode(value), int(self._clock())).decode()

    def open(self, text: str) -> T | None:
        """Return the value, None where the text was not sealed here, or too long ago."""
        try:
            content = self._fernet.decrypt_at_time(
                text.encode(errors="replace"), self._seconds, int(self._clock())
            )
            return self._decoder.decode(content)
        except (InvalidToken, msgspec.MsgspecError):
            return None
