"""Says what goes on: benchmarks take minutes."""

from __future__ import annotations

import sys
from time import monotonic

_START = monotonic()


def say(what: str) -> None:
    """Write a line to the standard error stream, with the seconds since the start."""
    sys.stderr.write(f"[{monotonic() - _START:5.0f} s] {what}\n")
