"""Variables of a dashboard, refreshed when the time range changes (`refresh: 2`)."""

from __future__ import annotations

from typing import Any

import attr
from grafanalib.core import Template  # type: ignore[import-untyped]

from dashboards.grafana.target import DATASOURCE

_SHOWN, _HIDDEN = 0, 2
_ON_TIME_RANGE = 2
_BY_NAME = 1
_ALL = "$__all"


@attr.s(kw_only=True)
class Variable(Template):  # type: ignore[misc]
    """A variable as Grafana saves it.

    grafanalib writes `default` as text and value alike, so that `All` becomes a value that matches nothing
    (Grafana's is `$__all`), and keys of tags and intervals that no longer exist.
    """

    name: str = attr.ib()
    label: str = attr.ib()
    type: str = attr.ib(default="query")
    query: Any = attr.ib()
    refresh: int = attr.ib(default=_ON_TIME_RANGE)
    regex: str = attr.ib(default="")
    sort: int = attr.ib(default=_BY_NAME)
    multi: bool = attr.ib(default=False)
    every: bool = attr.ib(default=False)
    """Whether All may be chosen, which then is the default and matches anything."""
    default: str = attr.ib(default="")
    options: list[dict[str, Any]] = attr.ib(factory=list)
    hide: int = attr.ib(default=_SHOWN)

    def to_json_data(self) -> dict[str, Any]:
        """Return the JSON of the variable, without what does not apply to its type."""
        written: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "hide": self.hide,
            "query": self.query,
            "includeAll": self.every,
            "multi": self.multi,
            "options": self.options,
            "current": {"selected": True, "text": "All", "value": _ALL} if self.every else self.chosen,
            "skipUrlSync": False,
        }
        if self.multi:
            written["current"] = {"selected": True, "text": ["All"], "value": [_ALL]}
        if self.every:
            written["allValue"] = ".*"
        if self.type == "query":
            written |= {"datasource": DATASOURCE, "sort": self.sort}
        if self.type in {"query", "datasource"}:
            written |= {"refresh": self.refresh, "regex": self.regex}
        return written

    @property
    def chosen(self) -> dict[str, Any]:
        """What is selected before anybody has chosen: the default, or the first that the query finds."""
        return {"selected": bool(self.default), "text": self.default, "value": self.default}


def data_source() -> Any:
    """Return the variable that chooses the Prometheus."""
    return Variable(name="datasource", label="Data source", type="datasource", query="prometheus")


def values_of(
    name: str,
    title: str,
    metric: str,
    of: str,
    *,
    every: bool = False,
    hidden: bool = False,
) -> Any:
    """Return a variable whose values are those of the label `of` over the series of `metric`.

    `every` offers All, which matches anything, absence included, and is the default.
    """
    return Variable(
        name=name,
        label=title,
        query={"query": f"label_values({metric}, {of})", "refId": f"variable-{name}", "qryType": 1},
        every=every,
        multi=every,
        hide=_HIDDEN if hidden else _SHOWN,
    )


def choice(name: str, title: str, *values: str) -> Any:
    """Return a variable with fixed values; the first is the default."""
    options = [{"selected": value == values[0], "text": value, "value": value} for value in values]
    return Variable(
        name=name, label=title, type="custom", query=",".join(values), default=values[0], options=options
    )


def one_of(name: str, title: str, metric: str, of: str) -> Any:
    """Return a variable of which one value, or All, is chosen.

    Grafana puts the first option in the place of a value that the time range does not hold. That is All,
    which says that nothing in particular is chosen, and never another value that nobody asked for.
    """
    return attr.evolve(values_of(name, title, metric, of), every=True)
