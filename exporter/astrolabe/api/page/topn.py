"""The smallest of many values, added one by one: each step is short, for any number of values."""

from __future__ import annotations

from heapq import nsmallest
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=tuple[Any, ...])

_KEPT_PER_WANTED = 4
"""How many times more than wanted are kept before the others are dropped."""


class TopN(Generic[K]):
    """Counts keys, and keeps the least of them."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._kept: list[K] = []
        self.seen = 0

    def add(self, key: K) -> None:
        """Take in a key."""
        self.seen += 1
        self._kept.append(key)
        if len(self._kept) > _KEPT_PER_WANTED * self._wanted:
            self._kept = self.found

    @property
    def found(self) -> list[K]:
        """As many as are wanted, in order."""
        return nsmallest(self._wanted, self._kept)
