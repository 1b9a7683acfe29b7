"""Gives the event loop back now and then, so that a long list does not starve scrapes."""

from __future__ import annotations

import asyncio
from time import perf_counter

SLICE = 0.005
"""Seconds of work at a stretch."""


class Pace:
    """Says when a stretch of work is over. `if pace.due: await pace.rest()` costs next to nothing."""

    def __init__(self) -> None:
        self._since = perf_counter()

    @property
    def due(self) -> bool:
        """Whether others should have their turn."""
        return perf_counter() - self._since > SLICE

    async def rest(self) -> None:
        """Let everything else that is ready run once."""
        await asyncio.sleep(0)
        self._since = perf_counter()
