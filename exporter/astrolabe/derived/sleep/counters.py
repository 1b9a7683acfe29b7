"""Counters and histograms that publish themselves, and that a ledger can carry over a restart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable

import msgspec

from astrolabe.metrics.family import Family
from astrolabe.metrics.source import Publish

BUCKETS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 90.0)
"""Seconds. Kubernetes writes whole ones, and after 90 an operation is judged."""


class Published:
    """Where families are published; until a page is attached, nowhere."""

    def __init__(self) -> None:
        self._publish: Publish | None = None

    def attach(self, publish: Publish) -> None:
        """Publish from now on."""
        self._publish = publish

    def set(self, family: Family, key: str, text: str) -> None:
        """Publish the text of a key; empty text removes it."""
        if self._publish is not None:
            self._publish(family, key, text)


Labels = tuple[str, ...]


class _Offering(ABC):
    """Series that are exposed at 0 before anything happens: `increase()` misses one that begins at 1."""

    def __init__(self) -> None:
        self._offered: Counter[Labels] = Counter()

    def offer(self, labels: Labels) -> None:
        """Expose a series at 0 before anything happens, until it is withdrawn as often as offered."""
        self._offered[labels] += 1
        self.show(labels)

    def withdraw(self, labels: Labels) -> None:
        """Take an offer back; what was counted stays, since a counter that vanishes is one that resets."""
        self._offered[labels] -= 1
        if not self._offered[labels]:
            del self._offered[labels]
        self.show(labels)

    @abstractmethod
    def show(self, labels: Labels) -> None:
        """Publish a series, or take it away."""

    @abstractmethod
    def forget(self, gone: Callable[[Labels], bool]) -> None:
        """Drop what was counted for labels that are gone; what is offered begins at 0 again."""


class Totals(_Offering):
    """The counts of one family by its labels."""

    def __init__(self, family: Family, board: Published) -> None:
        super().__init__()
        self._family = family
        self._board = board
        self.counts: dict[Labels, int] = {}

    def add(self, labels: Labels, number: int = 1) -> None:
        """Count."""
        self.counts[labels] = self.counts.get(labels, 0) + number
        self.show(labels)

    def show(self, labels: Labels) -> None:
        """Publish a series, or take it away."""
        count = self.counts.get(labels, 0)
        shown = count or labels in self._offered
        self._board.set(self._family, "/".join(labels), self._family.line(labels, count) if shown else "")

    def forget(self, gone: Callable[[Labels], bool]) -> None:
        """Drop what was counted for labels that are gone; what is offered begins at 0 again."""
        for labels in [labels for labels in self.counts if gone(labels)]:
            del self.counts[labels]
            self.show(labels)


class Observed(msgspec.Struct):
    """One series of a histogram."""

    buckets: list[int] = msgspec.field(default_factory=lambda: [0] * len(BUCKETS))
    """Not cumulative; what exceeds all bounds is in the count alone."""
    sum: float = 0.0
    count: int = 0


class Histogram(_Offering):
    """The observations of one family by its labels."""

    def __init__(self, family: Family, board: Published) -> None:
        super().__init__()
        self._family = family
        self._board = board
        self._samples = [
            Family(family.name + suffix, "histogram", "", family.labels)
            for suffix in ("_bucket", "_sum", "_count")
        ]
        self.series: dict[Labels, Observed] = {}

    def observe(self, labels: Labels, value: float) -> None:
        """Count a value."""
        found = self.series.setdefault(labels, Observed())
        found.sum += value
        found.count += 1
        if (place := bisect_left(BUCKETS, value)) < len(BUCKETS):
            found.buckets[place] += 1
        self.show(labels)

    def forget(self, gone: Callable[[Labels], bool]) -> None:
        """Drop what was observed for labels that are gone; what is offered begins at 0 again."""
        for labels in [labels for labels in self.series if gone(labels)]:
            del self.series[labels]
            self.show(labels)

    def show(self, labels: Labels) -> None:
        """Publish a series, or take it away."""
        found = self.series.get(labels)
        if found is None and labels not in self._offered:
            self._board.set(self._family, "/".join(labels), "")
            return
        found = found or Observed()
        bucket, total, count = self._samples
        lines, below = [], 0
        for bound, number in zip(BUCKETS, found.buckets, strict=True):
            below += number
            lines.append(bucket.line(labels, below, more=f',le="{bound}"'))
        lines.append(bucket.line(labels, found.count, more=',le="+Inf"'))
        lines += [total.line(labels, found.sum), count.line(labels, found.count)]
        self._board.set(self._family, "/".join(labels), "".join(lines))
