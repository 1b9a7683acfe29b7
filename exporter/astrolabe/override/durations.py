"""How long, in people's words: `2h`, `90m`, `until 18:00`, `tomorrow 9:00`, `tuesday 18:00-21:00`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

_UNITS = {"d": 86400, "h": 3600, "m": 60, "min": 60}
_LENGTH = re.compile(r"(?:\d{1,6}(?:d|h|min|m))+")
_PART = re.compile(r"(\d+)(d|h|min|m)")
_LONG = {
    r"\s*(?:minutes?|mins?)\b": "m",
    r"\s*(?:hours?|hrs?)\b": "h",
    r"\s*(?:days?)\b": "d",
}
_CLOCK = r"(\d{1,2}):(\d{2})"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENT = re.compile(
    rf"(?:until\s+)?(?:(?P<day>today|tomorrow|[a-z]+day|mon|tue|wed|thu|fri|sat|sun|\d{{4}}-\d{{2}}-\d{{2}})"
    rf"(?:\s+(?:at\s+)?|$))?(?:{_CLOCK}(?:\s*-\s*{_CLOCK})?)?"
)
_SHORTEST = 60.0
EXAMPLES = "2h, 90m, 1h30m, until 18:00, tomorrow 9:00, tuesday 18:00-21:00"


class DurationError(ValueError):
    """A duration that cannot be understood. Its text is one line that says what can."""


class Span(msgspec.Struct, frozen=True):
    """From when until when."""

    start: float
    """Unix seconds."""
    until: float
    """Unix seconds."""
    words: str
    """As it was said, in lower case with single spaces."""
    booked: bool = False
    """Whether it begins in the future."""


def read(text: str, now: float, zone: ZoneInfo) -> Span:
    """Read a duration; times of day are of `zone`. Raises `DurationError`."""
    words = " ".join(text.lower().split())
    seconds = _length(words)
    span = Span(now, now + seconds, words) if seconds is not None else _moment(words, now, zone, text)
    if span.until - span.start < _SHORTEST:
        raise DurationError(f"`{_shown(text)}` is shorter than a minute")
    return span


def spell(seconds: float) -> str:
    """Return a length of time in the form that `read` takes, to the minute."""
    minutes = max(round(seconds / 60), 0)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m" if hours and minutes else f"{hours}h" if hours else f"{minutes}m"


def _length(words: str) -> float | None:
    compact = words.removeprefix("for ")
    for long, short in _LONG.items():
        compact = re.sub(rf"(?<=\d){long}", short, compact)
    compact = compact.replace(" ", "")
    if not _LENGTH.fullmatch(compact):
        return None
    return float(sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(compact)))


def _moment(words: str, now: float, zone: ZoneInfo, text: str) -> Span:
    found = _MOMENT.fullmatch(words)
    if found is None or not words:
        raise DurationError(f"`{_shown(text)}` is not a duration: write for example {EXAMPLES}")
    local = datetime.fromtimestamp(now, zone)
    hour, minute, to_hour, to_minute = (found[index] for index in range(2, 6))
    day = _day(found["day"], local.date(), text)
    if hour is None and found["day"] is None:
        raise DurationError(f"`{_shown(text)}` is not a duration: write for example {EXAMPLES}")
    first = _at(day or local.date(), hour, minute, zone, text)
    if to_hour is None:
        if first <= now and day is None:
            first = _at(local.date() + timedelta(days=1), hour, minute, zone, text)
        if first <= now:
            raise DurationError(f"`{_shown(text)}` is in the past")
        return Span(now, first, words)
    last = _at(day or local.date(), to_hour, to_minute, zone, text)
    if last <= first:
        last = _at((day or local.date()) + timedelta(days=1), to_hour, to_minute, zone, text)
    if last <= now:
        raise DurationError(f"`{_shown(text)}` is in the past")
    return Span(max(first, now), last, words, booked=first > now)


def _day(name: str | None, today: date, text: str) -> date | None:
    if name is None:
        return None
    if name in ("today", "tomorrow"):
        return today + timedelta(days=name == "tomorrow")
    if name[0].isdigit():
        try:
            return date.fromisoformat(name)
        except ValueError:
            raise DurationError(f"`{_shown(text)}`: {name} is not a date") from None
    for number, weekday in enumerate(_DAYS):
        if name in (weekday, weekday[:3]):
            return today + timedelta(days=(number - today.weekday()) % 7)
    raise DurationError(f"`{_shown(text)}`: {name} is not a weekday")


def _at(day: date, hour: str | None, minute: str | None, zone: ZoneInfo, text: str) -> float:
    try:
        clock = time(int(hour or 0), int(minute or 0))
        return datetime.combine(day, clock, zone).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        raise DurationError(f"`{_shown(text)}`: {hour}:{minute} is not a time of day") from None


def _shown(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else "?" for c in text).split())
    return line if len(line) <= 40 else line[:40] + "…"  # noqa: PLR2004
