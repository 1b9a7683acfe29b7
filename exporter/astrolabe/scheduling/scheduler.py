"""Shares the event loop among work that can wait, so that the writer and whoever is quick never wait long.

Several short stretches in one round of the loop are a long one for who waits for the next round, and who
waits for bytes waits for two or three rounds. So what can wait takes turns: one stretch of it in a round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter
from types import TracebackType

TURN_SECONDS = 0.0015
"""Seconds of work in one turn."""


class Scheduler:
    """`async with turns:` waits for the next turn, and ends it when the loop has come round."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._end = 0.0

    @property
    def over(self) -> bool:
        """Whether the turn that is under way has lasted long enough."""
        return perf_counter() > self._end

    def group(self) -> Scheduler:
        """Return turns for several who count as one: others do not wait the longer, the more these are."""
        return _Group(self)

    async def work(self, steps: Iterator[None]) -> None:
        """Do work that pauses often, in as many turns as it takes."""
        done = False
        while not done:
            async with self:
                for _ in steps:
                    if self.over:
                        break
                else:
                    done = True

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        self._end = perf_counter() + TURN_SECONDS

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            # Until the loop has come round, the others wait.
            await asyncio.sleep(0)
        finally:
            self._lock.release()


class _Group(Scheduler):
    """Passes the turns that it gets on to its members, one after the other."""

    def __init__(self, turns: Scheduler) -> None:
        super().__init__()
        self._turns = turns

    @property
    def over(self) -> bool:
        return self._turns.over

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        try:
            await self._turns.__aenter__()
        except BaseException:
            self._lock.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._turns.__aexit__(kind, error, trace)
        finally:
            self._lock.release()
