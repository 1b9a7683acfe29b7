"""The graph panel: built from its source, and shown in Chromium as Grafana shows a panel."""

from __future__ import annotations

import http.server
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from dashboards.bundle import content
from tests.bundle.building import PANEL
from tests.components.npm import Packages, installed
from tests.graph_view.building import Workspace
from tests.graph_view.building import packages as builders

MODULE = content.SOURCE / PANEL / "module.js"
GRAFANA = Path(__file__).with_name("grafana")
OLDEST = Path(__file__).with_name("oldest")

_PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>A panel</title>
<link rel="icon" href="data:,"><body style="margin: 0"><main id="panel"></main>
<script src="/host.js"></script></html>"""


def grafana() -> Packages:
    """Install what Grafana shares with plugins, in the cache; skip where that is impossible."""
    return installed(GRAFANA, "grafana-loader")


def oldest() -> Packages:
    """Install the same of the oldest Grafana that the bundle is for."""
    return installed(OLDEST, "grafana-oldest")


def built(workspace: Workspace) -> bytes:
    """Return the module as one file."""
    ran = workspace.node("panel/build.mjs", "module.js")
    assert ran.returncode == 0, ran.stderr
    return (workspace.folder / "module.js").read_bytes()


def host(workspace: Workspace, found: Packages, name: str = "host") -> bytes:
    """Return the script of the page, with React and Grafana's data package."""
    folder = workspace.folder / name
    folder.mkdir()
    found.link(folder)
    shutil.copy(GRAFANA / "host.js", folder)
    ran = workspace.node(
        "node_modules/esbuild/bin/esbuild",
        f"{name}/host.js",
        "--bundle",
        "--format=iife",
        f"--outfile={name}/page.js",
        "--log-level=error",
        '--define:process.env.NODE_ENV="development"',
    )
    assert ran.returncode == 0, ran.stderr
    return (folder / "page.js").read_bytes()


@contextmanager
def serving(script: bytes) -> Iterator[str]:
    """Serve the page and the committed module; yield the page's address."""
    pages: Mapping[str, tuple[str, bytes]] = {
        "/": ("text/html; charset=utf-8", _PAGE),
        "/host.js": ("text/javascript; charset=utf-8", script),
        "/module.js": ("text/javascript; charset=utf-8", MODULE.read_bytes()),
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = pages.get(self.path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class Shown:
    """A page with the panel in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.faults: list[str] = []
        """What went wrong in the page, what React complains of included."""
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console", lambda message: self.faults.append(message.text) if message.type == "error" else None
        )
        page.on("dialog", lambda dialog: self.faults.append(dialog.message))
        page.goto(url)
        page.locator("html[data-ready]").wait_for(state="attached")
        self.loaded: dict[str, Any] = page.evaluate("load('/module.js')")
        """What the loader found in the module."""

    def show(self, **changed: Any) -> None:
        """Draw, or draw again what changed of: results, frames, options, fieldConfig, dark, width, height."""
        self.page.evaluate("text => show(JSON.parse(text))", json.dumps(changed))

    def card(self, object_id: str) -> Locator:
        """The card of an object."""
        return self.page.locator(f'.card[data-id="{object_id}"]')

    def cards(self) -> list[str]:
        """The ids of what is drawn."""
        found: list[str] = self.page.locator(".card").evaluate_all("all => all.map(card => card.dataset.id)")
        return found

    @property
    def words(self) -> Locator:
        """What stands in the place of a picture."""
        return self.page.locator("main [role=alert], main div[role=status]:not(.note)")

    @property
    def links(self) -> Locator:
        """The links of what is selected."""
        return self.page.locator("main nav a, main nav button")

    def visited(self) -> list[str]:
        """Where links led within Grafana."""
        found: list[str] = self.page.evaluate("visited")
        return found


def main() -> None:
    """Write the module that the bundle packs."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            MODULE.write_bytes(built(Workspace(builders(), Path(folder))))
        except (pytest.skip.Exception, pytest.fail.Exception) as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
