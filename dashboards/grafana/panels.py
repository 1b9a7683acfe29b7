"""Panels with what grafanalib leaves out: data source, unit, thresholds, colours, data links.

Each panel takes its width (of 24) and height, so that a board is a list of panels in reading order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attr
from grafanalib import core  # type: ignore[import-untyped]

from dashboards.grafana import style
from dashboards.grafana.target import DATASOURCE, Query

_KEPT_KEYS = (
    "datasource", "description", "fieldConfig", "gridPos", "id", "interval", "links", "maxDataPoints",
    "options", "targets", "title", "transformations", "transparent", "type",
)  # fmt: skip
_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_TROUBLE = ("error", "firing", "pending", "recovering")
_PLUGIN_VERSION = "12.3.0"  # that of schema version 42: older plugin migrations must not touch the panel


@attr.s(kw_only=True)
class Panel(core.Panel):  # type: ignore[misc]
    """What every panel says of itself and of its fields."""

    title: str = attr.ib()
    description: str = attr.ib()
    targets: list[Query] = attr.ib(factory=list)
    transformations: list[dict[str, Any]] = attr.ib(factory=list)
    maxDataPoints: int | None = attr.ib(default=None)  # noqa: N815  (Grafana's own choice: as many as pixels)
    unit: str = attr.ib()
    """Grafana's id of the unit; `none` for plain numbers, `string` for words."""
    width: int = attr.ib(default=12)
    height: int = attr.ib(default=8)
    steps: style.Steps = attr.ib(factory=lambda: style.PLAIN)
    colour: str = attr.ib(default="thresholds")
    """How a field gets its colour: `thresholds`, `palette-classic`, …"""
    mappings: list[dict[str, Any]] = attr.ib(factory=list)
    overrides: list[dict[str, Any]] = attr.ib(factory=list)
    data_links: list[Any] = attr.ib(factory=list)
    decimals: int | None = attr.ib(default=None)
    minimum: float | None = attr.ib(default=None)
    maximum: float | None = attr.ib(default=None)
    empty: str = attr.ib(default="none")
    """What stands there when the query finds nothing."""
    custom: dict[str, Any] = attr.ib(factory=dict)

    def written(self, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON of a panel of type `kind`."""
        defaults: dict[str, Any] = {
            "color": {"mode": self.colour},
            "custom": self.custom,
            "links": self.data_links,
            "mappings": self.mappings,
            "noValue": self.empty,
            "thresholds": {"mode": "absolute", "steps": self.steps},
            "unit": self.unit,
        }
        bounds = {"decimals": self.decimals, "min": self.minimum, "max": self.maximum}
        defaults |= {name: value for name, value in bounds.items() if value is not None}
        panel: dict[str, Any] = self.panel_json({"type": kind, "options": dict(options)})
        panel["datasource"] = DATASOURCE
        panel["fieldConfig"] = {"defaults": defaults, "overrides": self.overrides}
        kept = {key: panel[key] for key in _KEPT_KEYS if panel[key] is not None}
        return kept | {"pluginVersion": _PLUGIN_VERSION}


@attr.s(kw_only=True)
class Stat(Panel):
    """One figure, or one per series."""

    width: int = attr.ib(default=4)
    height: int = attr.ib(default=4)
    text: str = attr.ib(default="auto")
    sparkline: bool = attr.ib(default=False)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        return self.written(
            "stat",
            {
                "colorMode": "value",
                "graphMode": "area" if self.sparkline else "none",
                "justifyMode": "auto",
                "orientation": "auto",
                "percentChangeColorMode": "standard",
                "reduceOptions": _LAST,
                "showPercentChange": False,
                "textMode": self.text,
                "wideLayout": True,
            },
        )


@attr.s(kw_only=True)
class Lines(Panel):
    """Values over time, as lines, or stacked as areas."""

    colour: str = attr.ib(default="palette-classic")
    stacked: bool = attr.ib(default=False)
    bars: bool = attr.ib(default=False)
    minimum: float | None = attr.ib(default=0)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        self.custom = {
            "drawStyle": "bars" if self.bars else "line",
            "fillOpacity": 60 if self.bars else 25 if self.stacked else 8,
            "lineInterpolation": "linear",
            "lineWidth": 1,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"group": "A", "mode": "normal" if self.stacked else "none"},
            "thresholdsStyle": {"mode": "off"},
        }
        return self.written(
            "timeseries",
            {
                "legend": {
                    "calcs": ["lastNotNull"],
                    "displayMode": "list",
                    "placement": "bottom",
                    "showLegend": True,
                },
                "tooltip": {"hideZeros": False, "mode": "multi", "sort": "desc"},
            },
        )


@attr.s(kw_only=True)
class Table(Panel):
    """A row per series of an instant query."""

    sorted_by: str = attr.ib(default="")
    descending: bool = attr.ib(default=False)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        self.custom = {
            "align": "auto",
            "cellOptions": {"type": "auto"},
            "filterable": True,
            "inspect": False,
        }
        order = [{"desc": self.descending, "displayName": self.sorted_by}] if self.sorted_by else []
        return self.written("table", {"cellHeight": "sm", "showHeader": True, "sortBy": order})


@attr.s(kw_only=True)
class Bars(Panel):
    """A bar per series (grafanalib's bar gauge is that of Grafana 6)."""

    minimum: float | None = attr.ib(default=0)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        return self.written(
            "bargauge",
            {
                "displayMode": "basic",
                "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
                "maxVizHeight": 300,
                "minVizHeight": 16,
                "minVizWidth": 8,
                "namePlacement": "auto",
                "orientation": "horizontal",
                "reduceOptions": _LAST,
                "showUnfilled": True,
                "sizing": "auto",
                "valueMode": "color",
            },
        )


@attr.s(kw_only=True)
class States(Panel):
    """A band per series whose colour follows its value."""

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        self.custom = {"fillOpacity": 70, "lineWidth": 0, "spanNulls": False}
        return self.written(
            "state-timeline",
            {
                "alignValue": "left",
                "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
                "mergeValues": True,
                "rowHeight": 0.9,
                "showValue": "auto",
                "tooltip": {"hideZeros": False, "mode": "single", "sort": "none"},
            },
        )


@attr.s(kw_only=True)
class NodeGraph(Panel):
    """Nodes and edges, from the frames with the refIds `nodes` and `edges` (grafanalib has no node graph)."""

    kind: str = attr.ib()
    """The panel type of the edition: Grafana's own, or the app's, which takes the same frames."""
    unit: str = attr.ib(default="string")
    width: int = attr.ib(default=24)
    height: int = attr.ib(default=18)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        return self.written(self.kind, {"edges": {}, "nodes": {}, "zoomMode": "cooperative"})


@attr.s(kw_only=True)
class Alerts(Panel):
    """The alerts that fire now (grafanalib's alert list is that of Grafana 7)."""

    labels: str = attr.ib()
    """A label matcher in braces that chooses the alerts."""

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        return self.written(
            "alertlist",
            {
                "alertInstanceLabelFilter": self.labels,
                "alertName": "",
                "dashboardAlerts": False,
                "datasource": "${datasource}",
                "groupBy": [],
                "groupMode": "default",
                "maxItems": 50,
                "showInactiveAlerts": False,
                "sortOrder": 3,
                "stateFilter": {state: state in _TROUBLE for state in (*_TROUBLE, "noData", "normal")},
                "viewMode": "list",
            },
        )  # fmt: skip


@attr.s(kw_only=True)
class Words(core.Text):  # type: ignore[misc]
    """Markdown."""

    title: str = attr.ib()
    content: str = attr.ib()
    width: int = attr.ib()
    height: int = attr.ib()

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        return {
            "datasource": DATASOURCE,
            "description": "What this dashboard is for.",
            "fieldConfig": {"defaults": {}, "overrides": []},
            "gridPos": self.gridPos,
            "id": self.id,
            "options": {"content": self.content, "mode": "markdown"},
            "pluginVersion": _PLUGIN_VERSION,
            "targets": [],
            "title": self.title,
            "type": "text",
        }


@attr.s(kw_only=True)
class Row(core.RowPanel):  # type: ignore[misc]
    """A heading over the panels that follow."""

    title: str = attr.ib()
    width: int = attr.ib(default=24)
    height: int = attr.ib(default=1)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the row."""
        return {
            "collapsed": False,
            "gridPos": self.gridPos,
            "id": self.id,
            "panels": [],
            "title": self.title,
            "type": "row",
        }
