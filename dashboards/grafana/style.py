"""Colours, thresholds and value mappings, the same on every board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GREEN, ORANGE, RED, GREY, PURPLE, BLUE = "#56A64B", "#FF9830", "#E02F44", "#8E8E8E", "#8F3BB8", "#3274D9"

STATUS_COLOURS: Mapping[str, str] = {
    "Ready": GREEN,
    "Pending": ORANGE,
    "Error": RED,
    "Missing": PURPLE,
    "Unknown": GREY,
}

WORD_COLOURS: Mapping[str, str] = {
    **STATUS_COLOURS,
    "At rest": BLUE,
    "success": GREEN,
    "partial": ORANGE,
    "failed": RED,
    "error": RED,
    "missed": PURPLE,
    "skipped": GREY,
    "succeeded": GREEN,
    "started": BLUE,
    "refused": ORANGE,
    "busy": ORANGE,
    "away": RED,
    "critical": RED,
    "warning": ORANGE,
    "info": BLUE,
    "firing": RED,
    "pending": ORANGE,
}
"""What a word means wherever it names a series or stands in a table: a palette would paint Error green."""

CODE_COLOURS: Mapping[str, str] = {"2": GREEN, "3": BLUE, "4": ORANGE, "5": RED}
"""What an HTTP status that begins so means."""

Steps = list[dict[str, Any]]
"""Threshold steps as Grafana reads them: ascending, the first without a value."""


def steps(base: str, *above: tuple[float, str]) -> Steps:
    """Return threshold steps: `base` up to the first bound, then each colour from its bound on."""
    return [{"color": base, "value": None}, *({"color": colour, "value": bound} for bound, colour in above)]


PLAIN = steps(BLUE)
"""A figure that is neither good nor bad."""
NONE_IS_GOOD = steps(GREEN, (1, RED))
FEW_IS_GOOD = steps(GREEN, (1, ORANGE))
ALL_IS_GOOD = steps(RED, (0.9, ORANGE), (0.999, GREEN))
"""For shares from 0 to 1."""
YES_IS_GOOD = steps(RED, (1, GREEN))


def value_map(values: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return a mapping of values to (text, colour)."""
    options = {
        value: {"color": colour, "index": index, "text": text}
        for index, (value, (text, colour)) in enumerate(values.items())
    }
    return {"type": "value", "options": options}


def words(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a mapping of values to texts that have no colour."""
    options = {value: {"index": index, "text": text} for index, (value, text) in enumerate(texts.items())}
    return {"type": "value", "options": options}


WORD_MAP = value_map({word: (word, colour) for word, colour in WORD_COLOURS.items()})
YES_NO_MAP = value_map({"1": ("yes", GREEN), "0": ("no", RED)})
ASLEEP_MAP = value_map({"1": ("asleep", BLUE), "0": ("awake", GREEN)})

UNKNOWN = "?"
"""What stands for a figure that nobody knows. Nought is 0, and what does not apply is empty."""
NOTHING = "Nothing of this kind found in the chosen scope and time range"
"""What stands where a query finds nothing.

It says what was found, never that all is well: a query that fails finds nothing either.
"""


def unknown(text: str) -> dict[str, Any]:
    """Return a mapping of what is not there to `text`, in grey instead of the colour of the lowest step."""
    return {"type": "special", "options": {"match": "null+nan", "result": {"color": GREY, "text": text}}}


def override(name: str, **properties: Any) -> dict[str, Any]:
    """Return what is different for one field; `custom_x` stands for `custom.x`."""
    return _override("byName", name, properties)


def fixed(colour: str) -> dict[str, Any]:
    """Return a colour that no palette and no threshold changes."""
    return {"mode": "fixed", "fixedColor": colour}


def series_colours() -> list[dict[str, Any]]:
    """Return the colours of series whose name is, or ends with, a known word or an HTTP status."""
    means = {**WORD_COLOURS, **{rf"{first}\d\d": colour for first, colour in CODE_COLOURS.items()}}
    return [
        _override("byRegexp", rf"/(^|\s){word}$/", {"color": fixed(colour)}) for word, colour in means.items()
    ]


ENDED = {"matcher": {"id": "byRegexp", "options": "/.*/"}, "properties": [{"id": "noValue", "value": ""}]}
"""A series that has ended has no present value in a legend."""


def _override(matcher: str, options: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [
            {"id": key.replace("custom_", "custom."), "value": value} for key, value in properties.items()
        ],
    }
