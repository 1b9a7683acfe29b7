"""The index against a dictionary of sets, over every size at which it changes its form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astrolabe.graph.index import SCANNED_VALUES, Index

changes = st.lists(
    st.tuples(st.booleans(), st.sampled_from("ab"), st.integers(0, SCANNED_VALUES + 8)), max_size=250
)


@given(changes)
def test_it_is_a_multimap(steps: list[tuple[bool, str, int]]) -> None:
    index, expected = Index[str, int](), dict[str, set[int]]()
    for adds, key, value in steps:
        held = expected.setdefault(key, set())
        (index.add if adds else index.discard)(key, value)
        (held.add if adds else held.discard)(value)
        if not held:
            del expected[key]
        found = index.get(key)
        assert len(found) == len(held)
        assert set(found) == held
        assert (key in index) == bool(held)
        assert set(index) == expected.keys()
        assert len(index) == len(expected)


def test_it_fills_and_empties() -> None:
    index = Index[str, int]()
    for value in range(3 * SCANNED_VALUES):
        index.add("a", value)
        index.add("a", value)
        assert sorted(index.get("a")) == list(range(value + 1))
    for value in range(3 * SCANNED_VALUES):
        assert sorted(index.get("a")) == list(range(value, 3 * SCANNED_VALUES))
        index.discard("a", value)
    assert "a" not in index
    assert index.get("a") == ()


@given(st.lists(st.tuples(st.lists(st.sampled_from("ab")), st.booleans()), max_size=3 * SCANNED_VALUES))
def test_what_is_new_or_came_last_need_not_be_looked_for(objects: list[tuple[list[str], bool]]) -> None:
    """Each object is filed under its keys, some of them named twice, and some objects leave at once."""
    index, expected = Index[str, int](), Index[str, int]()
    for value, (keys, leaves) in enumerate(objects):
        for key in keys:
            assert index.append(key, value) == expected.add(key, value) == (len(expected.get(key)) == 1)
        for key in keys if leaves else ():
            index.discard(key, value)
            expected.discard(key, value)
        for key in "ab":
            assert sorted(index.get(key)) == sorted(expected.get(key))
