"""Keeping the least of many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astrolabe.api.page.topn import TopN


@given(st.lists(st.tuples(st.integers(0, 30), st.text(max_size=1))), st.integers(1, 5))
def test_it_is_what_sorting_all_of_them_gives(keys: list[tuple[int, str]], wanted: int) -> None:
    least: TopN[tuple[int, str]] = TopN(wanted)
    for key in keys:
        least.add(key)
    assert least.found == sorted(keys)[:wanted]
    assert least.seen == len(keys)
