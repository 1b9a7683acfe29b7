"""Who calls: a bearer token for each caller, from a file that is read again, or one that an issuer signed."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Protocol

from aiohttp import web

from astrolabe.api.files import Reloaded, UnusableFile, text_of
from astrolabe.override.model import Person, Way

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")
CLI_AGENT = "astrolabe-override-cli"
"""User-Agent of the command line."""
_DOTS = 2
"""In a JSON Web Token."""


class Signed(Protocol):
    """Knows people by tokens that somebody else signed."""

    async def person(self, token: str, via: Way) -> Person:
        """Return who a token is of; raises `Rejected`, and `Trouble` where that cannot be known now."""
        ...


class Callers:
    """Knows the callers of a file by digests of their tokens. Raises `UnusableFile` when it is made."""

    def __init__(self, path: str, signed: Signed | None = None) -> None:
        self._signed = signed
        self._key = secrets.token_bytes(32)

        def load() -> dict[bytes, str]:
            found: dict[bytes, str] = {}
            for number, line in enumerate(text_of("tokens_file", path).splitlines(), 1):
                if not (said := line.strip()) or said.startswith("#"):
                    continue
                name, _, token = said.partition(":")
                where = f"tokens_file: {path}: line {number}"
                if not _NAME.fullmatch(name) or not _TOKEN.fullmatch(token):
                    raise UnusableFile(f"{where}: expected NAME:TOKEN, a token of 16 characters or more")
                if name in found.values():
                    raise UnusableFile(f"{where}: `{name}` has a token already")
                if found.setdefault(self._digest(token), name) != name:
                    raise UnusableFile(f"{where}: `{name}` has the same token as somebody else")
            return found

        self._callers = Reloaded(load, path)

    async def person(self, token: str, via: Way) -> Person | None:
        """Return who has a token, None where nobody has; raises what `Signed` does."""
        name = self._named(token)
        if name is not None:
            return Person(id=f"token:{name}", name=name, via=via)
        if self._signed is not None and token.count(".") == _DOTS:
            return await self._signed.person(token, via)
        return None

    async def caller(self, request: web.Request) -> Person | None:
        """Return who sends a request, None where it has no token that is known; raises what `Signed` does."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        agent = request.headers.get("User-Agent", "")
        return await self.person(token.strip(), "cli" if agent.startswith(CLI_AGENT) else "api")

    def _named(self, token: str) -> str | None:
        """Return the name of a token's caller; in constant time."""
        presented = self._digest(token)
        found = None
        for digest, name in self._callers.current.items():
            if secrets.compare_digest(digest, presented):
                found = name
        return found

    def _digest(self, token: str) -> bytes:
        return hashlib.blake2b(token.encode(errors="surrogateescape"), key=self._key, digest_size=32).digest()
