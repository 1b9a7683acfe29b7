"""Regular expressions of users: what they match, what is refused, and that none keeps the program busy."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.patterns import PatternError, regex


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True),
        ("", "a", False),
        ("astrolabe_edge.*", "astrolabe_edge_info", True),
        ("edge", "astrolabe_edge_info", False),
        ("^a$", "a", True),
        ("$^", "", True),
        ("a^b", "ab", False),
        ("a{2,3}", "aaa", True),
        ("a{2,3}", "aaaa", False),
        ("a{2}b{1,}", "aabbb", True),
        ("a{0}b", "b", True),
        ("a{,3}", "a{,3}", True),
        ("a{b", "a{b", True),
        ("(a|b|)+?c", "abac", True),
        (r"(?:x\.)+\w*", "x.x._9", True),
        (r"[\d_-]+", "1-2_3", True),
        ("[]a]", "]", True),
        ("[^]a]", "]", False),
        ("[^a-c]", "d", True),
        (r"\S+\s\D", "ab\tx", True),
        (r"\W", "é", True),
        (".", "\n", False),
        ("ü+", "üü", True),
    ],
)
def test_what_matches(pattern: str, text: str, matches: bool) -> None:
    assert regex(pattern).matches(text) is matches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(", "this group is never closed (character 1)"),
        ("a(b(c)", "this group is never closed (character 2)"),
        ("ab)", "`)` closes nothing (character 3)"),
        ("[a", "this `[` is never closed (character 1)"),
        ("x[]", "this `[` is never closed (character 2)"),
        ("[z-a]", "this range ends before it begins (character 2)"),
        (r"[a-\d]", "this range ends before it begins (character 2)"),
        (r"[\D]", "what is not in a set cannot be part of one (character 2)"),
        ("[[:alpha:]]", "`[:` is not known here; write the characters (character 2)"),
        ("*a", "there is nothing before this to repeat (character 1)"),
        ("a|+", "there is nothing before this to repeat (character 3)"),
        ("a**", "this repeats a repetition (character 3)"),
        ("a+?{2}", "this repeats a repetition (character 4)"),
        ("a{2,1}", "it cannot repeat so: at most 1000 times, the smaller number first (character 2)"),
        ("a{1001}", "it cannot repeat so: at most 1000 times, the smaller number first (character 2)"),
        ("a(?=b)", "`(?=` is not known here: no lookahead, flags or names (character 2)"),
        ("(?i)a", "`(?i` is not known here: no lookahead, flags or names (character 1)"),
        (r"(a)\1", r"`\1` is not known here (character 4)"),
        ("a\\", "`\\` is not known here (character 2)"),
        ("(" * 51 + ")" * 51, "groups are nested more than 50 deep (character 51)"),
        ("(((a{100}){100}){100})", "it is too large: what it repeats multiplies"),
        ("a" * 1001, "it has more than 1000 characters"),
    ],
)
def test_what_is_no_pattern_is_said_with_its_place(pattern: str, text: str) -> None:
    with pytest.raises(PatternError) as caught:
        regex(pattern)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "pattern",
    ["([a-z_]+)+X", "(a|a)*X", "(a*)*X", "(a|aa)+X", ".*.*.*.*.*.*.*.*X", "(.*a){12}X", "((a?){20}){20}X"],
)
def test_none_keeps_the_program_busy(pattern: str) -> None:
    # With `re`, the first of these takes longer than the universe is old.
    assert not regex(pattern).matches("a" * 20_000)
    assert regex(pattern).matches("a" * 2_000 + "X") is (pattern != "((a?){20}){20}X")


def test_what_is_remembered_of_texts_is_bounded() -> None:
    pattern = regex(".*[ab].{300}")
    for seed in range(100, 160):
        text = f"{seed**999:b}".replace("0", "a").replace("1", "b")
        assert pattern.matches(text)
        assert sum(map(len, pattern._known)) < 60_000


atoms = st.sampled_from(["a", "b", "_", ".", "[ab]", "[^a]", "[a-c_]", r"\w", r"\d", r"\.", "^", "$", ""])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "+?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)


@given(expressions, st.lists(st.text("ab_.1", max_size=6), max_size=4))
def test_what_is_allowed_means_what_it_means_to_the_standard_library(pattern: str, texts: list[str]) -> None:
    for text in texts:
        assert regex(pattern).matches(text) is (re.fullmatch(pattern, text) is not None)


@given(st.text(max_size=20) | st.text("()[]{}|*+?\\^$.-,a1", max_size=20))
def test_any_text_is_a_pattern_or_a_pattern_error(text: str) -> None:
    with suppress(PatternError):
        regex(text).matches(text)
