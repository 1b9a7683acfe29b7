"""What a setting is declared with, beside its name, its type and its default."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec

from astrolabe.patterns.names import shown


class About(msgspec.Struct, frozen=True):
    """What people are told of a setting, and how it is written outside the file."""

    help: str
    """One line that begins in lowercase and says nothing of the default; code stands in backticks."""
    more: str = ""
    """Whole sentences for docs/configuration.md alone, in Markdown."""
    default: str = ""
    """What the default means, where its value does not say that."""
    flag: str = ""
    """Empty is its name with dashes."""
    environment: str = ""
    """The environment variable; most settings have none."""
    parse: Callable[[str], Any] | None = None
    """Reads its value from text, where that is not written as others of its type are; raises ValueError."""


class Within(msgspec.Struct, frozen=True):
    """The numbers that make sense, both ends included."""

    noun: str
    """What is expected: `a port`, `seconds`."""
    low: int
    high: int | None = None
    """None: there is no largest one."""

    def check(self, value: float) -> None:
        """Raise ValueError for another number."""
        if self.low <= value and (value < math.inf if self.high is None else value <= self.high):
            return
        numbers = f", {self.low} or more" if self.high is None else f" from {self.low} to {self.high}"
        raise ValueError(f"expected {self.noun}{numbers}, got {shown(value)[1:-1]}")
