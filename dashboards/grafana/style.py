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


STATUS_MAP = value_map({status: (status, colour) for status, colour in STATUS_COLOURS.items()})
YES_NO_MAP = value_map({"1": ("yes", GREEN), "0": ("no", RED)})
ASLEEP_MAP = value_map({"1": ("asleep", BLUE), "0": ("awake", GREEN)})
