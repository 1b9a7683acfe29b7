"""Schedules in cron's five fields, as CronJobs and kube-green use them."""

from __future__ import annotations

from datetime import datetime


def _matches(field: str, value: int) -> bool:
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = 0 if span == "*" else int(first)
        high = 59 if span == "*" or (step and not last) else int(last or first)
        if low <= value <= high and (value - low) % int(step or 1) == 0:
            return True
    return False


def due(schedule: str, time: datetime) -> bool:
    """Whether a schedule names the minute of a time. All fields must match; names of days are not read."""
    minute, hour, day, month, weekday = schedule.split()
    return (
        _matches(minute, time.minute)
        and _matches(hour, time.hour)
        and _matches(day, time.day)
        and _matches(month, time.month)
        and _matches(weekday, time.isoweekday() % 7)
    )
