"""A small OpenID Connect issuer: it signs in whoever is chosen on its page, and checks what a client does."""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from urllib.parse import unquote, urlencode

import jwt
import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

_LIFETIME = 300
"""Seconds for which a token is valid."""


class Client(msgspec.Struct, frozen=True):
    """Who may ask for tokens."""

    id: str
    secret: str
    """Empty for a public client."""
    callback: str


class _Granted(msgspec.Struct, frozen=True):
    """What a code stands for."""

    subject: str
    nonce: str
    challenge: str


class IssuerServer:
    """The issuer. What it signs is up to whoever holds it."""

    def __init__(
        self,
        client: Client,
        people: Mapping[str, Mapping[str, Any]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`people` are claims by subject."""
        self.client = client
        self.url = ""
        self.looks = 0
        """How often its keys were asked for."""
        self.away = False
        self._people = people
        self._clock = clock
        self._codes: dict[str, _Granted] = {}
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.rotate()

    def rotate(self) -> str:
        """Sign with a new key from now on, and forget the others; returns its id."""
        name = secrets.token_hex(4)
        self.keys = {name: ec.generate_private_key(ec.SECP256R1())}
        return name

    def token(self, subject: str, **claims: Any) -> str:
        """Return a token of somebody; `claims` that are None are left out."""
        now = int(self._clock())
        said = {
            "iss": self.url, "sub": subject, "aud": self.client.id, "iat": now, "exp": now + _LIFETIME,
            **self._people.get(subject, {}), **claims,
        }  # fmt: skip
        kid, key = next(reversed(self.keys.items()))
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, key, algorithm="ES256", headers={"kid": kid})

    async def configuration(self, _request: web.Request) -> web.Response:
        """Say where everything is."""
        if self.away:
            raise web.HTTPServiceUnavailable
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def published(self, request: web.Request) -> web.Response:
        """Publish the keys; as strictly as an API server."""
        if "application/jwk-set+json" not in request.headers.get("Accept", ""):
            raise web.HTTPNotAcceptable
        self.looks += 1
        public = [
            {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}
            for kid, key in self.keys.items()
        ]
        return web.json_response({"keys": public}, content_type="application/jwk-set+json")

    async def authorize(self, request: web.Request) -> web.Response:
        """Ask who it is; with `as` send the browser back with a code."""
        query = request.query
        wanted = {
            "response_type": "code", "client_id": self.client.id, "redirect_uri": self.client.callback,
            "code_challenge_method": "S256",
        }  # fmt: skip
        wrong = [name for name, value in wanted.items() if query.get(name) != value]
        wrong += [name for name in ("state", "nonce", "code_challenge") if not query.get(name)]
        if wrong or "openid" not in query.get("scope", "").split():
            raise web.HTTPBadRequest(text=f"wrong or missing: {', '.join(wrong) or 'scope'}\n")
        subject = query.get("as", "")
        if subject not in self._people:
            ways = {each: str(request.rel_url.update_query({"as": each})) for each in self._people}
            links = "".join(
                f'<li><a href="{escape(way)}">{escape(each)}</a></li>' for each, way in ways.items()
            )
            text = f'<!doctype html><html lang="en"><title>Who are you?</title><ul>{links}</ul></html>'
            return web.Response(text=text, content_type="text/html")
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Granted(subject, query["nonce"], query["code_challenge"])
        back = urlencode({"code": code, "state": query["state"], "iss": self.url})
        return web.Response(status=303, headers={"Location": f"{self.client.callback}?{back}"})

    async def redeem(self, request: web.Request) -> web.Response:
        """Give a token for a code, once."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        if self.client.secret:
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            user, _, password = b64decode(given).decode().partition(":")
            authentic = scheme == "Basic" and (unquote(user), unquote(password)) == (
                self.client.id, self.client.secret,
            )  # fmt: skip
        else:
            authentic = form.get("client_id") == self.client.id
        if not authentic:
            return web.json_response({"error": "invalid_client"}, status=401)
        granted = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            granted is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != self.client.callback
            or urlsafe_b64encode(digest).rstrip(b"=").decode() != granted.challenge
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self.token(granted.subject, nonce=granted.nonce)
        return web.json_response({"access_token": "none", "token_type": "Bearer", "id_token": token})


@asynccontextmanager
async def serving(server: IssuerServer, port: int = 0) -> AsyncIterator[IssuerServer]:
    """Serve on loopback."""
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", server.configuration)
    app.router.add_get("/keys", server.published)
    app.router.add_get("/authorize", server.authorize)
    app.router.add_post("/token", server.redeem)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()
