"""Columns of tables: how wide each is, on which side it stands, what an empty cell says.

Grafana gives each column without a width an equal share, and pushes out on the right what does not fit: the
value, which a table has last. So every column has a width of its own here, or the least that it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dashboards.grafana import style

NARROWEST_SCREEN = 1280
"""Pixels; on a screen as wide as this no column is cut off."""


@dataclass(frozen=True)
class Width:
    """Of a column, in pixels."""

    least: int
    grows: bool = False


_LETTER, _SIGNS = 9, 40  # a letter of a heading; beside it the arrow of the order and the filter
_NUMBER = Width(100)
_TIME = Width(168)
_WORDS = Width(110, grows=True)
_WIDTHS = {
    "Status": Width(82),
    "State": Width(78),
    "Severity": Width(82),
    "Kind": Width(190, grows=True),
    "From kind": Width(132),
    "To kind": Width(132),
    "Because of": Width(190, grows=True),
    "Namespace": Width(180),
    "In": Width(180),
    "Pod": Width(260, grows=True),
    "Reason": Width(220),
    "Rule": Width(176),
    "Relation": Width(134),
    "Optional": Width(96),
    "Distance": Width(100),
    "Unit": Width(90),
    "Days": Width(76),
    "Sleeps at": Width(100),
    "Wakes at": Width(100),
    "Revision": Width(96),
    "Needed": Width(92),
    "Says": Width(190, grows=True),
}


def width(heading: str, *, number: bool, unit: str = "") -> Width:
    """Return the width of the column under `heading`."""
    of = _WIDTHS.get(heading, _WORDS)
    if number:
        of = _TIME if unit.startswith("dateTime") else _NUMBER
    return replace(of, least=max(of.least, len(heading) * _LETTER + (16 if number else _SIGNS)))


def column(
    heading: str,
    *,
    number: bool = False,
    unit: str = "",
    links: list[Any] | None = None,
    alone: bool = False,
) -> dict[str, Any]:
    """Return what Grafana is told of the column under `heading`, the only one with words if it is `alone`."""
    wide = width(heading, number=number, unit=unit)
    properties: dict[str, Any] = {
        "custom_minWidth" if wide.grows else "custom_width": wide.least,
        "custom_align": "right" if number else "left",
        "custom_filterable": not number,
        # A time that is not there does not apply: nothing is woken. A figure that is not there is not known.
        "noValue": style.UNKNOWN if number and not unit.startswith("dateTime") else "",
    }
    if unit:
        properties["unit"] = unit
    if links:
        properties["links"] = links
    if heading in _COLOURED:
        properties |= {"mappings": [style.WORD_MAP], **_PAINTED}
    if heading in _OF_NAMESPACES:
        properties["mappings"] = [style.words({"-": "in no namespace" if alone else ""})]
    if heading in _YES_OR_NO:
        properties["mappings"] = [style.words({"true": "Yes", "false": "No"})]
    if heading == "Says":
        properties["custom_inspect"] = True
    return style.override(heading, **properties)


_OF_NAMESPACES = ("Namespace", "In")
_YES_OR_NO = ("Needed", "Optional")
_COLOURED = ("Status", "State", "Severity")
_PAINTED = {
    "custom_cellOptions": {"mode": "basic", "type": "color-text"},
    "custom_displayMode": "color-text",  # the same as Grafana 9 reads it, which knows no `cellOptions`
}
