"""Whether a figure grows, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from statistics import fmean
from typing import NamedTuple

BLOCKS = 10
_T95 = 2.306
"""Student's t for 95 %, two-sided, with `BLOCKS` - 2 degrees of freedom."""


class Trend(NamedTuple):
    """The slope of a straight line, and how far it may be off (95 %), both a second."""

    slope: float
    error: float
    mean: float

    def an_hour(self) -> tuple[float, float]:
        """Slope and error in per cent of the mean an hour."""
        return 360_000 * self.slope / self.mean, 360_000 * self.error / self.mean


def trend(samples: Sequence[tuple[float, float]]) -> Trend:
    """Fit a line to (second, value); raises `ValueError` for fewer than 20 samples.

    The line goes through means of ten blocks: neighbouring samples of memory say nearly the same, and a fit
    through all of them would be far too sure of itself.
    """
    if len(samples) < 2 * BLOCKS:
        raise ValueError(f"{len(samples)} samples tell no trend, {2 * BLOCKS} would")
    bounds = [number * len(samples) // BLOCKS for number in range(BLOCKS + 1)]
    blocks = [samples[start:end] for start, end in pairwise(bounds)]
    times = [fmean(time for time, _ in block) for block in blocks]
    values = [fmean(value for _, value in block) for block in blocks]
    middle, mean = fmean(times), fmean(values)
    spread = sum((time - middle) ** 2 for time in times)
    slope = sum((t - middle) * (v - mean) for t, v in zip(times, values, strict=True)) / spread
    off = sum((v - mean - slope * (t - middle)) ** 2 for t, v in zip(times, values, strict=True))
    return Trend(slope, _T95 * sqrt(off / (BLOCKS - 2) / spread), mean)
