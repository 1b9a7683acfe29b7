"""Sleeps of workloads: those that last, and those that ended in the last month. Pure: times are passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from msgspec.structs import replace

from astrolabe.derived.sleep.seam import Asleep, Listener

MONTH = 30 * 86400.0
ENDED_SLEEPS_KEPT = 20_000
"""Ended sleeps that are kept at most; the oldest go first."""


class Sleeps:
    """Every sleep begins once and ends once, and a workload has at most one at a time.

    So several SleepInfos over one workload are a union by themselves: sleep is the workload's.
    """

    def __init__(self) -> None:
        self.lasting: dict[str, Asleep] = {}
        """By the workload's id."""
        self.seen: set[str] = set()
        """Those that were seen to begin."""
        self.ended: deque[Asleep] = deque(maxlen=ENDED_SLEEPS_KEPT)
        """In the order in which they ended."""
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call at each beginning and end."""
        self._listeners.append(listener)

    def begin(self, sleep: Asleep, *, seen: bool = False) -> None:
        """Note that a workload fell asleep; of one that is asleep already nothing changes."""
        if sleep.id not in self.lasting:
            if seen:
                self.seen.add(sleep.id)
            self.lasting[sleep.id] = sleep
            self._tell(sleep)

    def end(self, workload: str, until: float) -> None:
        """Note that a workload is awake or gone. No sleep ends before it began."""
        sleep = self.lasting.pop(workload, None)
        if sleep is None:
            return
        self.seen.discard(workload)
        ended = replace(sleep, until=max(until, sleep.since))
        self.ended.append(ended)
        self._tell(ended)

    def forget(self, before: float) -> None:
        """Drop what ended before a time."""
        while self.ended and (self.ended[0].until or 0.0) < before:
            self.ended.popleft()

    def _tell(self, sleep: Asleep) -> None:
        for listener in self._listeners:
            listener(sleep)


def seconds(sleeps: Iterable[Asleep], start: float, end: float) -> float:
    """Return how long workloads slept between two times, added up; a sleep that lasts counts to the end."""
    return sum(
        max(0.0, min(end, end if sleep.until is None else sleep.until) - max(start, sleep.since))
        for sleep in sleeps
    )
