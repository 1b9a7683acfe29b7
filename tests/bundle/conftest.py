"""The panel in Chromium, and what a real Prometheus answers to the node graphs of the dashboards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.bundle import panel
from tests.components.npm import Packages
from tests.dashboards import scenes
from tests.dashboards.prometheus import MOMENTS, holding
from tests.dashboards.rendering import BOARDS, filled, panels
from tests.graph_view.browser import chromium
from tests.graph_view.building import Workspace
from tests.graph_view.building import packages as builders


@pytest.fixture(scope="session")
def packages() -> Packages:
    """What Grafana shares with plugins, its loader and its types."""
    return panel.grafana()


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(builders(), tmp_path_factory.mktemp("panel"))


@pytest.fixture(scope="session")
def url(workspace: Workspace, packages: Packages) -> Iterator[str]:
    with panel.serving(panel.host(workspace, packages)) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def shown(browser: Browser, url: str) -> Iterator[panel.Shown]:
    """A page with a panel of 1000 by 600 px; after each test nothing may have gone wrong in it."""
    page = browser.new_page(viewport={"width": 1000, "height": 600}, reduced_motion="reduce")
    found = panel.Shown(page, url)
    yield found
    page.close()
    assert found.faults == []


@pytest.fixture(scope="session")
def node_graphs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Each node graph of the dashboards by its title, and what Prometheus answers to it at night."""
    drawn = [each for board in BOARDS.values() for each in panels(board) if each["type"] == "nodeGraph"]
    with holding(tmp_path_factory.mktemp("prometheus"), scenes.samples(MOMENTS)) as prometheus:
        return {
            each["title"]: (
                each,
                {
                    target["refId"]: [
                        [series["metric"], series["value"][1]]
                        for series in prometheus.vector(filled(target["expr"], "night"))
                    ]
                    for target in each["targets"]
                },
            )
            for each in drawn
        }
