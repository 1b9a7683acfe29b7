"""A page of the explorer in Chromium."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from playwright.sync_api import BrowserContext, Locator

ROOT = "/a/astrolabe-graph-app"
MINUTES = 10
LOADED = (
    "document.querySelectorAll('.ax-loading').length === 0"
    " && !/Loading |Searching /.test(document.body.innerText)"
)
"""Whether nothing is loading any more, in JavaScript."""


class Page:
    """The explorer at a place, with a range that ends at a moment of the demo's day."""

    def __init__(self, context: BrowserContext, url: str, path: str, at: int, **given: Any) -> None:
        self.page = context.new_page()
        self.page.set_viewport_size({"width": given.pop("width", 1280), "height": 900})
        self.faults: list[str] = []
        """What went wrong in the page, what React complains of included."""
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(dialog.message))
        self.page.on("console", self._said)
        query: dict[str, Any] = {"from": (at - MINUTES * 60) * 1000, "to": at * 1000}
        if ds := given.pop("ds", ""):
            query["ds"] = ds
        if given.pop("now", False):
            query = {}
        joined = "&" if "?" in path else "?"
        address = f"{url}{ROOT}{path}{joined}{urlencode(query)}"
        self.page.goto(f"{address}#given={quote(json.dumps(given))}")
        self.page.locator("html[data-ready]").wait_for(state="attached")

    def _said(self, message: Any) -> None:
        # A failed query is an answer 400, of which Chromium tells by itself.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)

    def section(self, name: str) -> Locator:
        """A part of the page by its name."""
        return self.page.locator(f'[data-section="{name}"]')

    def row(self, section: str, object_id: str) -> Locator:
        """The row of an object in a part of the page."""
        return self.section(section).locator(f'[data-id="{object_id}"]')

    def ids(self, section: str) -> list[str]:
        """The ids of the rows of a part, in their order."""
        found: list[str] = (
            self.section(section).locator("[data-id]").evaluate_all("all => all.map(row => row.dataset.id)")
        )
        return found

    def colour(self, element: Locator) -> str:
        """The colour of a status."""
        found: str = element.first.evaluate("element => getComputedStyle(element).backgroundColor")
        return found

    @property
    def alert(self) -> Locator:
        """What went wrong, in words."""
        return self.page.get_by_role("alert")
