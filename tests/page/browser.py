"""Chromium, headless, and everything that a page does in it which it should not."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.components.missing import missing

_REPORT = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
  });
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run the browser of this machine; skip where there is none."""
    program = shutil.which("chromium")
    if program is None:
        reason = "chromium is missing: apt-get install chromium"
        missing(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


class Watched:
    """A page, with what it asked for and what it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.loads = 0
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("load", self._loaded)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._said)

    def _loaded(self, _page: Page) -> None:
        self.loads += 1

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def violations(self) -> list[str]:
        """What the Content-Security-Policy has kept from happening since the page was loaded."""
        found: list[str] = await self.page.evaluate("window.violations")
        return found


@asynccontextmanager
async def watched(browser: Browser, **options: Any) -> AsyncIterator[Watched]:
    """Open an empty page; afterwards nothing may have gone wrong in it, nor anything come from elsewhere."""
    context = await browser.new_context(viewport={"width": 1400, "height": 900}, **options)
    context.set_default_timeout(15_000)
    try:
        if options.get("java_script_enabled", True):
            await context.add_init_script(_REPORT)
        seen = Watched(await context.new_page())
        yield seen
        if options.get("java_script_enabled", True):
            violations = await seen.violations()
            assert not violations, violations
        assert not seen.complaints, seen.complaints
        origin = "/".join(seen.page.url.split("/")[:3])
        elsewhere = [url for url in seen.requests if not url.startswith(f"{origin}/")]
        assert seen.requests
        assert not elsewhere, elsewhere
    finally:
        await context.close()
