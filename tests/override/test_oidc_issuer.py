"""What the service knows of an issuer: keys that change, and answers that are none."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from astrolabe.override.backend import Trouble
from astrolabe.override.demonstration.issuer import Client, IssuerServer, serving
from astrolabe.override.oidc.issuer import FRESH, RETRY, Issuer
from astrolabe.override.oidc.keys import keys_of
from astrolabe.override.oidc.rejected import Rejected


class Stage:
    def __init__(self, server: IssuerServer) -> None:
        self.server = server
        self.now = 0.0
        self.answered: list[bool] = []
        self.issuer = Issuer(server.url, clock=lambda: self.now, reached=self.answered.append)


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    async with serving(IssuerServer(Client("astrolabe", "", ""), {})) as server:
        stage = Stage(server)
        try:
            yield stage
        finally:
            await stage.issuer.close()


async def test_a_new_key_is_looked_for_when_it_is_used() -> None:
    async with staged() as stage:
        old = stage.server.token("ann")
        await stage.issuer.payload(old)
        stage.now += RETRY
        stage.server.rotate()
        assert b'"sub":"ann"' in await stage.issuer.payload(stage.server.token("ann"))
        with pytest.raises(Rejected, match="a key that the issuer does not publish"):
            await stage.issuer.payload(old)
        assert stage.server.looks == 2


async def test_tokens_of_unknown_keys_do_not_make_it_ask_again_and_again() -> None:
    async with staged() as stage:
        await stage.issuer.payload(stage.server.token("ann"))
        kid, key = next(iter(stage.server.keys.items()))
        stage.server.keys = {"unpublished": key}
        unknown = stage.server.token("ann")
        stage.server.keys = {kid: key}
        for second in range(int(RETRY) * 2):
            stage.now = float(second)
            with pytest.raises(Rejected):
                await stage.issuer.payload(unknown)
        assert stage.server.looks == 2, "once within ten seconds"


async def test_a_key_that_was_taken_back_is_refused_after_a_while() -> None:
    async with staged() as stage:
        token = stage.server.token("ann")
        await stage.issuer.payload(token)
        stage.server.rotate()
        stage.now = FRESH - 1
        await stage.issuer.payload(token)
        stage.now = FRESH
        with pytest.raises(Rejected):
            await stage.issuer.payload(token)


async def test_what_is_known_serves_while_the_issuer_is_away() -> None:
    async with staged() as stage:
        token = stage.server.token("ann")
        await stage.issuer.payload(token)
        stage.server.away = True
        stage.now = FRESH * 3
        await stage.issuer.payload(token)
        assert stage.answered == [True, True, False]
        await stage.issuer.payload(token)
        assert stage.answered == [True, True, False], "it is not asked for each token"


async def test_it_is_asked_again_once_it_may_be_back() -> None:
    async with staged() as stage:
        token = stage.server.token("ann")
        stage.server.away = True
        for _ in range(3):
            with pytest.raises(Trouble, match="openid-configuration answers 503"):
                await stage.issuer.payload(token)
        assert stage.answered == [False]
        stage.server.away = False
        stage.now = RETRY
        await stage.issuer.payload(token)


@asynccontextmanager
async def answering(documents: dict[str, Any]) -> AsyncIterator[str]:
    """Serve documents by path; `URL` in them becomes the address."""
    url = ""

    async def answer(request: web.Request) -> web.Response:
        found = documents.get(request.path)
        if isinstance(found, web.Response):
            return found
        if found is None:
            raise web.HTTPNotFound
        text = found if isinstance(found, str) else json.dumps(found)
        return web.Response(text=text.replace("URL", url))

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield url
    finally:
        await runner.cleanup()


PATH = "/.well-known/openid-configuration"
GOOD = {"issuer": "URL", "jwks_uri": "URL/keys"}


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ({}, "answers 404: is oidc.issuer right"),
        ({PATH: "<html>"}, "describes itself in no way that OpenID Connect knows"),
        ({PATH: {"issuer": "URL"}}, "describes itself in no way that OpenID Connect knows"),
        (
            {PATH: GOOD | {"issuer": "URL/other"}},
            "says that it is another issuer: write oidc.issuer as it does",
        ),
        ({PATH: GOOD | {"jwks_uri": "http://example.org/keys"}}, "has a jwks_uri without HTTPS"),
        ({PATH: GOOD | {"token_endpoint": "http://example.org"}}, "has a token_endpoint without HTTPS"),
        ({PATH: GOOD, "/keys": "no keys"}, "/keys has no set of keys"),
        ({PATH: GOOD, "/keys": "[" * 5000}, "/keys has no set of keys"),
        ({PATH: GOOD}, "/keys answers 404"),
    ],
)
async def test_answers_that_are_none(documents: dict[str, Any], reason: str) -> None:
    async with answering(documents) as url:
        issuer = Issuer(url)
        with pytest.raises(Trouble, match=reason):
            await issuer.metadata()
        await issuer.close()


async def test_redirects_are_not_followed() -> None:
    async with answering({}) as elsewhere:
        moved = web.Response(status=302, headers={"Location": f"{elsewhere}{PATH}"})
        async with answering({PATH: moved}) as url:
            issuer = Issuer(url)
            with pytest.raises(Trouble, match="answers 302"):
                await issuer.metadata()
            await issuer.close()


def jwk(bits: int = 2048, **changes: Any) -> dict[str, Any]:
    key = rsa.generate_private_key(65537, bits)
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "a", **changes}


@pytest.mark.parametrize(
    ("described", "taken"),
    [
        (jwk(), True),
        (jwk(alg="PS512"), True),
        (jwk(use="enc"), False),
        (jwk(alg="RSA-OAEP"), False),
        (jwk(alg="HS256"), False),
        (jwk(1024), False),
        (jwk(kid=7), False),
        (jwk(n="!"), False),
        ({"kty": "RSA"}, False),
        ({"kty": "oct", "k": "c2VjcmV0"}, False),
        ({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, False),
        ({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}, False),
        ({"kty": "OKP", "crv": "X25519", "x": "AA"}, False),
        ({}, False),
    ],
)
def test_keys_that_are_taken(described: dict[str, Any], taken: bool) -> None:
    other = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "b"}
    found = [key.kid for key in keys_of(json.dumps({"keys": [described, other]}).encode())]
    assert found == (["a", "b"] if taken else ["b"]), "one that cannot be used spoils no others"
