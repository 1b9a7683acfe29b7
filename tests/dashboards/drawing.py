"""Panels as Grafana draws them: real answers through its own rules of fields, read by tests."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.components.npm import Packages
from tests.dashboards.visit import Visit

_COLUMNS = 24
_SIDEBAR, _MARGINS, _FRAME, _BORDER = 57, 32, 8, 18
"""Pixels of Grafana's own on a page, between two panels, and within one."""
_WIDE, _CAPITAL, _OTHER, _NARROW, _PADDING = 12, 9, 8, 5, 18
"""Letters of a cell, and the room beside the text: `shop-recommendations` is cut at 174 pixels."""
_EQUAL_SHARE = 150
"""What Grafana gives a column at least that asks for nothing."""


@dataclass(frozen=True)
class Field:
    """A column, a line or a figure."""

    name: str
    title: str
    number: bool
    hidden: bool
    width: int | None
    minWidth: int | None  # noqa: N815  (as Grafana names it)
    align: str | None
    cell: tuple[str, str]
    """How a cell is painted: as Grafana 10 and newer reads it, and as Grafana 9 does."""
    mode: str
    line: str
    texts: list[str]
    colours: list[str]
    links: list[list[tuple[str, str]]]

    @property
    def needed(self) -> float:
        """Return the pixels of its longest text."""
        return max((_letters(text) for text in self.texts), default=0) + _PADDING


@dataclass(frozen=True)
class Drawn:
    """A panel and its fields."""

    where: str
    panel: dict[str, Any]
    fields: list[Field]

    def field(self, title: str) -> Field:
        (found,) = (field for field in self.fields if field.title == title)
        return found

    def rows(self) -> list[dict[str, str]]:
        """Return the texts of each row by the name of the field, hidden ones included."""
        names = [field.name for field in self.fields]
        return [
            dict(zip(names, row, strict=True)) for row in zip(*(f.texts for f in self.fields), strict=True)
        ]


def drawn(packages: Packages, asked: Iterable[tuple[str, Visit, dict[str, Any]]]) -> list[Drawn]:
    """Draw panels, each at a visit of its board."""
    chosen = list(asked)
    given = [
        {
            "fieldConfig": panel["fieldConfig"],
            "transformations": panel.get("transformations", []),
            "table": panel["type"] in {"table", "nodeGraph"},
            "results": {
                target["refId"]: [
                    {"labels": labels, "name": _legend(target, labels), "values": _in_json(values)}
                    for labels, values in visit.answer(panel, target)
                ]
                for target in panel["targets"]
            },
        }
        for _, visit, panel in chosen
    ]
    answers = json.loads(packages.script("draw.cjs", text=json.dumps(given)))
    return [
        Drawn(where, panel, [Field(**(field | {"cell": tuple(field["cell"])})) for field in fields])
        for (where, _, panel), fields in zip(chosen, answers, strict=True)
    ]


def _in_json(values: list[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]


def _legend(target: dict[str, Any], labels: dict[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), target["legendFormat"])


def cut(text: str, width: float) -> str:
    """Return what is seen of a text in a cell so wide."""
    left = text
    while _letters(left) > width - _PADDING:
        left = left.removesuffix("…")[:-1] + "…"
    return left


def _letters(text: str) -> float:
    return sum(
        _WIDE
        if letter in "mwMW…"
        else _NARROW
        if letter in "fijlrtI.,:;|! "
        else _CAPITAL
        if letter.isupper()
        else _OTHER
        for letter in text
    )


def room(panel: dict[str, Any], screen: int) -> float:
    """Return the pixels that a table has for its columns on a screen so wide."""
    page = screen - _SIDEBAR - _MARGINS
    return page * panel["gridPos"]["w"] / _COLUMNS - _FRAME - _BORDER


def widths(fields: Iterable[Field], room: float) -> dict[str, float]:
    """Return how wide Grafana draws each column: as asked, else an equal share, but not below the least."""
    shown = [field for field in fields if not field.hidden]
    fixed = {field.title: float(field.width) for field in shown if field.width}
    growing = {field.title: float(field.minWidth or _EQUAL_SHARE) for field in shown if not field.width}
    left = room - sum(fixed.values())
    for title, least in sorted(growing.items(), key=lambda each: -each[1]):
        share = left / len([each for each in growing if each not in fixed])
        fixed[title] = max(least, share)
        left -= fixed[title]
    return fixed
