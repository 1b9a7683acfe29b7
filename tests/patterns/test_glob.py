"""Globs of users."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.patterns import PatternError, glob


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "", True),
        ("staging-*", "staging-eu", True),
        ("staging-*", "staging", False),
        ("dev-?", "dev-1", True),
        ("dev-[12]", "dev-2", True),
        ("dev-[!12]", "dev-2", False),
        ("dev-[0-9]", "dev-7", True),
        ("a.b", "axb", False),
        ("Dev", "dev", False),
        ("a^b", "a^b", True),
    ],
)
def test_what_matches(pattern: str, text: str, matches: bool) -> None:
    assert glob(pattern).matches(text) is matches


def test_what_is_no_glob() -> None:
    with pytest.raises(PatternError, match=r"^this `\[` is never closed \(character 2\)$"):
        glob("a[b")


def test_none_keeps_the_program_busy() -> None:
    assert not glob("*a" * 30 + "X").matches("a" * 20_000)


@given(st.text("ab-*?[!]", max_size=8), st.text("ab-![]", max_size=6))
def test_globs_mean_what_they_mean_to_the_standard_library(pattern: str, text: str) -> None:
    try:
        found = glob(pattern).matches(text)
    except PatternError:
        assert "[" in pattern
        return
    assert found is fnmatchcase(text, pattern)
