"""A page that shows the view in Chromium, on loopback, under the strictest policy that it works with."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.components.missing import missing
from tests.graph_view.building import ASSET
from tests.graph_view.frames import Frames

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The graph view</title>
<link rel="icon" href="/page.css"><link rel="stylesheet" href="/page.css"><main id="graph"></main>
<script type="module" src="/page.js"></script></html>"""
_STYLE = "html, body, main { margin: 0; height: 100%; }"
_SCRIPT = """
import { createGraphView } from "/graph-view.js";
window.create = (options) => {
  window.view?.destroy();
  window.told = { selected: [], opened: [] };
  const view = createGraphView(document.getElementById("graph"), {
    onSelect: (id) => told.selected.push(id), onOpen: (id) => told.opened.push(id), ...options,
  });
  window.view = view;
};
window.tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ type: "longtask" });
document.documentElement.dataset.ready = true;
"""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = {
            "/": ("text/html; charset=utf-8", _PAGE.encode()),
            "/page.css": ("text/css", _STYLE.encode()),
            "/page.js": ("text/javascript", _SCRIPT.encode()),
            "/graph-view.js": ("text/javascript; charset=utf-8", ASSET.read_bytes()),
        }.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve the page; yield its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium; skip where there is none."""
    program = shutil.which("chromium")
    if program is None:
        reason = "Chromium is missing: apt-get install chromium"
        missing(reason)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Shown:
    """A page with a view in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.faults: list[str] = []
        """What went wrong in the page, violations of its policy included."""
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console", lambda message: self.faults.append(message.text) if message.type == "error" else None
        )
        page.on("dialog", lambda dialog: self.faults.append(dialog.message))
        page.goto(url)
        page.locator("html[data-ready]").wait_for()

    def draw(self, frames: Frames | dict[str, Any], **options: Any) -> float:
        """Draw in a new view; return the milliseconds until the picture stood and was painted."""
        self.page.evaluate("(options) => create(options)", options)
        return self.update(frames)

    def update(self, frames: Frames | dict[str, Any]) -> float:
        """Draw in the view; return the milliseconds until the picture stood and was painted."""
        taken: float = self.page.evaluate(
            """async (text) => {
              const { nodes, edges } = JSON.parse(text);
              const begin = performance.now();
              await view.update(nodes, edges);
              await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
              return performance.now() - begin;
            }""",
            json.dumps(frames),
        )
        return taken

    def card(self, object_id: str) -> Any:
        """The card of an object."""
        return self.page.locator(f'.card[data-id="{object_id}"]')

    def places(self) -> dict[str, list[float]]:
        """Where each card is on the screen, by the id of its object."""
        found: dict[str, list[float]] = self.page.evaluate(
            """() => Object.fromEntries(
              [...document.querySelector("#graph > div").shadowRoot.querySelectorAll(".card")]
              .map((card) => [card.dataset.id, card.querySelector(".face").getBoundingClientRect()])
              .map(([id, box]) => [id, [box.x, box.y, box.width, box.height]]))"""
        )
        return found

    def focused(self) -> str | None:
        """The id of the card that has the focus."""
        found: str | None = self.page.evaluate(
            'document.querySelector("#graph > div").shadowRoot.activeElement?.dataset?.id ?? null'
        )
        return found
