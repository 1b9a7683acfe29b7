"""What an issuer says over HTTP: where its pages are, its keys, and tokens for a code."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import quote

import aiohttp
import msgspec
import structlog

from astrolabe.override.backend import Trouble
from astrolabe.override.oidc.addresses import safe
from astrolabe.override.oidc.keys import Key, UnknownKey, keys_of, signed
from astrolabe.override.oidc.rejected import Rejected

FRESH = 600.0
"""Seconds for which keys are taken as current: one that the issuer took back is refused afterwards."""
RETRY = 10.0
"""Seconds between looks: whoever sends tokens of unknown keys does not make the service ask more often."""
_TIMEOUT = 5.0
_ACCEPT = "application/json, application/jwk-set+json"
"""An API server gives keys as the latter alone."""
_BODY_BYTES = 1 << 20

log = structlog.get_logger(__name__)


class Metadata(msgspec.Struct, frozen=True):
    """What the issuer publishes of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Known(msgspec.Struct, frozen=True):
    metadata: Metadata
    keys: tuple[Key, ...]
    read: float


class _Granted(msgspec.Struct):
    id_token: str


class _Refused(msgspec.Struct):
    error: str


class Issuer:
    """One issuer. Raises `Trouble` where it does not answer as one."""

    def __init__(
        self,
        url: str,
        certificates: ssl.SSLContext | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        reached: Callable[[bool], None] = lambda _answered: None,
    ) -> None:
        self.url = url
        self._certificates = certificates
        self._clock = clock
        self._reached = reached
        self._session: aiohttp.ClientSession | None = None
        self._turn = asyncio.Lock()
        self._known: _Known | None = None
        self._looked = float("-inf")
        self._trouble = Trouble(f"the issuer {url} was not asked yet")

    async def metadata(self) -> Metadata:
        """Return what it publishes of itself."""
        return (await self._current(FRESH)).metadata

    async def payload(self, token: str) -> bytes:
        """Return what a token says that the issuer signed; raises `Rejected`."""
        known = await self._current(FRESH)
        try:
            return signed(token, known.keys)
        except UnknownKey:
            newer = await self._current(0.0)
            if newer is known:
                raise
            return signed(token, newer.keys)

    async def exchange(self, client: str, secret: str, form: Mapping[str, str]) -> str:
        """Return the ID token for an authorization code; raises `Rejected`."""
        metadata = await self.metadata()
        headers, fields = {}, {**form, "grant_type": "authorization_code"}
        if secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            headers["Authorization"] = aiohttp.encode_basic_auth(quote(client, ""), quote(secret, ""))
        else:
            fields |= {"client_id": client} | ({"client_secret": secret} if secret else {})
        status, body = await self._send("POST", metadata.token_endpoint, headers, fields)
        try:
            if status == HTTPStatus.OK:
                return msgspec.json.decode(body, type=_Granted).id_token
            error = msgspec.json.decode(body, type=_Refused).error
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise Trouble(
                f"the issuer answers {status} to the code, and not as OpenID Connect does"
            ) from None
        raise Rejected(f"the issuer gives no token for the code: {shown(error)}")

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _current(self, fresh: float) -> _Known:
        """Return what is known, read again where it is older; it serves as it is while the issuer is away."""
        async with self._turn:
            now = self._clock()
            known = self._known
            if known is not None and now - known.read < fresh:
                return known
            if now - self._looked >= RETRY:
                self._looked = now
                try:
                    self._known = known = await self._read(now)
                except Trouble as trouble:
                    self._trouble = trouble
                    log.warning("the token issuer does not answer", reason=str(trouble))
            if known is None:
                raise Trouble(str(self._trouble))
            return known

    async def _read(self, now: float) -> _Known:
        metadata = _decoded(
            await self._get(self.url.rstrip("/") + "/.well-known/openid-configuration"), self.url
        )
        if metadata.issuer != self.url:
            raise Trouble(f"{self.url} says that it is another issuer: write oidc.issuer as it does")
        for name in ("jwks_uri", "authorization_endpoint", "token_endpoint"):
            if (address := getattr(metadata, name)) and not safe(address):
                raise Trouble(f"the issuer {self.url} has a {name} without HTTPS")
        try:
            keys = keys_of(await self._get(metadata.jwks_uri))
        except (ValueError, RecursionError):
            raise Trouble(f"{metadata.jwks_uri} has no set of keys") from None
        return _Known(metadata, keys, now)

    async def _get(self, address: str) -> bytes:
        status, body = await self._send("GET", address)
        if status != HTTPStatus.OK:
            raise Trouble(f"{address} answers {status}: is oidc.issuer right?")
        return body

    async def _send(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT))
        answered = False
        try:
            async with self._session.request(
                method,
                address,
                headers={"Accept": _ACCEPT, **(headers or {})},
                data=form,
                allow_redirects=False,
                ssl=self._certificates or True,
            ) as answer:
                body = await answer.content.read(_BODY_BYTES)
                answered = answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        except TimeoutError:
            raise Trouble(f"{address} does not answer within {_TIMEOUT:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Trouble(f"{address} does not answer: {type(error).__name__}") from None
        finally:
            self._reached(answered)
        if not answered:
            raise Trouble(f"{address} answers {answer.status}")
        return answer.status, body


def shown(error: str) -> str:
    """Return an error code of OAuth's as it may be shown."""
    return error[:60] if error.isascii() and error.isprintable() else "an error that cannot be read"


def _decoded(document: bytes, url: str) -> Metadata:
    try:
        return msgspec.json.decode(document, type=Metadata)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Trouble(f"{url} describes itself in no way that OpenID Connect knows") from None
