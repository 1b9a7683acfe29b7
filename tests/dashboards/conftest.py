"""The dashboards as Grafana reads them, and a Prometheus to ask their queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.components.npm import Packages, installed
from tests.dashboards import rendering, scenes
from tests.dashboards.prometheus import MOMENTS, Prometheus, holding
from tests.dashboards.recording import Recording, record


@pytest.fixture(params=rendering.BOARDS)
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each dashboard in turn."""
    return rendering.BOARDS[request.param]


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A real Prometheus that holds all scenes, each as a cluster."""
    with holding(tmp_path_factory.mktemp("prometheus"), scenes.samples(MOMENTS)) as started:
        yield started


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """What the demo's exporter said through a day."""
    return record(tmp_path_factory.mktemp("day"))


@pytest.fixture(scope="session")
def day(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A real Prometheus that holds that day."""
    with holding(tmp_path_factory.mktemp("past"), recording.samples()) as prometheus:
        yield prometheus


@pytest.fixture(scope="session")
def packages() -> Packages:
    """Grafana's data layer and types."""
    return installed(Path(__file__).with_name("grafana"), "grafana-data")
