"""Moments at which work that is done now and then begins together.

To wake a process that sleeps costs more than most of that work: who would look four times a second, and who
lets events wait for others, look at the same moments.
"""

from __future__ import annotations

import asyncio

BEAT = 0.125
"""Seconds. An interval that is a multiple of it, and a power of two, ends together with all shorter ones."""
_EARLY = 0.001
"""Seconds before a moment in which it counts as over: an event loop may wake a little too soon."""


def next_beat(now: float, every: float = BEAT) -> float:
    """Return the first moment after `now`, by the loop's clock, that is a multiple of `every` seconds."""
    return ((now + _EARLY) // every + 1) * every


async def beat(every: float = BEAT) -> None:
    """Sleep until the next moment that is a multiple of `every` seconds."""
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(next_beat(now, every) - now)
