"""The explorer looks like its committed pictures: roughly, since fonts differ between machines."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.components.npm import INSTALL_SECONDS
from tests.explorer.conftest import Served
from tests.explorer.pictures import PICTURES, SEEN, taken
from tests.graph_view.pictures import sight
from tests.graph_view.test_pictures import apart

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

ACROSS, DOWN = 48, 28
ALIKE = 3.0
"""Of 255, on average over small pictures: below 1 for the same page, about 1 in another font."""


@pytest.fixture(scope="module")
def browser(context: BrowserContext) -> Browser:
    assert context.browser is not None
    return context.browser


def committed(browser: Browser, path: Path) -> list[int]:
    return sight(browser, path.read_bytes(), path.suffix[1:], ACROSS, DOWN)


def drawn(
    browser: Browser, context: BrowserContext, served: Served, path: Path, style: str = ""
) -> list[int]:
    png = taken(context, served.url, served.recording, PICTURES[path], style)
    return sight(browser, png, "png", ACROSS, DOWN)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in PICTURES])
def test_a_page_looks_like_its_picture(
    browser: Browser, context: BrowserContext, served: Served, path: Path
) -> None:
    now = drawn(browser, context, served, path)
    assert apart(now, committed(browser, path)) < ALIKE, "look at it, then run make explorer"


@pytest.mark.parametrize(
    ("name", "style", "alike"),
    [
        pytest.param("problems-1280-light", "* { font-family: serif !important }", True, id="font-problems"),
        pytest.param("object-1920-dark", "* { font-family: serif !important }", True, id="font-object"),
        pytest.param("problems-1280-light", "tr:nth-child(n + 6) { display: none }", False, id="rows-gone"),
        pytest.param("object-1920-dark", "[data-picture] { display: none }", False, id="picture-gone"),
        pytest.param("namespace-1280-dark", "[data-section] { margin-top: 90px }", False, id="moved"),
    ],
)
def test_another_font_is_no_other_picture_and_another_page_is(
    browser: Browser, context: BrowserContext, served: Served, name: str, style: str, alike: bool
) -> None:
    path = SEEN / f"{name}.webp"
    found = apart(drawn(browser, context, served, path, style), committed(browser, path))
    assert (found < ALIKE) is alike, found


def test_the_comparison_tells_pages_apart(browser: Browser) -> None:
    for size in ("1280-light", "1280-dark", "1920-light", "1920-dark"):
        seen = [committed(browser, path) for path in SEEN.glob(f"*-{size}.webp")]
        assert len(seen) == 3
        for one, other in combinations(seen, 2):
            assert apart(one, other) > 1.4 * ALIKE, size


def test_what_is_committed_is_what_is_compared_and_small() -> None:
    assert set(SEEN.iterdir()) == {path for path in PICTURES if path.parent == SEEN}
    assert sum(path.stat().st_size for path in SEEN.iterdir()) < 300_000
