"""What protects the other pages protects the API, and its refusals are JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from astrolabe.api.v1.openapi import PREFIX
from astrolabe.api.v1.routes import ROUTES
from tests.api.exporter import serving
from tests.ports import free_port

NEEDED = {
    "/access/who-can": "?verb=get&resource=pods",
    "/access/of": "?subject=user/alice",
    "/graphql": "?query={charts}",
}
SHOWN = {f"{PREFIX}/changes/ws": 426}
"""What the path answers to who has credentials, where that is not 200."""
"""Questions of the paths that answer none without one."""
PATHS = [
    *(PREFIX + route.path.replace("{id}", "Node%2Fone") + NEEDED.get(route.path, "") for route in ROUTES),
    "/openapi.json",
]


@pytest.mark.parametrize("path", PATHS)
async def test_every_path_asks_for_credentials(path: str, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("secret\n", "utf-8")
    async with serving(web_token_file=str(tokens)) as client:
        status, response, body = await client.get(path)
        assert (status, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="astrolabe"')
        if path.startswith("/api/"):
            assert json.loads(body) == {"error": {"message": "credentials are needed"}}
        shown = {"Authorization": "Bearer secret"}
        assert (await client.get(path, method="HEAD", headers=shown))[0] == SHOWN.get(path, 200)


async def test_where_there_is_nothing_and_what_is_not_allowed_is_told_in_json() -> None:
    async with serving() as client:
        for path in ("/api/v1/nothing", "/api/", "/api/v2/graph", "/api/v1/graph/"):
            status, response, body = await client.get(path)
            assert (status, response.content_type) == (404, "application/json")
            assert "/openapi.json" in json.loads(body)["error"]["message"]
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            status, response, body = await client.get("/api/v1/graph", method=method)
            assert (status, response.headers["Allow"]) == (405, "GET,HEAD")
            assert json.loads(body) == {"error": {"message": "GET and HEAD alone"}}
        status, response, body = await client.get("/api/v1/graph", data=b"{}")
        assert (status, json.loads(body)) == (413, {"error": {"message": "no body is taken"}})
        status, response, body = await client.get("/nothing")
        assert (status, response.content_type) == (404, "text/plain")


async def test_the_port_of_the_telemetry_has_no_api() -> None:
    port = free_port()
    async with serving(telemetry_port=port) as client:
        assert (await client.get("/api/v1/namespaces"))[0] == 200
        assert (await client.get("/api/v1/namespaces", port=1))[0] == 404
