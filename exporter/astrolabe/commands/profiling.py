"""Where a thread spends its time: samples its stack a hundred times a second. It names functions."""

from __future__ import annotations

import sys
import time
from collections import Counter
from types import CodeType, FrameType
from typing import NamedTuple

SECONDS = 5.0
"""For which one profile is taken."""
_BETWEEN = 0.01
_FUNCTIONS = 20
"""Those that are named, the busiest ones."""


class Profile(NamedTuple):
    """Shares of the time, as far as the stack was looked at."""

    looks: int
    own: list[str]
    """Functions that were at work themselves: share, function."""
    below: list[str]
    """Functions that were at work, or waited for one that they called."""


def sample(thread: int, seconds: float = SECONDS) -> Profile:
    """Watch a thread from another one; it ends early where the watched one is gone."""
    own: Counter[CodeType] = Counter()
    below: Counter[CodeType] = Counter()
    looks = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        frame = sys._current_frames().get(thread)  # noqa: SLF001  (there is no other way)
        if frame is None:
            break
        looks += 1
        own[frame.f_code] += 1
        below.update(_stack(frame))
        del frame
        time.sleep(_BETWEEN)
    return Profile(looks, _shares(own, looks), _shares(below, looks))


def _stack(frame: FrameType | None) -> list[CodeType]:
    """Return each function once, the innermost first: of equal shares that is the one to look at."""
    found: dict[CodeType, None] = {}
    while frame is not None:
        found.setdefault(frame.f_code)
        frame = frame.f_back
    return list(found)


def _shares(counts: Counter[CodeType], looks: int) -> list[str]:
    return [f"{count / looks:.0%} {_name(code)}" for code, count in counts.most_common(_FUNCTIONS)]


def _name(code: CodeType) -> str:
    path = code.co_filename.replace("\\", "/")
    for root in ("/site-packages/", "/lib/", "/exporter/"):
        path = path.rpartition(root)[2]
    return f"{path}:{code.co_firstlineno} {code.co_qualname}"
