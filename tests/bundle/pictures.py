"""The picture of the panel on Grafana's plugin page, written by `make graph-view`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from dashboards.bundle import content
from tests.bundle import panel
from tests.dashboards.rendering import APP_BOARDS, panels
from tests.graph_view import frames
from tests.graph_view.browser import chromium
from tests.graph_view.building import Workspace, packages
from tests.graph_view.pictures import encoded

PICTURE = content.SOURCE / "img" / "screenshots" / "a-missing-secret-and-who-waits-for-it.jpeg"
SELECTED = "Secret/shop-catalog/pricing-api-key"
KINDS = (
    "Ingress", "Service", "Deployment", "StatefulSet", "ReplicaSet", "Pod", "ConfigMap", "Secret",
    "PersistentVolumeClaim",
)  # fmt: skip
WIDTH, HEIGHT = 1200, 700


@contextmanager
def drawn(
    browser: Browser, url: str, given: frames.Frames, *, width: int = WIDTH, dark: bool = True
) -> Iterator[panel.Shown]:
    """Draw the graph as the relationship graph's panel does, with the missing Secret selected."""
    asked = next(
        each for each in panels(APP_BOARDS["relationship-graph"]) if each["type"] == "astrolabe-graph-panel"
    )
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce")
    try:
        shown = panel.Shown(page, url)
        shown.show(
            results={"nodes": rows(given["nodes"]), "edges": rows(given["edges"])},
            options={"kinds": KINDS},
            fieldConfig=asked["fieldConfig"],
            dark=dark,
            width=width,
            height=HEIGHT,
        )
        shown.card(SELECTED).click()
        shown.links.first.wait_for()
        yield shown
    finally:
        page.close()


def rows(given: list[frames.Row]) -> list[Any]:
    """Return them as what Prometheus answers: labels, and a value."""
    return [[row, "1"] for row in given]


def namespace() -> frames.Frames:
    """Return what is seen in it."""
    return frames.frames(frames.demo()["secret"], ("shop-catalog",))


def main() -> None:
    """Write it."""
    given = namespace()
    with tempfile.TemporaryDirectory() as folder:
        script = panel.host(Workspace(packages(), Path(folder)), panel.grafana())
        with panel.serving(script) as url, chromium() as browser:
            PICTURE.parent.mkdir(exist_ok=True)
            with drawn(browser, url, given) as shown:
                PICTURE.write_bytes(encoded(browser, shown.page.screenshot(), "jpeg"))


if __name__ == "__main__":
    main()
