"""Writes the pictures of docs/page.md: `python -m tests.page.pictures`. Needs Chromium."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

from playwright.async_api import expect

from tests.page.browser import chromium, watched
from tests.page.exporting import exporting, opened

FOLDER = Path(__file__).parents[2] / "docs" / "img"
SIZE = {"width": 1200, "height": 760}


async def main() -> None:
    """Let a Deployment fail, and take a picture of the overview and of the Deployment."""
    async with chromium() as browser, exporting(opened()) as exporter:
        exporter.stop_working("shop-catalog", "pricing")
        for name, scheme, path in (
            ("page-overview", "light", "/"),
            ("page-object", "dark", "/?object=Deployment/shop-catalog/pricing"),
        ):
            async with watched(browser, color_scheme=scheme) as seen:
                await seen.page.set_viewport_size(SIZE)
                await seen.page.goto(exporter.url + path)
                await expect(seen.page.locator("#live")).to_have_text("live")
                if path != "/":
                    await expect(seen.page.locator(".drawing[data-nodes]")).to_be_visible()
                await seen.page.wait_for_load_state("networkidle")
                session = await seen.page.context.new_cdp_session(seen.page)
                taken = await session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
                (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    asyncio.run(main())
