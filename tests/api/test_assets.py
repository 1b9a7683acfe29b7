"""Scripts, styles and pictures of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from yarl import URL

import astrolabe.api
from astrolabe.api.assets import Assets
from tests.api.exporter import serving

FOLDER = Path(astrolabe.api.__file__).with_name("assets")
TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


class TestAssets:
    async def test_each_is_served_as_what_it_is(self) -> None:
        async with serving() as client:
            names = Assets().names
            assert {"page.js", "page.css", "icon.svg"} < set(names)
            for name in names:
                status, response, body = await client.get(f"/assets/{name}")
                assert (status, body) == (200, (FOLDER / name).read_bytes())
                assert response.headers["Content-Type"] == TYPES[name.rpartition(".")[2]]
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Cache-Control"] == "private, no-cache"

    async def test_one_that_is_named_by_its_content_is_kept(self) -> None:
        async with serving() as client:
            (address,) = re.findall(r'rel="stylesheet" href="([^"]+)"', await client.text("/"))
            _, response, _ = await client.get(address)
            assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
            _, response, _ = await client.get("/assets/page.css?v=0")
            assert response.headers["Cache-Control"] == "private, no-cache"

    async def test_one_that_a_client_has_is_not_sent_again(self) -> None:
        async with serving() as client:
            _, response, _ = await client.get("/assets/page.css")
            tag = response.headers["ETag"]
            for known in (tag, f"W/{tag}", f'"0", {tag}', "*"):
                status, response, body = await client.get(
                    "/assets/page.css", headers={"If-None-Match": known}
                )
                assert (status, body, response.headers["ETag"]) == (304, b"", tag)
            assert (await client.get("/assets/page.css", headers={"If-None-Match": '"0"'}))[0] == 200

    @pytest.mark.parametrize(
        "name",
        ["", "page", "__init__.py", "..%2flanding.py", "../landing.py", "%2e%2e/landing.py", "page.js/"],
    )
    async def test_nothing_else_is(self, name: str) -> None:
        async with serving() as client:
            address = URL(f"{client.urls[0]}/assets/{name}", encoded=True)
            async with client.session.get(address) as response:
                assert response.status == 404
