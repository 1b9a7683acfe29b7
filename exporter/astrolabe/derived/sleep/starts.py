"""Which tick of a schedule a start of kube-green belongs to. Pure: the time is passed in."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from astrolabe.derived.sleep.schedule import OPERATIONS, Operation, Schedule

PATIENCE = 90.0
"""Seconds from the start, or from a tick at which nothing started, after which an operation is judged."""
MARGIN = 60.0
"""Seconds around a tick within which kube-green starts (its `--sleep-delta`)."""


def tick_of(
    schedule: Schedule, operation: Operation, started: float, begun: Callable[[float], bool] = lambda _: False
) -> float:
    """Return the tick that a start belongs to; the start itself where the schedule was changed since.

    It may be early by a moment, and what is seen may be a retry. Between two ticks it is the nearer one,
    unless the one before has `begun` already.
    """
    before, after = schedule.previous(operation, started), schedule.next(operation, started)
    if before is not None and started - before > MARGIN + PATIENCE:
        before = None
    if after is not None and after - started > MARGIN:
        after = None
    if before is None or after is None:
        return next((tick for tick in (before, after) if tick is not None), started)
    return after if begun(before) or after - started < started - before else before


def operation_of(status: str, schedule: Schedule, started: float) -> Operation:
    """Return the operation that a status names; an empty one had nothing to do, and only its time tells."""
    if status in ("SLEEP", "WAKE_UP"):
        return "sleep" if status == "SLEEP" else "wake_up"

    def distance(operation: Operation) -> float:
        ticks = schedule.previous(operation, started), schedule.next(operation, started)
        return min((abs(started - tick) for tick in ticks if tick is not None), default=inf)

    return min(OPERATIONS, key=distance)
