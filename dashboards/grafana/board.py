"""A dashboard: its variables, its links, and where its panels stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attr
from grafanalib.core import (  # type: ignore[import-untyped]
    Annotations,
    Dashboard,
    DashboardLink,
    GridPos,
    Templating,
    Time,
)

from dashboards.grafana.panels import Row, Words

_WIDTH = 24
_SCHEMA = 42
_SHARED_CROSSHAIR = 1

_ALERTS_AND_ANNOTATIONS = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}


@attr.s(kw_only=True)
class Board(Dashboard):  # type: ignore[misc]
    """A read-only dashboard in the classic model, schema version 42, for any Grafana to import."""

    uid: str = attr.ib()
    title: str = attr.ib()
    description: str = attr.ib()
    tags: list[str] = attr.ib()
    refresh: str = attr.ib()
    time: Any = attr.ib()
    annotations: Any = attr.ib()
    templating: Any = attr.ib()
    links: list[Any] = attr.ib()
    panels: list[Any] = attr.ib()

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON, without grafanalib's `__inputs`, `rows`, `style` and `sharedCrosshair`."""
        return {
            "annotations": self.annotations,
            "description": self.description,
            "editable": False,
            "fiscalYearStartMonth": 0,
            "graphTooltip": _SHARED_CROSSHAIR,
            "id": None,
            "links": self.links,
            "panels": self.panels,
            "preload": False,
            "refresh": self.refresh,
            "schemaVersion": _SCHEMA,
            "tags": self.tags,
            "templating": self.templating,
            "time": self.time,
            "timepicker": {},
            "timezone": "browser",
            "title": self.title,
            "uid": self.uid,
            "version": 1,
            "weekStart": "",
        }


def section(title: str, *panels: Any) -> list[Any]:
    """Return panels under a heading."""
    return [Row(title=title), *panels]


def board(
    *,
    uid: str,
    title: str,
    tag: str,
    question: str,
    answer: str,
    variables: Sequence[Any],
    sections: Iterable[Sequence[Any]],
    marks: Sequence[Mapping[str, Any]] = (),
    since: str = "now-6h",
    refresh: str = "1m",
) -> Board:
    """Return a dashboard that says at its top, in one line, what it answers and what to do first."""
    heading = Words(title="What this answers", content=f"**{question}** {answer}", width=_WIDTH, height=2)
    panels = flow([heading, *(panel for part in sections for panel in part)])
    return Board(
        uid=uid,
        title=title,
        description=question,
        tags=[tag],
        refresh=refresh,
        time=Time(since, "now"),
        annotations=Annotations(list=[_ALERTS_AND_ANNOTATIONS, *marks]),
        templating=Templating(list=list(variables)),
        links=[
            DashboardLink(
                title="Astrolabe",
                tags=[tag],
                type="dashboards",
                asDropdown=True,
                includeVars=True,
                keepTime=True,
            )
        ],
        panels=panels,
    )


def flow(panels: Iterable[Any]) -> list[Any]:
    """Place each panel as high as there is room for it, then as far left; a heading begins below all."""
    placed = []
    filled = [0] * _WIDTH  # how far down each column is taken
    for number, panel in enumerate(panels, start=1):
        places = [(max(filled[x : x + panel.width]), x) for x in range(_WIDTH - panel.width + 1)]
        y, x = min(places)
        filled[x : x + panel.width] = [y + panel.height] * panel.width
        at = GridPos(x=x, y=y, w=panel.width, h=panel.height)
        placed.append(attr.evolve(panel, id=number, gridPos=at))
    return placed
