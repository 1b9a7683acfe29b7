"""When enough is known to begin: nothing is worked out from lists of which half has arrived.

What sleeps, what is counted and what that saves follows from several kinds together, whose lists come in any
order. So it is worked out once all of them are there, from all of them. After that each event counts as it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from astrolabe.kinds import scaledobject
from astrolabe.sleep.scaling import WORKLOADS
from astrolabe.sleep.starts import PATIENCE

Progress: TypeAlias = Literal["known", "resuming", "awaited"]
"""How far a kind is known: all of it, or never any; as an earlier process knew it, and a watch goes on from
there; not yet."""

KINDS = ("Namespace", "HorizontalPodAutoscaler", scaledobject.NAME, "SleepInfo", *WORKLOADS, "Secret")
"""What is worked out follows from these. They are taken in in this order, whatever order they came in."""
SETTLING = 2 * PATIENCE
"""Seconds after the first of these kinds became known from which on those that are not are done without."""
RESUMING = 5.0
"""Seconds within which a watch that goes on from an earlier process says if it cannot."""


class Beginning:
    """Follows how far the kinds are known. The clock is seconds of any origin that nobody sets."""

    def __init__(self, progress: Callable[[str], Progress], elapsed: Callable[[], float]) -> None:
        self._progress = progress
        self._elapsed = elapsed
        self._first: float | None = None
        """Since when one of the kinds is known."""
        self._resuming: float | None = None
        """Since when none of the kinds is awaited."""

    def listed(self) -> bool:
        """Whether every kind is known that ever will be."""
        states = {self._progress(kind) for kind in KINDS}
        now = self._elapsed()
        if "known" in states and self._first is None:
            self._first = now
        if "awaited" in states:
            self._resuming = None
        elif self._resuming is None:
            self._resuming = now
        return states == {"known"} or (self._first is not None and now >= self._first + SETTLING)

    def resumed(self) -> bool:
        """Whether every kind is known, or goes on from what an earlier process knew."""
        return self.listed() or (self._resuming is not None and self._elapsed() >= self._resuming + RESUMING)
