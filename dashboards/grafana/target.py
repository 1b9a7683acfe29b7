"""One PromQL query of a panel."""

from __future__ import annotations

from typing import Any

import attr
from grafanalib.core import Target  # type: ignore[import-untyped]

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""Every query goes to the data source that the reader chose."""


@attr.s(kw_only=True)
class Query(Target):  # type: ignore[misc]
    """A query in the form of today's Prometheus data source.

    grafanalib writes keys of Graphite and Grafana 6 (`target`, `metric`, `step`, `intervalFactor`) and
    leaves `range` out, without which an instant query is asked as a range as well.
    """

    expr: str = attr.ib()
    refId: str = attr.ib(default="A")  # noqa: N815  (as grafanalib names it)
    format: str = attr.ib(default="time_series")
    instant: bool = attr.ib(default=False)
    legendFormat: str = attr.ib(default="__auto")  # noqa: N815
    interval: str = attr.ib(default="")

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the query."""
        return {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "exemplar": False,
            "expr": self.expr,
            "format": self.format,
            "instant": self.instant,
            "interval": self.interval,
            "legendFormat": self.legendFormat,
            "range": not self.instant,
            "refId": self.refId,
        }


def over_time(expr: str, legend: str = "__auto", ref: str = "A") -> Query:
    """Return a range query."""
    return Query(expr=expr, legendFormat=legend, refId=ref)


def now(expr: str, legend: str = "__auto", ref: str = "A") -> Query:
    """Return an instant query: the present value of each series."""
    return Query(expr=expr, legendFormat=legend, refId=ref, instant=True)


def rows(expr: str, ref: str = "A") -> Query:
    """Return an instant query in table format: a row per series, a column per label."""
    return Query(expr=expr, refId=ref, instant=True, format="table")
