"""What a signed token says (OpenID Connect Core 3.1.3.7): whether it is for us, and who it is of. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from astrolabe.override.durations import spell
from astrolabe.override.model import Person, Way
from astrolabe.override.oidc.rejected import Rejected

SKEW = 60.0
"""Seconds by which clocks may differ."""
_SUBJECT_CHARACTERS = 255
_NAME_CHARACTERS = 100


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token has to say."""

    issuer: str
    audiences: tuple[str, ...]
    """It is for one of them."""
    party: str = ""
    """The client that it was issued to; empty: any."""
    nonce: str = ""
    """Of the sign-in that it answers; empty: of none."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a token."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    nbf: float = 0.0
    iat: float = 0.0
    azp: str | None = None
    nonce: str | None = None
    name: str | None = None
    preferred_username: str | None = None
    email: str | None = None
    email_verified: bool | str | None = None
    groups: list[str] | str | None = None

    @property
    def trusted_email(self) -> str:
        """The address, where the issuer says that it is this person's; else a rule would be anybody's."""
        return self.email or "" if self.email_verified in (True, "true") else ""


def checked(payload: bytes, expected: Expected, now: float, groups_claim: str = "groups") -> Claims:
    """Return what a token says, where it is valid now, here and for this; raises `Rejected`."""
    try:
        said: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
        claims = msgspec.convert({**said, "groups": said.get(groups_claim)}, Claims)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "no JSON"
        raise Rejected(f"its claims cannot be used: {reason}") from None
    if claims.iss != expected.issuer:
        raise Rejected(f"it is of another issuer than {expected.issuer}")
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if not set(audiences) & set(expected.audiences):
        raise Rejected(f"it is for another audience than {', '.join(expected.audiences)}")
    if expected.party and (len(audiences) > 1 or claims.azp) and claims.azp != expected.party:
        raise Rejected(f"it was issued to another client than {expected.party}")
    _timely(claims, now)
    if expected.nonce and claims.nonce != expected.nonce:
        raise Rejected("it answers another sign-in (nonce)")
    if not claims.sub or len(claims.sub) > _SUBJECT_CHARACTERS or not claims.sub.isprintable():
        raise Rejected("its subject (sub) is not an identifier")
    return claims


def _timely(claims: Claims, now: float) -> None:
    if now >= claims.exp + SKEW:
        raise Rejected(f"it expired {spell(now - claims.exp)} ago")
    early = max(claims.nbf, claims.iat) - now
    if early > SKEW:
        raise Rejected(f"it is valid in {spell(early)} at the earliest: check the clocks")


def person(claims: Claims, known: Collection[str], via: Way) -> Person:
    """Return who a token is of. Groups that no rule names are left out: the audit needs none of them."""
    groups = [claims.groups] if isinstance(claims.groups, str) else claims.groups or []
    name = claims.preferred_username or claims.name or claims.trusted_email
    return Person(
        id=f"oidc:{claims.sub}",
        name="".join(c for c in name if c.isprintable())[:_NAME_CHARACTERS],
        email=claims.trusted_email,
        groups=tuple(sorted({f"oidc:{group}" for group in groups} & set(known))),
        via=via,
    )
