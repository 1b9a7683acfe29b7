"""The demo's graphs, the packages, and the source beside them: each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from astrolabe.graph.graph import Graph
from tests.graph_view import building, frames


@pytest.fixture(scope="session")
def demo() -> dict[str, Graph]:
    return frames.demo()


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> building.Workspace:
    return building.Workspace(building.packages(), tmp_path_factory.mktemp("graph-view"))
