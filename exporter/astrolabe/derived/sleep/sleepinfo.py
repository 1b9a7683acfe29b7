"""One SleepInfo as it is followed: its schedule, what started last, and its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from astrolabe.derived.sleep import families, schedule
from astrolabe.derived.sleep.ledger import Remembered
from astrolabe.derived.sleep.schedule import OPERATIONS, Invalid, Operation
from astrolabe.derived.sleep.starts import operation_of, tick_of
from astrolabe.graph.facts import Facts
from astrolabe.kinds.models.details import SleepDetail
from astrolabe.metrics.family import Family

AHEAD = 120.0
"""Seconds that a clock of kube-green may be ahead before its time is called invalid."""

_SCHEDULE = frozenset({"weekdays", "wakeUpAt", "timeZone"})
_OWN = (
    families.SLEEPINFO_INFO,
    families.NEXT_OPERATION,
    families.LAST_OPERATION,
    families.SCHEDULED_ASLEEP,
    families.SLEEPINFO_INVALID,
)


class SleepInfo:
    """What is known of a SleepInfo beside its facts."""

    def __init__(self, facts: Facts, environment: str, memory: Remembered) -> None:
        self.id = facts.id
        self.namespace = facts.namespace
        self.name = facts.name
        self.environment = environment
        self.memory = memory
        self.turn = -inf
        """When its rows change by the passing of time."""
        self.missed = inf
        """When the next tick at which nothing started is to be judged."""
        self.update(facts)

    def update(self, facts: Facts) -> None:
        """Take in what became of the object."""
        detail = facts.detail
        assert isinstance(detail, SleepDetail)
        self.detail = detail
        self.created = facts.created
        self.schedule, self._unreadable = schedule.of(detail)
        self.turn = -inf

    def start(self, status: str, started: float) -> tuple[Operation, float]:
        """Return what started then, by the status, and the tick that it belongs to."""
        operation = operation_of(status, self.schedule, started)
        return operation, tick_of(
            self.schedule, operation, started, lambda tick: self.memory.began(operation, tick)
        )

    def invalid(self, now: float) -> tuple[Invalid, ...]:
        """Return what cannot be understood."""
        found = self._unreadable
        if self.detail.last_schedule > now + AHEAD:
            found = (*found, Invalid("status.lastScheduleTime", "lies in the future"))
        if self.detail.operation not in ("", "SLEEP", "WAKE_UP"):
            found = (*found, Invalid("status.operation", f"`{self.detail.operation}` is not an operation"))
        return found

    def scheduled_asleep(self, now: float) -> bool | None:
        """Return whether the schedule says asleep; None where it cannot be understood."""
        if self.schedule.sleep is None or any(item.field in _SCHEDULE for item in self.invalid(now)):
            return None
        return self.schedule.asleep(now)

    def plan(self, patience: float) -> None:
        """Settle when the next tick at which nothing started is to be judged."""
        ticks = (
            self.schedule.next(operation, examined) for operation, examined in self.memory.examined.items()
        )
        self.missed = min((tick + patience for tick in ticks if tick is not None), default=inf)

    def rows(self, now: float) -> Iterator[tuple[Family, str]]:
        """Yield the text of each of its families, and settle when that changes by itself."""
        place = (self.namespace, self.name)
        detail = self.detail
        yield (
            families.SLEEPINFO_INFO,
            families.SLEEPINFO_INFO.line(
                (
                    *place,
                    self.environment,
                    detail.weekdays,
                    detail.sleep_at,
                    detail.wake_up_at,
                    detail.time_zone,
                )
            ),
        )
        invalid = self.invalid(now)
        yield (
            families.SLEEPINFO_INVALID,
            "".join(families.SLEEPINFO_INVALID.line((*place, item.field)) for item in invalid),
        )
        ticks = {operation: self.schedule.next(operation, now) for operation in OPERATIONS}
        coming = families.NEXT_OPERATION
        yield (
            coming,
            "".join(
                coming.line((*place, operation), tick)
                for operation, tick in ticks.items()
                if tick is not None
            ),
        )
        last = families.LAST_OPERATION
        yield (
            last,
            "".join(
                last.line((*place, operation), self.memory.last[operation])
                for operation in OPERATIONS
                if operation in self.memory.last
            ),
        )
        asleep, scheduled = families.SCHEDULED_ASLEEP, self.scheduled_asleep(now)
        yield asleep, asleep.line(place, int(scheduled)) if scheduled is not None else ""
        self.turn = min((tick for tick in ticks.values() if tick is not None), default=inf)
        if self.detail.last_schedule > now + AHEAD:
            self.turn = min(self.turn, self.detail.last_schedule - AHEAD)

    def no_rows(self) -> Iterator[tuple[Family, str]]:
        """Yield what removes its rows."""
        for family in _OWN:
            yield family, ""
