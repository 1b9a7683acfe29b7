"""Grafana's own data layer shapes what the queries find, and its own types read the JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.components.npm import INSTALL_SECONDS, Packages
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import APP_BOARDS, BOARDS, filled, panels, strings
from tests.dashboards.test_queries import RIGHTLY_EMPTY

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 120)]

OPTIONS = {
    "astrolabe-graph-panel": "nodegraph",
    "bargauge": "bargauge",
    "nodeGraph": "nodegraph",
    "stat": "stat",
    "state-timeline": "statetimeline",
    "table": "table",
    "text": "text",
    "timeseries": "timeseries",
}
"""Panel types whose options have published types, and the name of their module. The app's own panel takes the
options of Grafana's."""

OF_THE_PLUGIN = {"expr", "step", "tagKeys", "textFormat", "titleFormat", "useValueForTime"}
"""Fields of annotations that the Prometheus plugin reads."""


@dataclass(frozen=True)
class Shown:
    """A panel and the frames that Grafana's transformations leave it."""

    where: str
    panel: dict[str, Any]
    frames: list[dict[str, Any]]

    def column(self, ref: str, name: str) -> list[Any]:
        (frame,) = (frame for frame in self.frames if frame["refId"] == ref)
        (field,) = (field for field in frame["fields"] if field["name"] == name)
        return list(field["values"])


@pytest.fixture(scope="session")
def shown(prometheus: Prometheus, packages: Packages) -> list[Shown]:
    """Every table and node graph, in the scene that has something for each."""
    chosen = [
        (f"{name}: {panel['title']}", panel)
        for name, board in BOARDS.items()
        for panel in panels(board)
        if panel["type"] in {"table", "nodeGraph"}
    ]
    asked = [
        {
            "transformations": panel["transformations"],
            "results": {
                target["refId"]: [
                    [series["metric"], series["value"][1]]
                    for series in prometheus.vector(filled(target["expr"], "night"))
                ]
                for target in panel["targets"]
            },
        }
        for _, panel in chosen
    ]
    frames = json.loads(packages.script("transform.cjs", text=json.dumps(asked)))
    return [Shown(where, panel, frame) for (where, panel), frame in zip(chosen, frames, strict=True)]


def test_a_table_is_one_frame_with_the_columns_that_were_meant(shown: list[Shown]) -> None:
    tables = [each for each in shown if each.panel["type"] == "table"]
    for each in tables:
        if f"{each.where}: A" in RIGHTLY_EMPTY:
            continue
        shape = each.panel["transformations"][-1]["options"]
        order = sorted(shape["indexByName"], key=shape["indexByName"].__getitem__)
        meant = [shape["renameByName"].get(name, name) for name in order]
        (frame,) = each.frames
        assert [field["title"] for field in frame["fields"]] == meant, each.where
        # What is Ready has no reason.
        given = [field["values"][0] for field in frame["fields"] if field["title"] != "Reason"]
        assert "" not in given, each.where
    assert len(tables) > 30


def test_links_find_the_fields_that_they_name(shown: list[Shown]) -> None:
    found = 0
    for each in shown:
        fields = {field["name"] for frame in each.frames for field in frame["fields"]}
        for text in strings(each.panel):
            named = set(re.findall(r"__data\.fields\.([a-z_]+)", text))
            assert named <= fields or not fields, f"{each.where}: {named - fields}"
            found += len(named)
    assert found > 50


def test_two_queries_make_one_row(shown: list[Shown]) -> None:
    (schedules,) = (each for each in shown if each.where == "sleep: Schedules")
    (frame,) = schedules.frames
    assert {field["title"]: field["values"] for field in frame["fields"]} == {
        "Namespace": ["shop"],
        "SleepInfo": ["nights"],
        "Days": ["1-5"],
        "Sleeps at": ["20:00"],
        "Wakes at": ["08:00"],
        "Zone": ["Europe/Rome"],
        "Asleep": [1],
        "Next sleep": [1_780_010_000_000],
        "Next wake-up": [1_780_010_000_000],
    }


def test_node_graphs_get_their_two_frames_and_no_dangling_edge(shown: list[Shown]) -> None:
    graphs = [each for each in shown if each.panel["type"] == "nodeGraph"]
    assert len(graphs) == 4
    for each in graphs:
        assert [frame["refId"] for frame in each.frames] == ["nodes", "edges"]
        ids = each.column("nodes", "id")
        for name in ("title", "subtitle", "mainstat", "color"):
            assert all(each.column("nodes", name)), f"{each.where}: {name}"
        ends = {*each.column("edges", "source"), *each.column("edges", "target")}
        status = dict(zip(ids, each.column("nodes", "mainstat"), strict=True))
        assert ends <= set(ids)
        assert all(status[alone] in {"Error", "Pending"} for alone in set(ids) - ends)
        assert len(set(ids)) == len(ids)
        assert len(set(each.column("edges", "id"))) == len(each.column("edges", "id"))


def test_the_json_has_the_published_types(packages: Packages, tmp_path: Path) -> None:
    assert packages.type_errors("\n".join(typescript()), tmp_path) == ""


def test_the_types_would_notice(packages: Packages, tmp_path: Path) -> None:
    wrong = "\n".join(typescript()).replace('"colorMode": "value"', '"colorMode": "text"')
    assert "error TS2322" in packages.type_errors(wrong, tmp_path)


def typed(board: dict[str, Any]) -> dict[str, Any]:
    """Return a board without what only the Prometheus plugin knows: Grafana's types do not have it."""
    marks = [
        {name: value for name, value in mark.items() if name not in OF_THE_PLUGIN}
        for mark in board["annotations"]["list"]
    ]
    return {**board, "annotations": {"list": marks}}


def typescript() -> Iterator[str]:
    """Return a program that type-checks when the dashboards have Grafana's types."""
    yield 'import type { Dashboard } from "@grafana/schema";'
    composable = "./node_modules/@grafana/schema/dist/types/raw/composable"
    for module in sorted(set(OPTIONS.values())):
        yield f'import type * as {module} from "{composable}/{module}/panelcfg/x/types.gen";'
    # JSON has no enums: their values stand in their place.
    yield "type Json<T> = T extends string ? `${T}` : T extends number ? number : T extends boolean ? boolean"
    yield "  : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;"
    for board in (*BOARDS.values(), *APP_BOARDS.values()):
        yield f"({json.dumps(typed(board))}) satisfies Json<Dashboard>;"
        for panel in panels(board):
            if panel["type"] in OPTIONS:
                module = OPTIONS[panel["type"]]
                yield f"({json.dumps(panel['options'])}) satisfies Json<Partial<{module}.Options>>;"
