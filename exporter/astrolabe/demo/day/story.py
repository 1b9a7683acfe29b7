"""The story of a day: what happens at what time, and how the day lies in real time.

The day begins at 08:00 and starts over where it ended. Its length is a part of an hour, so that the schedules
of SleepInfos, which are cron's and hold in real time, repeat with it: objects carry true times throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from astrolabe.demo.day import acts, incidents, nights
from astrolabe.demo.day.acts import Act, release

LENGTHS: Final = (20, 30, 60)
"""Real minutes that a day may take."""
_BEGIN: Final = timedelta(hours=8)
_DAY: Final = timedelta(days=1)
_SLEEP: Final = 0.5
_WAKE: Final = 0.85
_LATE: Final = 0.9

STORY: tuple[tuple[str, Act], ...] = (
    ("08:10", acts.crash_loop),
    ("08:30", acts.missing_secret),
    ("08:50", incidents.memory_is_short),
    ("09:00", release("shop-frontend", "web", "2.7.2")),
    ("09:30", acts.claim_waits),
    ("09:50", incidents.image_is_mistyped),
    ("10:12", acts.node_fails),
    ("10:40", acts.node_is_evicted),
    ("11:00", release("shop-checkout", "cart", "2.7.2")),
    ("11:20", incidents.probe_fails),
    ("11:40", incidents.memory_is_enough),
    ("12:00", acts.missing_config_map),
    ("12:40", incidents.image_is_corrected),
    ("13:00", acts.roll_back),
    ("13:30", acts.secret_is_made),
    ("14:10", incidents.probe_succeeds),
    ("14:30", acts.node_returns),
    ("15:00", release("shop-frontend", "web", acts.NORMAL)),
    ("15:20", incidents.selector_is_mistyped),
    ("15:40", incidents.quota_is_used_up),
    ("16:00", release("staging-catalog", "products", "2.7.2")),
    ("16:40", incidents.selector_is_corrected),
    ("17:00", acts.config_map_is_made),
    ("17:20", incidents.quota_is_lifted),
    ("18:30", acts.claim_is_bound),
    ("19:30", nights.sleep_is_denied),
    ("19:40", nights.sleep_is_denied_throughout),
    ("19:50", nights.shut_down_by_hand),
    # 20:00 the environments beside production fall asleep; dev-orders half-way, staging-payments not at all
    ("22:00", nights.wake_by_hand),
    ("01:00", release("shop-checkout", "cart", acts.NORMAL)),
    ("02:00", acts.secret_is_dropped),
    ("03:00", acts.config_map_is_dropped),
    ("03:30", nights.wake_is_denied),
    ("04:00", acts.export_is_removed),
    # 04:24 they wake; dev-catalog half-way, dev-frontend not at all
    ("05:10", nights.kube_green_stops),
    # 05:36 staging-search should wake
    ("06:10", nights.kube_green_starts),
    ("07:20", release("staging-catalog", "products", acts.NORMAL)),
    # by now the missed wake-ups of the shortest day were noticed
    ("07:40", nights.sleepers_are_woken),
)


def _offset(time: str) -> timedelta:
    """Return how long after the day's beginning a time of day comes."""
    hours, minutes = map(int, time.split(":"))
    return (timedelta(hours=hours, minutes=minutes) - _BEGIN) % _DAY


@dataclass(frozen=True, slots=True)
class Almanac:
    """Where days lie in real time: the first one began with the minute in which the demo started."""

    begin: datetime
    minutes: int

    @classmethod
    def starting(cls, now: datetime, minutes: int) -> Almanac:
        """Begin the first day in the present minute; raises `ValueError` for a length that does not fit."""
        if minutes not in LENGTHS:
            lengths = ", ".join(map(str, LENGTHS))
            raise ValueError(f"a day of {minutes} minutes is not possible: choose one of {lengths}")
        return cls(now.replace(second=0, microsecond=0), minutes)

    def time_of_day(self, now: datetime) -> timedelta:
        """Return the story's time since midnight."""
        passed = (now - self.begin) % timedelta(minutes=self.minutes)
        return (_BEGIN + _DAY * (passed / timedelta(minutes=self.minutes))) % _DAY

    def when(self, day: int, time: str) -> datetime:
        """Return the real time of a time of day, days counted from 0."""
        return self.begin + timedelta(minutes=self.minutes) * (day + _offset(time) / _DAY)

    def schedules(self) -> tuple[str, str, str]:
        """Return sleepAt, wakeUpAt, and the wakeUpAt of the namespace that wakes late."""
        sleep, wake, late = (self._schedule(round(self.minutes * part)) for part in (_SLEEP, _WAKE, _LATE))
        return sleep, wake, late

    def _schedule(self, minute: int) -> str:
        first = (self.begin.minute + minute) % self.minutes
        return "*:" + ",".join(str(at) for at in range(first, 60, self.minutes))


def clock_face(time_of_day: timedelta) -> str:
    """Word a time of day to the minute."""
    hours, minutes = divmod(round(time_of_day.total_seconds() / 60), 60)
    return f"{hours % 24:02d}:{minutes:02d}"
