"""Signing in with a browser: the authorization code flow with PKCE, state and nonce (RFC 6749, 7636, 9700).

The service keeps nothing but states that were used. What has to be known later is in cookies, sealed with one
key that all replicas have.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from urllib.parse import urlencode

import msgspec

from astrolabe.override.backend import Trouble
from astrolabe.override.oidc.claims import Expected, checked, person
from astrolabe.override.oidc.cookies import ATTEMPT_SECONDS, SESSION_SECONDS, Attempt, Seal, Session
from astrolabe.override.oidc.issuer import Issuer, shown
from astrolabe.override.oidc.rejected import Rejected

_COOKIE_CHARACTERS = 3800
"""Characters of a cookie's value; browsers take 4096 with its name and attributes."""
_USED_STATES = 10_000


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """What the issuer knows of the service."""

    id: str
    secret: Callable[[], str]
    """Empty for a public client."""
    callback: str
    """The address that the browser comes back to."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str = "groups"


class SignIn:
    """Signs people in."""

    def __init__(
        self,
        issuer: Issuer,
        client: Client,
        key: bytes,
        known: Callable[[], Collection[str]],
        clock: Callable[[], float],
    ) -> None:
        """`known` are the groups that the rules name; `key` seals the cookies."""
        self._issuer = issuer
        self._client = client
        self._attempts = Seal(key, Attempt, ATTEMPT_SECONDS, clock)
        self._sessions = Seal(key, Session, SESSION_SECONDS, clock)
        self._known = known
        self._clock = clock
        self._used: dict[str, None] = {}

    async def begin(self, wish: Mapping[str, str]) -> tuple[str, str]:
        """Return the address to send the browser to, and the cookie of the attempt. Raises `Trouble`."""
        endpoint = (await self._issuer.metadata()).authorization_endpoint
        if not endpoint:
            raise Trouble(f"the issuer {self._issuer.url} has no page to sign in")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, dict(wish))
        cookie = self._attempts.close(attempt)
        if len(cookie) > _COOKIE_CHARACTERS:  # the reason has to be typed again
            cookie = self._attempts.close(msgspec.structs.replace(attempt, wish={**wish, "reason": ""}))
        challenge = urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=")
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client.id,
                "redirect_uri": self._client.callback,
                "scope": " ".join(self._client.scopes),
                "state": attempt.state,
                "nonce": attempt.nonce,
                "code_challenge": challenge.decode(),
                "code_challenge_method": "S256",
            }
        )
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}", cookie

    async def finish(self, query: Mapping[str, str], cookie: str) -> tuple[str, dict[str, str]]:
        """Return the cookie of the session and the wish; raises `Rejected` and `Trouble`."""
        attempt = self._attempts.open(cookie)
        if attempt is None:
            raise Rejected("this browser has not begun to sign in within 10 minutes, or has finished")
        if not hmac.compare_digest(query.get("state", "").encode(errors="replace"), attempt.state.encode()):
            raise Rejected("it answers another sign-in (state): two may be open in this browser")
        if attempt.state in self._used:
            raise Rejected("this sign-in was used already (state)")
        self._used[attempt.state] = None
        if len(self._used) > _USED_STATES:
            del self._used[next(iter(self._used))]
        if query.get("iss", self._issuer.url) != self._issuer.url:
            raise Rejected(f"it comes from another issuer than {self._issuer.url}")
        if error := query.get("error", ""):
            raise Rejected(f"the issuer says no: {shown(error)}")
        token = await self._issuer.exchange(
            self._client.id,
            self._client.secret(),
            {
                "code": query.get("code", ""),
                "redirect_uri": self._client.callback,
                "code_verifier": attempt.verifier,
            },
        )
        expected = Expected(
            issuer=self._issuer.url,
            audiences=(self._client.id,),
            party=self._client.id,
            nonce=attempt.nonce,
        )
        payload = await self._issuer.payload(token)
        claims = checked(payload, expected, self._clock(), self._client.groups_claim)
        session = Session(person(claims, self._known(), "page"), secrets.token_urlsafe(16))
        return self._sessions.close(session), attempt.wish

    def session(self, cookie: str) -> Session | None:
        """Return who a browser's cookie says it is; None where it is none, or too old."""
        return self._sessions.open(cookie)
