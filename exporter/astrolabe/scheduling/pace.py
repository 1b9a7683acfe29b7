"""Gives the event loop back now and then, so that a long list does not starve scrapes."""

from __future__ import annotations

import asyncio
from time import perf_counter

STRETCH_SECONDS = 0.002
"""Seconds of work at a stretch."""


class Pace:
    """Says when a stretch of work is over. `if pace.due: await pace.rest()` costs next to nothing.

    A stretch begins with the first look in a round of the event loop, so that who waited for the network
    need not rest from that.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None

    @property
    def due(self) -> bool:
        """Whether others should have their turn."""
        if self._since is None:
            self._since = perf_counter()
            self._loop.call_soon(self._come_round)
            return False
        return perf_counter() - self._since > STRETCH_SECONDS

    async def rest(self) -> None:
        """Let everything else that is ready run once."""
        await asyncio.sleep(0)

    def _come_round(self) -> None:
        self._since = None
