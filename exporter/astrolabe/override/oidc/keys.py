"""Whether an issuer signed a token (RFC 7515): its keys, and the algorithms that are taken. Pure."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any

import jwt
import msgspec

from astrolabe.override.oidc.rejected import Rejected

ALGORITHMS: dict[str, tuple[str, str]] = {
    **{f"{family}{bits}": ("RSA", "") for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""By name: the type and the curve of the key. `none` is not there, and no algorithm whose key is a secret: an
issuer's keys are public, so anybody could sign with them."""
_TYPES = {"", "jwt", "at+jwt", "application/at+jwt"}
"""ID tokens and access tokens; a logout token, say, is for something else."""
_PUBLIC = ("kty", "crv", "n", "e", "x", "y")
_RSA_BITS = 2048
TOKEN_CHARACTERS = 16 * 1024

_jws = jwt.PyJWS(algorithms=list(ALGORITHMS))


class UnknownKey(Rejected):
    """None of the keys has signed it; the issuer may have newer ones."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A public key of an issuer."""

    kid: str
    alg: str
    """The one algorithm that it is for; empty: those of its type."""
    kty: str
    crv: str
    public: Any

    def suits(self, algorithm: str) -> bool:
        """Whether it may check an algorithm's signatures."""
        return self.alg in ("", algorithm) and (self.kty, self.crv) == ALGORITHMS[algorithm]


class _Jwk(msgspec.Struct):
    kty: str
    kid: str = ""
    alg: str = ""
    use: str = "sig"
    crv: str = ""


class _Jwks(msgspec.Struct):
    keys: list[dict[str, Any]]


class _Header(msgspec.Struct):
    alg: str
    kid: str = ""
    typ: str = ""
    crit: Any = None


def keys_of(document: bytes) -> tuple[Key, ...]:
    """Return the keys of a JSON Web Key Set that can check a signature; raises `ValueError`."""
    found = (_key(each) for each in msgspec.json.decode(document, type=_Jwks).keys)
    return tuple(key for key in found if key is not None)


def _key(described: dict[str, Any]) -> Key | None:
    """Return a key, None where it is for something else or too weak: that spoils no others."""
    try:
        jwk = msgspec.convert(described, _Jwk)
    except msgspec.ValidationError:
        return None
    crv = "" if jwk.kty == "RSA" else jwk.crv
    names = [name for name, kind in ALGORITHMS.items() if kind == (jwk.kty, crv) and jwk.alg in ("", name)]
    if jwk.use != "sig" or not names:
        return None
    try:
        public = _jws.get_algorithm_by_name(names[0]).from_jwk(
            {name: described[name] for name in _PUBLIC if name in described}
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if jwk.kty == "RSA" and public.key_size < _RSA_BITS:
        return None
    return Key(kid=jwk.kid, alg=jwk.alg, kty=jwk.kty, crv=crv, public=public)


def signed(token: str, keys: tuple[Key, ...]) -> bytes:
    """Return what a token says, where one of the keys signed it; raises `Rejected`."""
    if len(token) > TOKEN_CHARACTERS:
        raise Rejected(f"it is longer than {TOKEN_CHARACTERS} characters")
    header = _header(token)
    if header.alg not in ALGORITHMS:
        raise Rejected(f"its algorithm is none of {', '.join(ALGORITHMS)}")
    if header.typ.lower() not in _TYPES:
        raise Rejected("it is neither an ID token nor an access token")
    if header.crit is not None:
        raise Rejected("it demands extensions (crit) that are not there")
    fitting = [key for key in keys if key.suits(header.alg)]
    if header.kid:
        fitting = [key for key in fitting if key.kid == header.kid]
    if not fitting:
        raise UnknownKey("it is signed with a key that the issuer does not publish")
    if len(fitting) > 1:
        raise Rejected("it does not say which of the issuer's keys signed it (kid)")
    try:
        payload: bytes = _jws.decode_complete(token, fitting[0].public, algorithms=[header.alg])["payload"]
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Rejected("its signature is wrong") from None
    return payload


def _header(token: str) -> _Header:
    first = token.partition(".")[0]
    try:
        return msgspec.json.decode(urlsafe_b64decode(first + "=" * (-len(first) % 4)), type=_Header)
    except (ValueError, RecursionError):
        raise Rejected("it is no JSON Web Token") from None
