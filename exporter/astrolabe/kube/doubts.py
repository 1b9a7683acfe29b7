"""What discovery no longer names, and since when. One discovery alone is not believed."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

CONFIRM = 5.0
"""Seconds for which something has to be missing. A restarted API server answers without the groups of
definitions for 0.3 s and says nothing of that (seen in 3 of 9 restarts of 1.36)."""

H = TypeVar("H", bound=Hashable)


class Doubts(Generic[H]):
    """Since when things have been missing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[H, float] = {}

    def confirmed(self, missing: Iterable[H]) -> list[H]:
        """Take all that is missing now; return what has been missing for long enough."""
        now = self._clock()
        self._since = {each: self._since.get(each, now) for each in missing}
        return [each for each, since in self._since.items() if now - since >= CONFIRM]

    @property
    def any(self) -> bool:
        """Whether something is missing."""
        return bool(self._since)

    def waiting(self, missing: Iterable[H]) -> bool:
        """Whether something of this has not been missing for long enough yet."""
        return any(self._clock() - self._since.get(each, math.inf) < CONFIRM for each in missing)

    @property
    def next(self) -> float:
        """Seconds until the next one is confirmed, unless it comes back; infinite if nothing is missing."""
        now = self._clock()
        waiting = (since + CONFIRM - now for since in self._since.values())
        return min((seconds for seconds in waiting if seconds > 0), default=math.inf)
