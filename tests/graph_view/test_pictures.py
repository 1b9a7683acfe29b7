"""The pictures in the documentation look like what is drawn: roughly, since fonts differ between machines."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Browser

from astrolabe.graph.graph import Graph
from tests.graph_view.pictures import FOLDER, PICTURES, sight, taken

pytestmark = pytest.mark.real

WIDTH, HEIGHT = 70, 42
ALIKE = 6.0
"""Of 255, on average over all pixels of the small pictures; two different ones are 10 and more apart."""


def apart(one: list[int], other: list[int]) -> float:
    """How far two small pictures are from each other, on average over their pixels."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _committed(browser: Browser, name: str) -> list[int]:
    return sight(browser, (FOLDER / f"{name}.webp").read_bytes(), "webp", WIDTH, HEIGHT)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_like_what_is_drawn(
    browser: Browser, url: str, demo: dict[str, Graph], name: str
) -> None:
    now = sight(browser, taken(browser, url, demo, PICTURES[name]), "png", WIDTH, HEIGHT)
    assert apart(now, _committed(browser, name)) < ALIKE, "look at it, then run make graph-view"


def test_the_comparison_tells_pictures_apart(browser: Browser) -> None:
    seen = [_committed(browser, name) for name in PICTURES]
    for one, other in pairwise(seen):
        assert apart(one, other) > 1.5 * ALIKE


def test_pictures_are_small() -> None:
    for name in PICTURES:
        assert (FOLDER / f"{name}.webp").stat().st_size < 120_000
