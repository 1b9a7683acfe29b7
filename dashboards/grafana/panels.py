"""Panels with what grafanalib leaves out: data source, unit, thresholds, colours, data links.

Each panel takes its width (of 24) and height, so that a board is a list of panels in reading order.
"""

from __future__ import annotations

import re
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
_LIST, _LONGEST_LIST = 23.5, 470
_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_PLUGIN_VERSION = "12.3.0"  # that of schema version 42: older plugin migrations must not touch the panel


# `last`, and not the last that there was: a series that has ended has no present value.
_LEGEND = {"calcs": ["last"], "displayMode": "list", "placement": "bottom", "showLegend": True}
_LEAST_BAR = "2m"
"""With shorter steps the windows of `$__rate_interval` overlap, and one operation stands in several bars."""
_LEGEND_OF_MANY = {
    "calcs": ["last"],
    "displayMode": "table",
    "placement": "right",
    "showLegend": True,
    "sortBy": "Last",
    "sortDesc": True,
}


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
    """How a field gets its colour where no mapping or override says: `thresholds`, `palette-classic`, …"""
    mappings: list[dict[str, Any]] = attr.ib(factory=list)
    overrides: list[dict[str, Any]] = attr.ib(factory=list)
    data_links: list[Any] = attr.ib(factory=list)
    decimals: int | None = attr.ib(default=None)
    minimum: float | None = attr.ib(default=None)
    maximum: float | None = attr.ib(default=None)
    empty: str = attr.ib(default=style.NOTHING)
    """What stands there when the query finds nothing: a sentence, or a sign for a single figure."""
    custom: dict[str, Any] = attr.ib(factory=dict)
    display_name: str | None = attr.ib(default=None)

    def written(self, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON of a panel of type `kind`."""
        defaults: dict[str, Any] = {
            "color": style.fixed(style.GREY) if self.colour == "fixed" else {"mode": self.colour},
            "custom": self.custom,
            "links": self.data_links,
            "mappings": self.mappings,
            "noValue": self.empty,
            "thresholds": {"mode": "absolute", "steps": self.steps},
            "unit": self.unit,
        }
        bounds = {
            "decimals": self.decimals,
            "displayName": self.display_name,
            "max": self.maximum,
            "min": self.minimum,
        }
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
    empty: str = attr.ib(default=style.UNKNOWN)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        self.mappings = [*self.mappings, style.unknown(self.empty)]
        return self.written(
            "stat",
            {
                "colorMode": "value",
                "graphMode": "none",
                "justifyMode": "auto",
                "orientation": "auto",
                "percentChangeColorMode": "standard",
                "reduceOptions": _LAST,
                "showPercentChange": False,
                "textMode": "auto",
                "wideLayout": True,
            },
        )


@attr.s(kw_only=True)
class Lines(Panel):
    """Values over time, as lines, or stacked as areas."""

    colour: str = attr.ib(default="palette-classic")
    many: bool = attr.ib(default=False)
    """Whether there may be dozens of series: they then stand in a list that scrolls, the highest first."""
    stacked: bool = attr.ib(default=False)
    bars: bool = attr.ib(default=False)
    minimum: float | None = attr.ib(default=0)

    @property
    def _listed(self) -> int:
        """The pixels of the list of series: names and figures are whole, and the picture keeps half."""
        return min(_LONGEST_LIST, int(_LIST * self.width))

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        if self.bars:
            self.decimals = 0  # increases are extrapolated, and nobody did 1.01 operations
            self.targets = [attr.evolve(each, interval=_LEAST_BAR) for each in self.targets]
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
        self.overrides = [style.ENDED, *style.series_colours(), *self.overrides]
        return self.written(
            "timeseries",
            {
                "legend": _LEGEND_OF_MANY | {"width": self._listed} if self.many else _LEGEND,
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
    """A bar per series, the longest first (grafanalib's bar gauge is that of Grafana 6)."""

    minimum: float | None = attr.ib(default=0)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        self.targets = [attr.evolve(each, expr=f"sort_desc({each.expr})") for each in self.targets]
        # Grafana drops the name of a bar that is alone, unless it is set here.
        (target,) = self.targets
        self.display_name = re.sub(r"{{(\w+)}}", r"${__field.labels.\1}", target.legendFormat)
        return self.written(
            "bargauge",
            {
                "displayMode": "basic",
                "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
                "maxVizHeight": 40,
                "minVizHeight": 16,
                "minVizWidth": 8,
                "namePlacement": "auto",
                "orientation": "horizontal",
                "reduceOptions": _LAST,
                "showUnfilled": True,
                "sizing": "auto",
                # Else the name of a bar that is alone grows with the panel, and is cut.
                "text": {"titleSize": 12, "valueSize": 16},
                "valueMode": "color",
            },
        )


@attr.s(kw_only=True)
class States(Panel):
    """A band per series whose colour follows its value, by the mappings.

    With colours by thresholds Grafana joins neighbours by threshold before it looks at mappings, and the
    whole band has one colour.
    """

    mappings: list[dict[str, Any]] = attr.ib()
    colour: str = attr.ib(default="fixed")

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
    empty: str = attr.ib(
        default="Nothing found: nothing is chosen here, or it did not exist in this time range"
    )
    width: int = attr.ib(default=24)
    height: int = attr.ib(default=18)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the panel."""
        return self.written(self.kind, {"edges": {}, "nodes": {}, "zoomMode": "cooperative"})


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
