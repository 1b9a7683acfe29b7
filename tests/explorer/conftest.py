"""The explorer in Chromium over the demo's day in a real Prometheus: each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.components.npm import Packages
from tests.dashboards.prometheus import Prometheus, holding
from tests.dashboards.recording import Recording, record
from tests.explorer import building, host
from tests.explorer.page import Page
from tests.graph_view.browser import chromium
from tests.graph_view.building import packages as builders


@pytest.fixture(scope="session")
def packages() -> Packages:
    """What Grafana shares with an app's page, its loader and its types."""
    return building.grafana()


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> building.Workspace:
    return building.Workspace(builders(), tmp_path_factory.mktemp("explorer"))


@dataclass(frozen=True)
class Served:
    """Grafana's page over a day of the demo."""

    url: str
    recording: Recording
    prometheus: Prometheus
    script: bytes


@pytest.fixture(scope="session")
def served(
    workspace: building.Workspace, packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    recording = record(tmp_path_factory.mktemp("day"))
    script = workspace.host(packages)
    with holding(tmp_path_factory.mktemp("past"), host.with_alerts(recording)) as prometheus:
        sources = {"prometheus": prometheus.url, "down": "http://127.0.0.1:9"}
        with host.serving(script, sources) as url:
            yield Served(url, recording, prometheus, script)


@pytest.fixture(scope="module")
def context(served: Served) -> Iterator[BrowserContext]:  # noqa: ARG001
    """What pages share: above all the cache, since Grafana's packages are large."""
    # Playwright keeps a loop of its own running: while it does, in this thread no other may, not the demo's.
    with chromium() as browser:
        yield browser.new_context(timezone_id="UTC", reduced_motion="reduce")


@pytest.fixture
def visit(context: BrowserContext, served: Served) -> Iterator[Callable[..., Page]]:
    """Open a page of the explorer; after each test nothing may have gone wrong in any of them."""
    opened: list[Page] = []

    def found(path: str = "", at: str = "12:30", **given: Any) -> Page:
        page = Page(context, served.url, path, served.recording.at(at), **given)
        opened.append(page)
        return page

    yield found
    faults = [page.faults for page in opened]
    for page in opened:
        page.page.close()
    assert faults == [[] for _ in opened]
