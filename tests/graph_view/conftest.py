"""The demo's graphs, the packages, and the source beside them: each once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from astrolabe.graph.graph import Graph
from tests.graph_view import building, frames
from tests.graph_view.browser import Shown, chromium, serving


@pytest.fixture(scope="session")
def demo() -> dict[str, Graph]:
    return frames.demo()


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> building.Workspace:
    return building.Workspace(building.packages(), tmp_path_factory.mktemp("graph-view"))


@pytest.fixture(scope="module")
def browser(demo: dict[str, Graph]) -> Iterator[Browser]:  # noqa: ARG001
    # Playwright keeps a loop of its own running: while it does, in this thread no other may, not the demo's.
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture
def shown(browser: Browser, url: str) -> Iterator[Shown]:
    """A page of the usual size; after each test nothing may have gone wrong in it."""
    page = browser.new_page(viewport={"width": 1400, "height": 850}, reduced_motion="reduce")
    found = Shown(page, url)
    yield found
    page.close()
    assert found.faults == []
