"""What the API server is asked about: paths that no role of Kubernetes' own grants to everybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from astrolabe.api import authentication, authorization, files
from astrolabe.api.authentication import OPEN
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.requests import Verb
from tests.api.certificates import Shop
from tests.api.exporter import Client, cluster, serving, until
from tests.api.paths import served
from tests.api.test_security_access import bearer, written
from tests.ports import free_port

DISCOVERY = ("/api", "/apis", "/healthz", "/livez", "/openapi", "/readyz", "/version", "/.well-known")
"""What `system:discovery` and its like grant to every account, with what is below."""
PROTECTED = [path for path in served() if path not in OPEN]


def granted_to_everybody(path: str) -> bool:
    return path in DISCOVERY or path.startswith(tuple(f"{each}/" for each in DISCOVERY))


@asynccontextmanager
async def reviewed(*paths: str, **settings: Any) -> AsyncIterator[tuple[ApiServer, Client]]:
    """An exporter whose client `good` may get some paths, and `other` what every account may."""
    server = cluster()
    server.accounts.tokens |= {"good": "good", "other": "other"}
    server.accounts.paths |= {("good", path) for path in paths}
    server.accounts.paths |= {
        ("system:authenticated", path) for path in served() if granted_to_everybody(path)
    }
    async with serving(server, authorization="kubernetes", **settings) as client:
        yield server, client


def right(path: str) -> str:
    """What a role has to grant for a path."""
    if path == "/metrics":
        return path
    return "/astrolabe/api/v1/graphql" if path == "/graphql" else f"/astrolabe{path}"


def asked(server: ApiServer) -> list[str]:
    """The paths that the API server was asked about, in order."""
    bodies = [json.loads(request.body)["spec"] for request in server.requests if request.verb is Verb.REVIEW]
    return [spec["nonResourceAttributes"]["path"] for spec in bodies if "nonResourceAttributes" in spec]


def test_the_paths_are_known() -> None:
    assert {"/", "/metrics", "/api/v1/graph", "/openapi.json", "/assets/page.js"} <= set(PROTECTED)
    assert any(granted_to_everybody(path) for path in PROTECTED)


@pytest.mark.parametrize("path", PROTECTED)
async def test_an_account_without_a_role_gets_403_and_reads_which_path_it_lacks(path: str) -> None:
    async with reviewed() as (server, client):
        for method in ("GET", "HEAD"):
            status, _, body = await client.get(path, method=method, headers=bearer("other"))
            assert status == 403
            assert method == "HEAD" or asked(server)[-1].encode() in body
        (about,) = set(asked(server))
        assert about == right(path)
        assert not granted_to_everybody(about)


@pytest.mark.parametrize("path", PROTECTED)
async def test_a_role_for_the_path_below_astrolabe_is_enough_and_one_for_the_path_is_not(path: str) -> None:
    async with reviewed(right(path), path) as (_, client):
        status, _, _ = await client.get(path, method="HEAD", headers=bearer("good"))
        assert status not in (401, 403)
    if path != "/metrics":
        async with reviewed(path) as (_, client):
            assert (await client.get(path, headers=bearer("good")))[0] == 403


async def raw(client: Client, target: str, method: str = "GET") -> tuple[int, str]:
    """Ask for a target as it stands, which clients would put right first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    headers = "Host: a\r\nAuthorization: Bearer good\r\nConnection: close\r\n"
    writer.write(f"{method} {target} HTTP/1.1\r\n{headers}\r\n".encode())
    async with asyncio.timeout(5):
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


SPELLINGS = {
    # What it reads, and which path has to be granted for that.
    "/metrics?x=/livez": (200, "/metrics"),
    "http://elsewhere/metrics": (200, "/metrics"),
    "/metrics/": (404, "/astrolabe/metrics/"),
    "//metrics": (404, "/astrolabe//metrics"),
    "/./metrics": (404, "/astrolabe/./metrics"),
    "/livez/../metrics": (404, "/astrolabe/livez/../metrics"),
    "/livez/": (404, "/astrolabe/livez/"),
    "//livez": (404, "/astrolabe//livez"),
    "/%61pi/v1/namespaces": (200, "/astrolabe/api/v1/namespaces"),
    "/%6detrics": (200, "/metrics"),
    "/api/v1//namespaces": (404, "/astrolabe/api/v1//namespaces"),
    "/api%2fv1%2fnamespaces": (404, "/astrolabe/api/v1/namespaces"),
    "/API/v1/namespaces": (404, "/astrolabe/API/v1/namespaces"),
    "/api/v1/graph/Pod%2Fshop%2Fweb-abc-1": (200, "/astrolabe/api/v1/graph/Pod/shop/web-abc-1"),
    "/astrolabe/metrics": (404, "/astrolabe/astrolabe/metrics"),
    "/nowhere": (404, "/astrolabe/nowhere"),
}


