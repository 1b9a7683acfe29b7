"""The pictures of docs/graph-view.md: written by `make graph-view`, compared roughly by a test."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from astrolabe.graph.graph import Graph
from tests.graph_view.browser import Shown, chromium, serving
from tests.graph_view.building import TREE
from tests.graph_view.frames import demo, frames

FOLDER = TREE / "docs" / "img"

_QUALITY = 0.72
_SIGHT = """async ([picture, width, height]) => {
  const blob = await (await fetch(picture)).blob();
  const image = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  return [...context.getImageData(0, 0, width, height).data].filter((_, index) => index % 4 < 3);
}"""
_ENCODED = """async ([picture, type, quality, share]) => {
  const image = await createImageBitmap(await (await fetch(picture)).blob());
  const canvas = new OffscreenCanvas(image.width * share, image.height * share);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type, quality });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}"""


@dataclass(frozen=True)
class Picture:
    """What is seen in one of them."""

    moment: str
    theme: str
    namespaces: tuple[str, ...] = ()
    selected: str = ""
    size: tuple[int, int] = (1400, 850)
    options: dict[str, Any] = field(default_factory=dict)


PICTURES = {
    "graph-view-healthy": Picture("healthy", "light", ("shop-catalog",)),
    "graph-view-secret": Picture(
        "secret", "dark", ("shop-catalog",), selected="Deployment/shop-catalog/pricing"
    ),
    "graph-view-node": Picture("node", "light", size=(1600, 950)),
    "graph-view-node-dark": Picture("node", "dark", size=(1600, 950)),
}


def taken(browser: Browser, url: str, graphs: dict[str, Graph], picture: Picture) -> bytes:
    """Draw one and return it as PNG."""
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    try:
        shown = Shown(page, url)
        given = frames(graphs[picture.moment], picture.namespaces)
        shown.draw(given, theme=picture.theme, **picture.options)
        if picture.selected:
            page.evaluate("id => view.select(id)", picture.selected)
            page.locator(".card.selected").wait_for()
            page.evaluate("document.activeElement.blur()")
        return page.screenshot()
    finally:
        page.close()


def encoded(browser: Browser, png: bytes, kind: str, share: float = 1) -> bytes:
    """Return a PNG as `webp` or `jpeg`, in a `share` of its size: Grafana's catalogue takes no WebP."""
    page = browser.new_page()
    try:
        given = [_url(png, "png"), f"image/{kind}", _QUALITY, share]
        return base64.b64decode(page.evaluate(_ENCODED, given))
    finally:
        page.close()


def sight(browser: Browser, picture: bytes, kind: str, width: int, height: int) -> list[int]:
    """Return what is left of a picture at a small size: red, green and blue of each pixel."""
    page = browser.new_page()
    try:
        found: list[int] = page.evaluate(_SIGHT, [_url(picture, kind), width, height])
        return found
    finally:
        page.close()


def _url(picture: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def main() -> None:
    """Write them all."""
    graphs = demo()
    FOLDER.mkdir(exist_ok=True)
    with serving() as url, chromium() as browser:
        for name, picture in PICTURES.items():
            png = taken(browser, url, graphs, picture)
            Path(FOLDER / f"{name}.webp").write_bytes(encoded(browser, png, "webp"))


if __name__ == "__main__":
    main()
