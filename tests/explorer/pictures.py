"""The explorer's picture on Grafana's plugin page and in the docs, written by `make explorer`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from dashboards.bundle import content
from tests.dashboards.prometheus import holding
from tests.dashboards.recording import Recording, record
from tests.explorer import building, host
from tests.explorer.page import Page
from tests.graph_view.browser import chromium
from tests.graph_view.building import TREE, packages
from tests.graph_view.pictures import encoded

OBJECT = "Deployment/shop-catalog/pricing"
PICTURES = {
    content.SOURCE / "img" / "screenshots" / "why-a-deployment-fails.jpeg": (f"/object/{OBJECT}", True),
    TREE / "docs" / "img" / "explorer-problems.webp": ("", False),
}
"""Where each is, which page it shows, and whether in dark colours."""
WIDTH, HEIGHT = 1200, 700


def taken(browser: Browser, url: str, recording: Recording, path: str, dark: bool) -> bytes:
    """Draw a page as it was at noon, and return the top of it as PNG."""
    context = browser.new_context(timezone_id="UTC", reduced_motion="reduce")
    page = Page(context, url, path, recording.at("12:30"), dark=dark, width=WIDTH)
    try:
        page.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        shown = page.page.locator(".card, [data-section=problems] tr").first
        shown.wait_for()
        return page.page.screenshot()
    finally:
        context.close()


def main() -> None:
    """Write them."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        recording = record(folder)
        script = building.Workspace(packages(), folder).host(building.grafana())
        (folder / "past").mkdir()
        with (
            holding(folder / "past", host.with_alerts(recording)) as prometheus,
            host.serving(script, {"prometheus": prometheus.url}) as url,
            chromium() as browser,
        ):
            for picture, (path, dark) in PICTURES.items():
                picture.parent.mkdir(exist_ok=True)
                png = taken(browser, url, recording, path, dark)
                picture.write_bytes(encoded(browser, png, picture.suffix.removeprefix(".")))


if __name__ == "__main__":
    main()
