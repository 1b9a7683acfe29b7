"""Patterns that users write: regular expressions and globs. Pure.

A pattern becomes an automaton that reads each character of a text once, so no pattern can keep the program
busy; with the standard library's `re` some can, for ever. The syntax is the part of RE2's that can be asked
of names, as Prometheus and kube-state-metrics take it, and a pattern has to match the whole text. What is not
part of it, lookahead and backreferences among them, is refused by name.
"""

from __future__ import annotations

from functools import lru_cache

from astrolabe.patterns.automaton import Pattern
from astrolabe.patterns.syntax import PatternError, read_glob, read_regex

__all__ = ["Pattern", "PatternError", "glob", "regex"]


@lru_cache(1 << 10)
def regex(text: str) -> Pattern:
    """Compile a regular expression. Raises `PatternError`."""
    return Pattern(read_regex(text))


@lru_cache(1 << 10)
def glob(text: str) -> Pattern:
    """Compile a glob: `*`, `?`, `[abc]` and `[!abc]`, case counts. Raises `PatternError`."""
    return Pattern(read_glob(text))
