"""The dashboards as Grafana would read them, and a Prometheus to ask their queries."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# `dashboards` lies beside `tests`, and is not installed.
sys.path.insert(0, str(Path(__file__).parents[2]))

from dashboards import render
from dashboards.edition import CORE
from tests.dashboards import scenes
from tests.dashboards.prometheus import Prometheus, binary, running

BOARDS = {name: json.loads(text) for name, text in render.rendered(CORE).items()}


@dataclass(frozen=True)
class Asked:
    """One query, and where it stands."""

    where: str
    expr: str
    instant: bool
    format: str


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of a board without its headings."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(board: dict[str, Any]) -> list[Asked]:
    return [
        Asked(
            f"{board['title']} · {panel['title']} · {target['refId']}",
            target["expr"],
            target["instant"],
            target["format"],
        )
        for panel in panels(board)
        for target in panel["targets"]
    ]


@pytest.fixture(params=BOARDS, scope="session")
def board(request: pytest.FixtureRequest) -> Any:
    """Each dashboard in turn."""
    return BOARDS[request.param]


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A real Prometheus that holds all scenes, each as a cluster."""
    if binary("prometheus") is None or binary("promtool") is None:
        reason = "Prometheus is not built: see tests/components"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running(tmp_path_factory.mktemp("prometheus"), scenes.lines()) as started:
        yield started