@pytest.mark.parametrize("target", SPELLINGS)
async def test_however_a_path_is_written(target: str) -> None:
    status, about = SPELLINGS[target]
    async with reviewed() as (server, client):
        assert (await raw(client, target))[0] == 403
        assert asked(server) == [about]
    async with reviewed(about) as (_, client):
        assert (await raw(client, target))[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
async def test_other_methods_tell_strangers_nothing(method: str) -> None:
    async with reviewed("/metrics") as (server, client):
        for path in ("/api/v1/graph", "/nowhere", "/livez", "/"):
            assert (await raw(client, path, method))[0] == 403
        assert {each.startswith("/astrolabe/") for each in asked(server)} == {True}
        assert (await raw(client, "/metrics", method))[0] == 405


async def test_the_port_of_the_own_metrics_asks_the_same() -> None:
    port = free_port()
    async with reviewed("/metrics", telemetry_port=port) as (server, client):
        for path in ("/", "/api/v1/graph", "/nowhere"):
            assert (await client.get(path, port=1, headers=bearer("good")))[0] == 403
        assert (await client.get("/metrics", port=1, headers=bearer("other")))[0] == 403
        assert (await client.get("/metrics", port=1, headers=bearer("good")))[0] == 200
        assert asked(server) == [
            "/astrolabe/", "/astrolabe/api/v1/graph", "/astrolabe/nowhere", "/metrics", "/metrics",
        ]  # fmt: skip


# What is taken back


async def test_one_verdict_is_not_taken_for_another() -> None:
    """What is remembered is remembered of a path and an account."""
    async with reviewed("/metrics", "/astrolabe/api/v1/namespaces") as (_, client):
        for _ in range(2):
            found = {
                (name, path): (await client.get(path, headers=bearer(name)))[0]
                for name in ("good", "other")
                for path in ("/metrics", "/api/v1/namespaces", "/api/v1/releases", "/")
            }
            allowed = {key for key, status in found.items() if status == 200}
            assert allowed == {("good", "/metrics"), ("good", "/api/v1/namespaces")}
            assert {status for key, status in found.items() if key not in allowed} == {403}


def test_a_minute_is_enough_for_all_that_delays_a_revocation() -> None:
    """The API server itself knows a token that is gone for ten seconds more."""
    assert 10 + authorization.ALLOWED_FOR + authentication.RECHECK_INTERVAL < 60


async def test_a_yes_is_as_old_as_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that an answer was under way counts: what it says may be no longer so."""
    now = [1000.0]
    monkeypatch.setattr(authorization, "monotonic", lambda: now[0])
    async with reviewed("/metrics") as (server, client):
        authorize = server.accounts.authorize

        def slowly(review: Any) -> Any:
            now[0] += 9
            return authorize(review)

        monkeypatch.setattr(type(server.accounts), "authorize", lambda _, review: slowly(review))
        assert (await client.get("/metrics", headers=bearer("good")))[0] == 200
        server.accounts.paths.clear()
        now[0] += authorization.ALLOWED_FOR - 9
        assert (await client.get("/metrics", headers=bearer("good")))[0] == 403


@pytest.mark.parametrize("taken", ["the right", "the token", "the API server"])
async def test_a_stream_ends_when_its_reader_may_not_read_any_more(
    monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    monkeypatch.setattr(authentication, "RECHECK_INTERVAL", 0.05)
    monkeypatch.setattr(authorization, "ALLOWED_FOR", 0.2)
    async with (
        reviewed("/astrolabe/api/v1/changes") as (server, client),
        client.session.get(f"{client.urls[0]}/api/v1/changes", headers=bearer("good")) as stream,
    ):
        assert stream.status == 200
        # It outlives some reviews.
        before = len(asked(server))
        await until(lambda: len(asked(server)) > before + 3)
        if taken == "the right":
            server.accounts.paths.clear()
        elif taken == "the token":
            server.accounts.tokens.clear()
        else:
            server.go_away()
        async with asyncio.timeout(5):
            # In good order: what follows resumes, and is told why it may not.
            assert b"retry: " in await stream.read()


async def test_a_stream_ends_when_its_token_is_taken_out_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(authentication, "RECHECK_INTERVAL", 0.05)
    monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
    path = written(tmp_path, "old\nfresh\n")
    async with serving(web_token_file=path) as client:
        url = f"{client.urls[0]}/api/v1/changes"
        async with (
            client.session.get(url, headers=bearer("old")) as old,
            client.session.get(url, headers=bearer("fresh")) as fresh,
        ):
            await fresh.content.readline()
            written(tmp_path, "fresh\n")
            async with asyncio.timeout(5):
                await old.read()
            assert not fresh.content.at_eof()


async def test_a_certificate_counts_no_longer_than_its_authority(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also on a connection that was there before, and for a stream."""
    monkeypatch.setattr(authentication, "RECHECK_INTERVAL", 0.05)
    monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
    shop = Shop(tmp_path)
    async with serving(**shop.with_clients) as client:
        url = f"https://localhost:{client.port}"
        trusted = shop.client()
        async with client.session.get(f"{url}/api/v1/changes", ssl=trusted) as stream:
            assert (await client.get("/metrics", ssl=trusted))[0] == 200
            # A new certificate of the server changes nothing for its clients.
            shop.issue()
            assert (await client.get("/metrics", ssl=trusted))[0] == 200
            assert not stream.content.at_eof()
            shop.client_ca.write_bytes(shop.authority.cert_pem.bytes())
            async with asyncio.timeout(5):
                await stream.read()
            status, response, body = await client.get("/metrics", ssl=trusted)
            assert (status, body) == (403, b"a client certificate is needed\n")
            # The next connection shows whether the client has a certificate that counts.
            assert response.headers["Connection"] == "close"


async def test_a_certificate_counts_no_longer_than_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop = Shop(tmp_path)
    async with serving(**shop.with_clients) as client:
        trusted = shop.client()
        assert (await client.get("/metrics", ssl=trusted))[0] == 200
        monkeypatch.setattr("astrolabe.api.tls.time", lambda: 1e11)
        assert (await client.get("/metrics", ssl=trusted))[0] == 403
