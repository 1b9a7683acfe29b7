"""Who calls with a token that the issuer signed: an ID token, or an access token that is a JSON Web Token."""

from __future__ import annotations

from collections.abc import Callable, Collection

from astrolabe.override.model import Person, Way
from astrolabe.override.oidc.claims import Expected, checked, person
from astrolabe.override.oidc.issuer import Issuer


class Bearers:
    """Knows people by their tokens."""

    def __init__(
        self,
        issuer: Issuer,
        audiences: tuple[str, ...],
        groups_claim: str,
        known: Callable[[], Collection[str]],
        clock: Callable[[], float],
    ) -> None:
        """Take tokens for any of `audiences`; `known` are the groups that the rules name."""
        self._issuer = issuer
        self._expected = Expected(issuer=issuer.url, audiences=audiences)
        self._groups_claim = groups_claim
        self._known = known
        self._clock = clock

    async def person(self, token: str, via: Way) -> Person:
        """Return who a token is of; raises `Rejected`, and `Trouble` while the issuer cannot be asked."""
        payload = await self._issuer.payload(token)
        claims = checked(payload, self._expected, self._clock(), self._groups_claim)
        return person(claims, self._known(), via)
