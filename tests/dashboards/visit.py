"""Somebody opens a dashboard at a moment: what Grafana makes of its variables, and what it then asks.

Grafana itself is not there. What it does before a query leaves it is little, and stands here: variables
take the first value that their query finds, or All; `$__range` is the range in seconds; the step is the range
divided by the panel's width in pixels, at least the scrape interval (Grafana rounds it besides);
`$__rate_interval` is one scrape more than the step, at least four scrapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import VARIABLE

SCRAPE_SECONDS = 15
"""Grafana's own assumption where the data source does not say otherwise."""
_SCREEN = 1600
_COLUMNS = 24
_UNITS = {"m": 60, "h": 3600, "d": 86400}

Answer = list[tuple[dict[str, str], list[float]]]
"""Labels and values of each series; an instant query gives one value."""


class Visit:
    """One board, open at a moment (Unix seconds), with what was `chosen`, its own time range or another."""

    def __init__(
        self,
        prometheus: Prometheus,
        board: dict[str, Any],
        at: int,
        chosen: Mapping[str, str] | None = None,
        since: str = "",
    ) -> None:
        self._prometheus = prometheus
        self.at = at
        self.chosen = dict(chosen or {})
        span = re.fullmatch(r"now-(\d+)([mhd])", since or board["time"]["from"])
        assert span is not None, since or board["time"]["from"]
        self._seconds = int(span[1]) * _UNITS[span[2]]
        self.variables: dict[str, str] = {}
        for variable in board["templating"]["list"]:
            self.variables[variable["name"]] = self._value(variable)
        unknown = set(self.chosen) - set(self.variables)
        assert not unknown, f"{board['title']} has no variable {unknown}"

    def _value(self, variable: dict[str, Any]) -> str:
        name = variable["name"]
        if variable["type"] == "datasource":
            return ""
        if variable["type"] == "custom":
            return self.chosen.get(name, str(variable["current"]["value"]))
        query = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert query is not None, variable["query"]["query"]
        offered = self._prometheus.label_values(
            self._filled(query[1]), query[2], self.at - self._seconds, self.at
        )
        if name in self.chosen:
            assert self.chosen[name] in offered, f"{name} does not offer {self.chosen[name]}: {offered[:50]}"
            return self.chosen[name]
        if variable["includeAll"]:
            return str(variable["allValue"])
        return min(offered) if offered else ""

    def _filled(self, expr: str, **more: str) -> str:
        known = {**self.variables, **more}
        return re.sub(VARIABLE, lambda found: known[found[1]], expr)

    def answer(self, panel: dict[str, Any], target: dict[str, Any]) -> Answer:
        """Ask one query of a panel."""
        points = panel.get("maxDataPoints") or _SCREEN * panel["gridPos"]["w"] // _COLUMNS
        step = max(SCRAPE_SECONDS, -(-self._seconds // points))
        rate = max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)
        expr = self._filled(target["expr"], __range=f"{self._seconds}s", __rate_interval=f"{rate}s")
        if target["instant"]:
            return [
                (series["metric"], [float(series["value"][1])])
                for series in self._prometheus.vector(expr, self.at)
            ]
        end = self.at // step * step
        found = self._prometheus.matrix(expr, end - self._seconds // step * step, end, step)
        return [(series["metric"], [float(value) for _, value in series["values"]]) for series in found]
