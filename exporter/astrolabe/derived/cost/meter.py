"""Amounts that grow at a rate which changes now and then: exact integrals, whenever they are asked for.

Rates and times are whole numbers (picodollars an hour, milliseconds). A change is added with its own time, so
changes may come in any order, in batches or late, and the total is the same to the last digit.
"""

from __future__ import annotations

from heapq import heappop, heappush

import msgspec

DAY = 86_400_000
"""Milliseconds."""


class Meter(msgspec.Struct):
    """The integral of a rate over time, as a straight line: `offset + rate × time`."""

    rate: int = 0
    offset: int = 0

    def add(self, time: int, change: int) -> None:
        """Change the rate from a time on."""
        self.rate += change
        self.offset -= change * time

    def total(self, time: int) -> int:
        """Return the integral up to a time, which is after every change."""
        return self.offset + self.rate * time


class Trailing:
    """The integral over the last days, for several numbers of days at once."""

    def __init__(self, *days: int) -> None:
        self._ahead = Meter()
        self._edges = [_Edge(number * DAY) for number in days]

    @property
    def rate(self) -> int:
        """The rate now."""
        return self._ahead.rate

    def add(self, time: int, change: int) -> None:
        """Change the rate from a time on."""
        self._ahead.add(time, change)
        for edge in self._edges:
            edge.add(time, change)

    def totals(self, now: int) -> list[int]:
        """Return the integral over each number of days that ends now."""
        total = self._ahead.total(now)
        return [max(0, total - edge.total(now)) for edge in self._edges]

    def changes(self, now: int) -> list[tuple[int, int]]:
        """Return changes that make up the last days, of the longest number: enough to begin again."""
        edge = max(self._edges, key=lambda edge: edge.width)
        edge.total(now)
        return [(now - edge.width, edge.behind.rate), *sorted(edge.due.items())]


class _Edge:
    """Where a trailing window begins: the changes before it are behind, later ones are due."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.behind = Meter()
        self.due: dict[int, int] = {}
        self._times: list[int] = []
        self._at = 0

    def add(self, time: int, change: int) -> None:
        if time in self.due:
            self.due[time] += change
        else:
            self.due[time] = change
            heappush(self._times, time)

    def total(self, now: int) -> int:
        """Return the integral up to the edge."""
        # A clock that was set back finds the edge where it was.
        self._at = max(self._at, now - self.width)
        while self._times and self._times[0] <= self._at:
            time = heappop(self._times)
            self.behind.add(time, self.due.pop(time))
        return self.behind.total(self._at)
