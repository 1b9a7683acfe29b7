"""The panel as it is seen: on narrow and wide screens, in light and dark, and in the committed picture."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, expect

from tests.bundle import pictures
from tests.components.npm import INSTALL_SECONDS
from tests.graph_view import frames
from tests.graph_view.pictures import sight
from tests.graph_view.test_pictures import ALIKE, apart

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 120)]

ACROSS, DOWN = 70, 42
PRICING = "Deployment/shop-catalog/pricing"


@pytest.fixture(scope="module")
def namespace() -> frames.Frames:
    with ThreadPoolExecutor(1) as elsewhere:  # in this thread Playwright keeps a loop of its own
        return elsewhere.submit(pictures.namespace).result()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_a_namespace_fits_the_panel_in_the_colours_of_the_theme(
    browser: Browser, url: str, namespace: frames.Frames, width: int, dark: bool
) -> None:
    with pictures.drawn(browser, url, namespace, width=width, dark=dark) as shown:
        expect(shown.card(PRICING)).to_be_visible()
        boxes = shown.page.locator(".card").evaluate_all(
            "all => all.map(card => card.getBoundingClientRect().toJSON())"
        )
        assert len(boxes) > 20
        for box in boxes:
            assert box["left"] >= 0, box
            assert box["right"] <= width, box
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        seen = sight(browser, shown.page.screenshot(), "png", width // 4, pictures.HEIGHT // 4)
    pixels = list(zip(seen[::3], seen[1::3], seen[2::3], strict=True))
    brightness = sum(seen) / len(seen)
    assert brightness < 60 if dark else brightness > 200, brightness
    assert sum(red > green + 60 and red > blue + 60 for red, green, blue in pixels) > 10, "Error is red"
    assert sum(green > red + 40 and green > blue + 25 for red, green, blue in pixels) > 10, "Ready is green"


def test_the_committed_picture_looks_like_what_is_drawn(
    browser: Browser, url: str, namespace: frames.Frames
) -> None:
    committed = sight(browser, pictures.PICTURE.read_bytes(), "jpeg", ACROSS, DOWN)
    with pictures.drawn(browser, url, namespace) as shown:
        now = sight(browser, shown.page.screenshot(), "png", ACROSS, DOWN)
    with pictures.drawn(browser, url, namespace, dark=False) as shown:
        light = sight(browser, shown.page.screenshot(), "png", ACROSS, DOWN)
    assert apart(now, committed) < ALIKE, "look at it, then run make graph-view"
    assert apart(light, committed) > 5 * ALIKE
