"""Pictures of the explorer, written by `make explorer`: published ones, and those that a test compares."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from dashboards.bundle import content
from tests.dashboards.prometheus import holding
from tests.dashboards.recording import Recording, record
from tests.explorer import building, host
from tests.explorer.page import LOADED, Page
from tests.graph_view.browser import chromium
from tests.graph_view.building import TREE, packages
from tests.graph_view.pictures import encoded

OBJECT = "Deployment/shop-catalog/pricing"
HEIGHT = 700
SEEN = Path(__file__).with_name("seen")
"""Where those are that a test compares and nobody else looks at."""


@dataclass(frozen=True)
class Picture:
    """Which page is seen in one of them, in which colours, how wide it is, and in what share of its size."""

    path: str
    shows: str
    """What is there once the page is, as a selector."""
    dark: bool
    width: int = 1200
    share: float = 1


_PROBLEMS = ("", "[data-section=problems] tr")
_OBJECT = (f"/object/{OBJECT}", ".card")
_NAMESPACE = ("/namespace/shop-catalog", "[data-section=members] [data-id]")
PUBLISHED = {
    content.SOURCE / "img" / "screenshots" / "why-a-deployment-fails.jpeg": Picture(*_OBJECT, dark=True),
    TREE / "docs" / "img" / "explorer-problems.webp": Picture(*_PROBLEMS, dark=False),
}
"""On Grafana's plugin page and in the docs."""
PICTURES = PUBLISHED | {
    SEEN / f"{name}-{width}-{'dark' if dark else 'light'}.webp": Picture(*page, dark, width, share=0.5)
    for name, page in {"problems": _PROBLEMS, "object": _OBJECT, "namespace": _NAMESPACE}.items()
    for width in (1280, 1920)
    for dark in (False, True)
}


def context(browser: Browser) -> BrowserContext:
    """Return that in which pictures are taken."""
    return browser.new_context(timezone_id="UTC", reduced_motion="reduce")


def taken(within: BrowserContext, url: str, recording: Recording, picture: Picture, style: str = "") -> bytes:
    """Draw a page as it was at noon, with more `style` if there is any, and return the top of it as PNG."""
    given = {"dark": picture.dark, "width": picture.width}
    page = Page(within, url, picture.path, recording.at("12:30"), **given).page
    try:
        page.set_viewport_size({"width": picture.width, "height": HEIGHT})
        page.locator(picture.shows).first.wait_for()
        page.wait_for_function(LOADED)
        if style:
            page.add_style_tag(content=style)
        return page.screenshot()
    finally:
        page.close()


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
            within = context(browser)
            for path, picture in PICTURES.items():
                path.parent.mkdir(exist_ok=True)
                png = taken(within, url, recording, picture)
                path.write_bytes(encoded(browser, png, path.suffix[1:], picture.share))


if __name__ == "__main__":
    main()
