"""Long work in steps: in turns with everybody else, or all of it at once."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from astrolabe.scheduling.scheduler import Scheduler

T = TypeVar("T")
R = TypeVar("R")


async def in_turns(turns: Scheduler, work: Generator[object, None, R]) -> R:
    """Do work that pauses often in as many turns as it takes; return what it returns.

    The loop comes round once more before this returns: what the work found is of a moment ago.
    """
    while True:
        async with turns:
            try:
                while not turns.over:
                    next(work)
            except StopIteration as end:
                result: R = end.value
                return result


def at_once(work: Generator[object, None, R]) -> R:
    """Do the same work without a pause."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: R = end.value
            return result


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of some size."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
