"""How long to wait before the next attempt."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

FIRST = 0.8
"""Seconds; client-go's reflector starts with the same."""
LONGEST_DELAY = 30.0
"""Seconds, jitter included."""
JITTER = 0.25
"""Part of the delay that is added at random, so that reflectors do not return in step."""
HEALTHY = 120.0
"""Seconds without a fault after which the delays start again."""


class Backoff:
    """Delays that double from `FIRST` to `LONGEST_DELAY`, with jitter."""

    def __init__(self, clock: Callable[[], float], random: Random) -> None:
        self._clock = clock
        self._random = random
        self._delay = FIRST
        self._over = float("-inf")

    def next(self) -> float:
        """Return the seconds to wait after a fault."""
        now = self._clock()
        if now - self._over >= HEALTHY:
            self._delay = FIRST
        delay = self._jittered(self._delay)
        self._delay = min(self._delay * 2, LONGEST_DELAY / (1 + JITTER))
        self._over = now + delay
        return delay

    def gentle(self) -> float:
        """Return the seconds to wait after an end that is no fault, such as a server that shuts down."""
        return self._jittered(FIRST)

    def _jittered(self, delay: float) -> float:
        return delay * self._random.uniform(1, 1 + JITTER)
