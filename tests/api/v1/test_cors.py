"""Which pages of other origins may read the API from a browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.exporter import serving

GRAFANA = "https://grafana.example.com"
PREFLIGHT = {"Origin": GRAFANA, "Access-Control-Request-Method": "GET"}


def said(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("Access-Control")}


@pytest.mark.parametrize(
    "path", ["/api/v1/namespaces", "/openapi.json", "/api/v1/nothing", "/api/v1/graph?x=1"]
)
async def test_an_origin_of_the_settings_may_read_every_answer_refusals_as_well(path: str) -> None:
    async with serving(cors_origins=(GRAFANA, "http://localhost:3000")) as client:
        _, response, _ = await client.get(path, headers={"Origin": GRAFANA})
    assert said(response.headers) == {
        "Access-Control-Allow-Origin": GRAFANA,
        "Access-Control-Expose-Headers": "Astrolabe-Left-Out, ETag, Last-Event-ID, Link, Retry-After",
    }
    assert "Origin" in response.headers["Vary"]


async def test_other_origins_and_other_pages_hear_nothing() -> None:
    async with serving(cors_origins=(GRAFANA,)) as client:
        for origin in ("https://evil.example.com", "https://grafana.example.com.evil.example", "null", ""):
            _, response, body = await client.get("/api/v1/namespaces", headers={"Origin": origin})
            assert said(response.headers) == {}
            # A cache must not give this answer to the origin that may read it.
            assert "Origin" in response.headers["Vary"]
            assert body == b'["shop"]\n'
        _, response, _ = await client.get("/metrics", headers={"Origin": GRAFANA})
        assert said(response.headers) == {}


async def test_nothing_is_said_to_anybody_where_no_origin_is_set() -> None:
    async with serving() as client:
        _, response, _ = await client.get("/api/v1/namespaces", headers={"Origin": GRAFANA})
        assert said(response.headers) == {}
        assert "Origin" not in response.headers["Vary"]
        status, response, _ = await client.get("/api/v1/namespaces", method="OPTIONS", headers=PREFLIGHT)
        assert (status, said(response.headers)) == (405, {})


async def test_a_star_is_every_origin() -> None:
    async with serving(cors_origins=("*",)) as client:
        _, response, _ = await client.get("/api/v1/namespaces", headers={"Origin": "https://any.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_preflight_needs_no_credentials_and_the_request_after_it_does(tmp_path: Any) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("secret\n", "utf-8")
    async with serving(cors_origins=(GRAFANA,), web_token_file=str(tokens)) as client:
        asked = {**PREFLIGHT, "Access-Control-Request-Headers": "authorization"}
        status, response, body = await client.get("/api/v1/graph", method="OPTIONS", headers=asked)
        assert (status, body) == (204, b"")
        assert said(response.headers) == {
            "Access-Control-Allow-Origin": GRAFANA,
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": "Authorization, If-None-Match, Last-Event-ID",
            "Access-Control-Max-Age": "600",
            "Access-Control-Expose-Headers": "Astrolabe-Left-Out, ETag, Last-Event-ID, Link, Retry-After",
        }
        status, response, _ = await client.get("/api/v1/graph", headers={"Origin": GRAFANA})
        assert (status, response.headers["Access-Control-Allow-Origin"]) == (401, GRAFANA)
        shown = {"Origin": GRAFANA, "Authorization": "Bearer secret"}
        assert (await client.get("/api/v1/graph", headers=shown))[0] == 200
        for headers in ({**PREFLIGHT, "Origin": "https://evil.example.com"}, {"Origin": GRAFANA}):
            assert (await client.get("/api/v1/graph", method="OPTIONS", headers=headers))[0] in (401, 405)
