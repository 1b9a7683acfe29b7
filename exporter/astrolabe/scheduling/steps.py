"""Work that is cut into steps: a generator that pauses often, for `Scheduler.work`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Steps: TypeAlias = Generator[None, None, R]
"""Work that pauses often, and what it gives in the end."""


def at_once(steps: Generator[object, None, R]) -> R:
    """Do all of the work without a pause; return what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: R = end.value
            return result


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of some size."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
