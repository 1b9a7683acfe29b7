"""The client of docs/live.md in a real browser: its EventSource resumes, and starts over after a reset."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Page, async_playwright

from astrolabe.api.v1 import changes
from tests.api.events import Mirror
from tests.api.exporter import Client, cluster, serving, until
from tests.api.test_changes import happens
from tests.components.missing import missing

PAGE = Path(__file__).parents[2] / "docs" / "live.md"
PATIENCE = 10_000
"""Milliseconds."""


def program() -> str:
    """The script of the page, with a way to look at its copy of the graph."""
    (script,) = re.findall(r"```js\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    look = "nodes: [...graph.nodes.values()], edges: [...graph.edges.values()]"
    return f"() => {{ {script}; window.copy = () => graph && ({{{look}}}); }}"


async def knows(page: Page, name: str) -> dict[str, Any]:
    """Wait until the page has heard of an object; return its copy."""
    has = f"() => window.copy()?.nodes.some((node) => node.name === '{name}')"
    await page.wait_for_function(has, timeout=PATIENCE)
    copy: dict[str, Any] = await page.evaluate("() => window.copy()")
    return copy


async def is_right(client: Client, copy: dict[str, Any]) -> bool:
    return Mirror(copy).shows(msgspec.json.decode(await client.text("/api/v1/graph")))


async def comes_back(came: list[str]) -> None:
    before = len(came)
    await until(lambda: len(came) > before)


def chromium() -> str:
    """The browser of this machine."""
    program = shutil.which("chromium")
    if program is None:
        missing("chromium is missing: apt-get install chromium")
    return program


@pytest.mark.real
async def test_a_page_keeps_its_copy_of_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    # Streams that break off all the time, and a browser that comes back soon.
    monkeypatch.setattr(changes, "LIFETIME", (0.1, 0.3))
    monkeypatch.setattr(changes, "_RECONNECT_MILLISECONDS", 50)
    came: list[str] = []
    begin = changes.Streams.begin

    def noted(streams: changes.Streams, event_id: str) -> changes.Beginning:
        came.append(event_id)
        return begin(streams, event_id)

    monkeypatch.setattr(changes.Streams, "begin", noted)
    asked: list[str] = []
    server = cluster()
    executable = chromium()
    async with async_playwright() as playwright, serving(server) as client:
        browser = await playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("request", lambda request: asked.append(request.url.removeprefix(client.urls[0])))
        await page.goto(f"{client.urls[0]}/livez")
        await page.evaluate(program())
        await knows(page, "web-abc-1")
        server.delete("pods", "shop", "web-abc-1")
        for number in range(5):
            happens(client, f"late-{number}")
            copy = await knows(page, f"late-{number}")
            await comes_back(came)
        assert await is_right(client, copy)
        assert "web-abc-1" not in {node["name"] for node in copy["nodes"]}
        assert asked.count("/api/v1/graph") == 1, "it resumed each time"
        assert len(set(came)) > 2
        # As another process would answer.
        client.application.feed._epoch = "0"
        await until(lambda: asked.count("/api/v1/graph") == 2)
        happens(client, "after-all")
        assert await is_right(client, await knows(page, "after-all"))
        await browser.close()
