"""Long work in one event loop: a few milliseconds at a time, with everybody else in between."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from time import perf_counter
from typing import TypeVar

TURN = 0.003
"""Seconds of work before others get their turn."""

T = TypeVar("T")
R = TypeVar("R")


async def in_turns(work: Generator[object, None, R]) -> R:
    """Do work that pauses often, letting others have their turn now and then; return what it returns."""
    turn = perf_counter()
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: R = end.value
            return result
        if perf_counter() - turn > TURN:
            await asyncio.sleep(0)
            turn = perf_counter()


def at_once(work: Generator[object, None, R]) -> R:
    """Do the same work without turns for others."""
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
