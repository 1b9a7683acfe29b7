"""Which shard a namespace belongs to."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.sharding import Shard, fnv1a, owner

RANGE = re.compile(r"shardRange\(object\.metadata\.namespace, '0x([0-9a-f]+)', '0x([0-9a-f]+)'\)")
names = st.text(max_size=20)
totals = st.integers(1, 1000)


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("", 0xCBF29CE484222325),
        ("a", 0xAF63DC4C8601EC8C),
        ("foobar", 0x85944171F73967E8),
    ],
)
def test_the_hash_is_that_of_its_authors(text: str, hashed: int) -> None:
    assert fnv1a(text) == hashed


def bounds(shard: Shard) -> tuple[int, int]:
    found = RANGE.fullmatch(shard.selector)
    assert found is not None
    return int(found[1], 16), int(found[2], 16)


@given(totals)
def test_ranges_neither_gap_nor_overlap_and_are_equal(total: int) -> None:
    ranges = [bounds(Shard(number, total)) for number in range(total)]
    assert (ranges[0][0], ranges[-1][1]) == (0, 1 << 64)
    assert all(end == start for (_, end), (start, _) in pairwise(ranges))
    sizes = {end - start for start, end in ranges}
    assert max(sizes) - min(sizes) <= 1


@given(names, totals)
def test_a_name_is_of_the_shard_in_whose_range_its_hash_is(name: str, total: int) -> None:
    number = owner(name, total)
    start, end = bounds(Shard(number, total))
    assert start <= fnv1a(name) < end
    assert [each for each in {0, number, total - 1} if Shard(each, total).owns(name)] == [number]
