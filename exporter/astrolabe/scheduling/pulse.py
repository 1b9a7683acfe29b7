"""Measures the delay of the event loop, which is the time that something blocked it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from astrolabe.scheduling.beat import next_beat

BETWEEN = 0.25
"""Seconds between two looks."""


async def pulse(late: Callable[[float], None], clock: Callable[[], float] | None = None) -> None:
    """Tell, again and again, how many seconds later than asked this was woken. `clock` is the loop's."""
    clock = clock or asyncio.get_running_loop().time
    while True:
        now = clock()
        due = next_beat(now, BETWEEN)
        await asyncio.sleep(due - now)
        late(max(0.0, clock() - due))
