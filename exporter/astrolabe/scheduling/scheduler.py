"""Shares the event loop: long work is cut into steps, and steps are done in turns.

Several short stretches in one round of the loop are a long one for who waits for the next round, and who
waits for bytes waits for two or three rounds. So what is long takes turns: one turn in a round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from time import perf_counter
from types import TracebackType
from typing import TypeVar

TURN_SECONDS = 0.0015
"""Seconds of work in one turn."""

_LITTLE_SECONDS = TURN_SECONDS / 4

R = TypeVar("R")


class Scheduler:
    """Gives turns, in the order in which they were asked for.

    `async with scheduler:` waits for the next turn, and ends it when the loop has come round.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.waiting = 0
        """Work that waits for its next turn."""
        self._end = 0.0
        self._begun = 0.0
        """Seconds of work without a turn since the loop came round, or longer ago where that is little."""
        self._resetting = False

    @property
    def over(self) -> bool:
        """Whether the current turn has lasted long enough."""
        return perf_counter() > self._end

    def group(self) -> Scheduler:
        """Return turns for several who count as one: others do not wait the longer, the more these are."""
        return _Group(self)

    async def work(self, steps: Generator[object, None, R]) -> R:
        """Do work that pauses often, in as many turns as it takes; return what it returns.

        The loop comes round once more before this returns: what the work found is of a moment ago.
        """
        while True:
            async with self:
                try:
                    next(steps)
                    while not self.over:
                        next(steps)
                except StopIteration as end:
                    result: R = end.value
                    return result

    async def turn(self, steps: Iterator[object]) -> bool:
        """Do one turn of work; return whether it is done."""
        done = object()
        async with self:
            while next(steps, done) is not done:
                if self.over:
                    return False
        return True

    def begin(self, steps: Iterator[object]) -> bool:
        """Do work without waiting for a turn, while this round of the loop has time for it.

        Return whether it is done; what is left needs turns. All who begin in one round share the time of one
        turn.
        """
        start = perf_counter()
        end = start + TURN_SECONDS - self._begun
        done = object()
        found = None
        while found is not done and perf_counter() < end:
            found = next(steps, done)
        self._begun += perf_counter() - start
        if self._begun > _LITTLE_SECONDS and not self._resetting:
            # To be called costs a round of its own: what is little is left to add up.
            self._resetting = True
            asyncio.get_running_loop().call_soon(self._next_round)
        return found is done

    def _next_round(self) -> None:
        self._begun = 0.0
        self._resetting = False

    async def __aenter__(self) -> None:
        self.waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self.waiting -= 1
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
    """Passes its turns to its members, one after the other."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler

    @property
    def over(self) -> bool:
        return self._scheduler.over

    def begin(self, steps: Iterator[object]) -> bool:
        return self._scheduler.begin(steps)

    async def __aenter__(self) -> None:
        self._scheduler.waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._scheduler.waiting -= 1
        try:
            await self._scheduler.__aenter__()
        except BaseException:
            self._lock.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._scheduler.__aexit__(kind, error, trace)
        finally:
            self._lock.release()
