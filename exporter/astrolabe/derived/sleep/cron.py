"""Fields of a cron schedule as kube-green's parser (robfig/cron, standard form) reads them.

Lists, ranges, steps, `*` and `?`; days of the week also by name. Sunday is 0, and there is no 7.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec


class CronError(ValueError):
    """A field that does not parse, in the words for a log line."""


class Field(msgspec.Struct, frozen=True):
    """What a position of a schedule may hold."""

    noun: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    """Names for the values from `low` on; case does not matter."""


MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
WEEKDAY = Field("weekday", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))

_LONGEST_NUMBER = 9


@lru_cache(1 << 10)
def parse(text: str, field: Field) -> tuple[int, ...]:
    """Return the values that a field names, in order. Raises `CronError`."""
    values: set[int] = set()
    for part in text.split(","):
        if part:  # robfig/cron passes over empty parts
            values.update(_range(part, field))
    if not values:
        raise CronError(f"{field.noun} is empty")
    return tuple(sorted(values))


def _range(part: str, field: Field) -> range:
    span, *steps = part.split("/")
    if len(steps) > 1:
        raise CronError(f"{field.noun} `{part}` has several steps")
    first, *last = span.split("-")
    if first in ("*", "?"):
        # What follows a dash after `*` is not looked at, as in robfig/cron.
        low, high = field.low, field.high
    elif len(last) > 1:
        raise CronError(f"{field.noun} `{part}` has several dashes")
    else:
        low = _value(first, part, field)
        high = _value(last[0], part, field) if last else field.high if steps else low
    step = _number(steps[0], part, field) if steps else 1
    if step == 0:
        raise CronError(f"{field.noun} `{part}` has a step of 0")
    if low < field.low or high > field.high:
        raise CronError(f"{field.noun} `{part}` is not within {field.low}-{field.high}")
    if low > high:
        raise CronError(f"{field.noun} `{part}` ends before it begins")
    return range(low, high + 1, step)


def _value(text: str, part: str, field: Field) -> int:
    name = text.lower()
    if name in field.names:
        return field.low + field.names.index(name)
    return _number(text, part, field)


def _number(text: str, part: str, field: Field) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise CronError(f"{field.noun} `{part}` is not a number, range or step")
    return int(text)
