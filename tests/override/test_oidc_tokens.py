"""Tokens that an issuer signed, at the API: whose they are, and each way in which one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from astrolabe.override.demonstration.issuer import IssuerServer
from tests.override.issuing import ANN, beside_issuer
from tests.override.serving import Face
from tests.override.world import MONDAY


def claims(issuer: IssuerServer, **changes: Any) -> dict[str, Any]:
    return {"iss": issuer.url, "sub": ANN, "aud": "astrolabe", "iat": MONDAY, "exp": MONDAY + 300, **changes}


async def asked(face: Face, token: str, environment: str = "dev") -> tuple[int, Any]:
    return await face.call(
        "POST",
        "/api/v1/overrides",
        "",
        {"environment": environment, "action": "wake", "duration": "1h"},
        headers={"Authorization": f"Bearer {token}"},
    )


async def test_whose_a_token_is(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        code, _ = await asked(face, issuer.token(ANN))
        assert code == 201
        (override,) = (await face.bench.state()).overrides.values()
        person = override.by
        assert (person.id, person.name, person.email) == (f"oidc:{ANN}", "ann", "ann@example.org")
        assert person.groups == ("oidc:Shop Developers",), "no more than the rules name"
        headers = {
            "Authorization": f"Bearer {issuer.token('eve-id')}",
            "User-Agent": "astrolabe-override-cli/1",
        }
        code, body = await face.call("GET", "/api/v1/caller", "", headers=headers)
        assert (code, body) == (200, {"id": "oidc:eve-id", "roles": ["admin"]})


async def test_tokens_of_the_file_stay(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        assert (await face.ask("dev"))[0] == 201
        assert issuer.looks == 0, "the issuer is not asked for them"


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        ({}, ["developer"]),
        ({"email_verified": False}, ["developer"]),
        ({"email_verified": False, "groups": None}, []),
        ({"email_verified": None, "groups": None}, []),
        ({"email_verified": "true", "groups": None}, ["developer"]),
        ({"email": None, "groups": "platform"}, ["admin"]),
        ({"groups": ["Platform"], "email": None}, []),
    ],
)
async def test_claims_that_become_roles(tmp_path: Path, said: dict[str, Any], roles: list[str]) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        headers = {"Authorization": f"Bearer {issuer.token(ANN, **said)}"}
        assert (await face.call("GET", "/api/v1/caller", "", headers=headers))[1]["roles"] == roles


async def test_groups_of_another_claim_and_tokens_for_another_audience(tmp_path: Path) -> None:
    more = {"groups_claim": "roles", "audiences": ("https://api.example.org",)}
    async with beside_issuer(tmp_path, page=False, **more) as (face, issuer):
        token = issuer.token(
            "eve-id", aud=["other", "https://api.example.org"], groups=None, roles=["platform"]
        )
        headers = {"Authorization": f"Bearer {token}"}
        assert (await face.call("GET", "/api/v1/caller", "", headers=headers))[1]["roles"] == ["admin"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://evil.example.org"}, "it is of another issuer than http://127.0.0.1"),
        ({"aud": "other"}, "it is for another audience than astrolabe"),
        ({"aud": []}, "it is for another audience than astrolabe"),
        ({"aud": None}, "its claims cannot be used: Object missing required field `aud`"),
        ({"exp": MONDAY - 300}, "it expired 5m ago"),
        ({"exp": MONDAY - 60}, "it expired 1m ago"),
        ({"exp": None}, "its claims cannot be used: Object missing required field `exp`"),
        ({"exp": "never"}, "its claims cannot be used: Expected `float`, got `str` - at `$.exp`"),
        ({"nbf": MONDAY + 600}, "it is valid in 10m at the earliest: check the clocks"),
        ({"iat": MONDAY + 600}, "it is valid in 10m at the earliest: check the clocks"),
        ({"sub": ""}, "its subject (sub) is not an identifier"),
        ({"sub": "x" * 256}, "its subject (sub) is not an identifier"),
        ({"sub": "a\nb"}, "its subject (sub) is not an identifier"),
        ({"groups": [1]}, "its claims cannot be used: Expected `str`, got `int`"),
    ],
)
async def test_claims_that_are_refused(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        sub = changes.pop("sub", ANN)
        token = issuer.token(sub, **changes)
        with capture_logs() as logs:
            code, body = await asked(face, token)
        assert code == 401
        assert body["error"]["message"].startswith(f"the token is refused: {reason}")
        assert token not in str(body) + str(logs)
        assert not (await face.bench.state()).overrides


async def test_clocks_may_differ_by_less_than_a_minute(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        token = issuer.token(ANN, exp=MONDAY - 59, iat=MONDAY + 59, nbf=MONDAY + 59)
        assert (await asked(face, token))[0] == 201


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned(issuer: IssuerServer) -> str:
    return f"{encoded({'alg': 'none'})}.{encoded(claims(issuer))}."


def with_the_public_key_as_secret(issuer: IssuerServer) -> str:
    kid, key = next(iter(issuer.keys.items()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{encoded({'alg': 'HS256', 'kid': kid})}.{encoded(claims(issuer))}"
    code = hmac.digest(public, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


def forged(algorithm: str, key: Any, **headers: Any) -> Callable[[IssuerServer], str]:
    def make(issuer: IssuerServer) -> str:
        kid = next(iter(issuer.keys))
        own = {"kid": kid, **headers}
        own = {name: value for name, value in own.items() if value is not None}
        return jwt.encode(claims(issuer), key, algorithm=algorithm, headers=own)

    return make


def changed(issuer: IssuerServer) -> str:
    header, _, signature = issuer.token("stranger").split(".")
    return f"{header}.{encoded(claims(issuer))}.{signature}"


def own_key_in_the_header(issuer: IssuerServer) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwt.encode(claims(issuer), key, algorithm="ES256", headers={"jwk": jwk, "kid": "own"})


def of_a_kind(typ: str) -> Callable[[IssuerServer], str]:
    def make(issuer: IssuerServer) -> str:
        kid, key = next(iter(issuer.keys.items()))
        return jwt.encode(claims(issuer), key, algorithm="ES256", headers={"kid": kid, "typ": typ})

    return make


OTHER = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
UNPUBLISHED = "it is signed with a key that the issuer does not publish"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (unsigned, "its algorithm is none of RS256, "),
        (with_the_public_key_as_secret, "its algorithm is none of RS256, "),
        (forged("ES256", OTHER), "its signature is wrong"),
        (forged("ES256", OTHER, kid="unknown"), UNPUBLISHED),
        (forged("RS256", RSA), UNPUBLISHED),
        (changed, "its signature is wrong"),
        (own_key_in_the_header, UNPUBLISHED),
        (of_a_kind("logout+jwt"), "it is neither an ID token nor an access token"),
        (forged("ES256", OTHER, crit=["exp"]), "it demands extensions (crit) that are not there"),
        (lambda _issuer: "a.b.c", "it is no JSON Web Token"),
        (lambda _issuer: "..", "it is no JSON Web Token"),
        (lambda _issuer: f"{encoded(7)}.e30.x", "it is no JSON Web Token"),
        (lambda _issuer: f"{encoded({'alg': 'ES256', 'kid': 7})}.e30.x", "it is no JSON Web Token"),
        (
            lambda _issuer: f"{base64.urlsafe_b64encode(b'[' * 5000).decode()}.e30.x",
            "it is no JSON Web Token",
        ),
    ],
)
async def test_signatures_that_are_refused(
    tmp_path: Path, make: Callable[[IssuerServer], str], reason: str
) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        token = make(issuer)
        with capture_logs() as logs:
            code, body = await asked(face, token)
        assert (code, issuer.looks <= 2) == (401, True)
        assert body["error"]["message"].startswith(f"the token is refused: {reason}")
        assert token not in str(body) + str(logs)
        assert not (await face.bench.state()).overrides


@pytest.mark.parametrize(
    "path", ["/overrides", "/environments", "/audit", "/cost?environment=dev", "/nowhere"]
)
async def test_accounts_that_no_rule_names_learn_nothing(tmp_path: Path, path: str) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        headers = {"Authorization": f"Bearer {issuer.token('stranger')}"}
        code, body = await face.call("GET", f"/api/v1{path}", "", headers=headers)
        message = "no rule names you or a group of yours: you are oidc:stranger"
        assert (code, body["error"]) == (403, {"message": message, "rule": "people"})
        code, body = await face.call("GET", "/api/v1/caller", "", headers=headers)
        assert (code, body) == (200, {"id": "oidc:stranger", "roles": []})


async def test_an_access_token_by_its_type(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        assert (await asked(face, of_a_kind("at+jwt")(issuer)))[0] == 403, "known, and without a role"


async def test_how_a_refused_token_is_answered(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        headers = {"Authorization": f"Bearer {issuer.token(ANN, aud='other')}"}
        async with face.session.get(face.url + "/api/v1/caller", headers=headers) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="astrolabe", error="invalid_token"'


async def test_an_issuer_that_is_away(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, issuer):
        issuer.away = True
        code, body = await asked(face, issuer.token(ANN))
        assert code == 503
        assert body["error"]["message"].endswith("/.well-known/openid-configuration answers 503")
        assert (await face.ask("dev"))[0] == 201, "tokens of the file do without it"


async def test_everybody_is_said_in_so_many_words(tmp_path: Path) -> None:
    rules = """
roles: {guest: {environments: [dev]}, staff: {environments: [dev]}}
people: [{role: guest, users: ["oidc:*"]}, {role: staff, users: ["*"]}]
"""
    async with beside_issuer(tmp_path, rules, page=False) as (face, issuer):
        headers = {"Authorization": f"Bearer {issuer.token('stranger')}"}
        assert (await face.call("GET", "/api/v1/caller", "", headers=headers))[1]["roles"] == ["guest"]
        assert (await face.call("GET", "/api/v1/caller", "stranger"))[1]["roles"] == ["staff"]
