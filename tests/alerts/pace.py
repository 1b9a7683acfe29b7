"""Rules for a clock that runs faster: every duration in them is as much shorter."""

from __future__ import annotations

import re

_MILLISECONDS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"\b(\d+)([smhd])\b")
_RANGE = re.compile(r"\[\d+[smhd](?::(?:\d+[smhd])?)?\]")
_OFFSET = re.compile(r"\boffset \d+[smhd]\b")
_FIELD = re.compile(r"^ *(?:for|keep_firing_for|interval): \d+[smhd]$", re.MULTILINE)


def hastened(rules: str, speed: int) -> str:
    """Return rendered rules in which an hour is a `speed`th of one: ranges, offsets, waits, intervals.

    Descriptions keep their words, and what compares times with numbers keeps the numbers.
    """

    def shorter(found: re.Match[str]) -> str:
        return _DURATION.sub(lambda one: f"{int(one[1]) * _MILLISECONDS[one[2]] // speed}ms", found[0])

    for pattern in (_RANGE, _OFFSET, _FIELD):
        rules = pattern.sub(shorter, rules)
    return rules
