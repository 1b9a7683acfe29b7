"""When a SleepInfo puts to sleep and wakes: weekdays, times of day and a zone. Pure: the time is passed in.

The rules are those of kube-green, which composes cron schedules of the three and lets robfig/cron read them:
a time of day that a zone skips (clocks go forward) does not come that day. One that comes twice (clocks go
back) counts the first time only: after a sleep kube-green waits for the wake-up, and the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from astrolabe.derived.sleep import cron
from astrolabe.derived.sleep.cron import CronError
from astrolabe.kinds.models.details import SleepDetail

Operation: TypeAlias = Literal["sleep", "wake_up"]
OPERATIONS: tuple[Operation, ...] = ("sleep", "wake_up")

_DAY = timedelta(days=1)
_FAR = 29
"""Days to look ahead or back: a weekly time may fall into a skipped hour, or a skipped day."""
_TIMES = 2


class Invalid(msgspec.Struct, frozen=True):
    """A field of a SleepInfo that does not parse."""

    field: str
    """As in the object: `weekdays`, `sleepAt`, `wakeUpAt`, `timeZone`."""
    reason: str


class Ticks(msgspec.Struct, frozen=True):
    """The instants that one operation is scheduled for."""

    weekdays: tuple[int, ...]
    """Sunday is 0."""
    times: tuple[time, ...]
    """In order."""
    zone: ZoneInfo

    def previous(self, now: float) -> float | None:
        """Return the last tick at or before `now` (Unix seconds), None where there is none for weeks."""
        return next((tick for tick in self._from(now, -1) if tick <= now), None)

    def next(self, now: float) -> float | None:
        """Return the first tick after `now` (Unix seconds), None where there is none for weeks."""
        return next((tick for tick in self._from(now, 1) if tick > now), None)

    def _from(self, now: float, step: int) -> Iterator[float]:
        # A day more on the far side of now: the zone's date may differ from that of UTC.
        try:
            start = datetime.fromtimestamp(now, self.zone).date()
            days = [start + step * days * _DAY for days in range(-1, _FAR)]
        except (OverflowError, ValueError, OSError):
            return iter(())  # a clock beyond the calendar
        ticks = (_of_day(self, day) for day in days if day.isoweekday() % 7 in self.weekdays)
        return chain.from_iterable(ticks if step > 0 else map(reversed, ticks))


@lru_cache(1 << 12)
def _of_day(ticks: Ticks, day: date) -> tuple[float, ...]:
    found = []
    for clock in ticks.times:
        local = datetime.combine(day, clock, ticks.zone)
        instant = local.astimezone(UTC)
        if instant.astimezone(ticks.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            found.append(instant.timestamp())
    return tuple(found)


class Schedule(msgspec.Struct, frozen=True):
    """The schedule of a SleepInfo, as far as it parses."""

    sleep: Ticks | None = None
    wake_up: Ticks | None = None
    """None also where nothing is woken."""

    def ticks(self, operation: Operation) -> Ticks | None:
        """Return the ticks of an operation."""
        return self.sleep if operation == "sleep" else self.wake_up

    def previous(self, operation: Operation, now: float) -> float | None:
        """Return the last tick of an operation at or before `now`."""
        ticks = self.ticks(operation)
        return ticks.previous(now) if ticks is not None else None

    def next(self, operation: Operation, now: float) -> float | None:
        """Return the first tick of an operation after `now`."""
        ticks = self.ticks(operation)
        return ticks.next(now) if ticks is not None else None

    def asleep(self, now: float) -> bool:
        """Whether the last tick was a sleep. Where nothing is woken, that is always so."""
        slept, woken = self.previous("sleep", now), self.previous("wake_up", now)
        return slept is not None and (woken is None or slept > woken)


@lru_cache(1 << 12)
def read(
    weekdays: str, sleep_at: str, wake_up_at: str, time_zone: str
) -> tuple[Schedule, tuple[Invalid, ...]]:
    """Read a schedule; what does not parse is told, and what does not depend on it still holds."""
    invalid: list[Invalid] = []

    def attempt(name: str, parse: Callable[[], object]) -> object | None:
        try:
            return parse()
        except CronError as error:
            invalid.append(Invalid(name, str(error)))
            return None

    days = attempt("weekdays", lambda: cron.parse(weekdays, cron.WEEKDAY))
    zone = attempt("timeZone", lambda: _zone(time_zone))
    sleep = attempt("sleepAt", lambda: _times(sleep_at))
    wake_up = attempt("wakeUpAt", lambda: _times(wake_up_at)) if wake_up_at else None

    def ticks(times: object) -> Ticks | None:
        if not (isinstance(days, tuple) and isinstance(zone, ZoneInfo) and isinstance(times, tuple)):
            return None
        return Ticks(days, times, zone)

    return Schedule(ticks(sleep), ticks(wake_up)), tuple(invalid)


def of(detail: SleepDetail) -> tuple[Schedule, tuple[Invalid, ...]]:
    """Read the schedule of a SleepInfo."""
    return read(detail.weekdays, detail.sleep_at, detail.wake_up_at, detail.time_zone)


def _times(text: str) -> tuple[time, ...]:
    parts = text.split(":")
    if len(parts) != _TIMES:
        raise CronError(f"`{text}` is not of the form hour:minute")
    hours, minutes = cron.parse(parts[0], cron.HOUR), cron.parse(parts[1], cron.MINUTE)
    return tuple(time(hour, minute) for hour in hours for minute in minutes)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (OSError, ValueError) as error:  # unknown ones are a KeyError of a kind that is neither
        raise CronError(f"`{name}` cannot be read as a time zone") from error
    except KeyError as error:
        raise CronError(f"`{name}` is not a known time zone") from error
