"""Blocks under generated changes, against a plain dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.metrics import table as module
from astrolabe.metrics.deflate import residue
from astrolabe.metrics.table import BLOCK_BYTES, BLOCK_ROWS, Table

keys = st.integers(0, 400).map(lambda number: f"Pod/shop/{number:04}")
rows = st.integers(0, 3).map(lambda lines: b'line{id="x"} 1\n' * lines)
changes = st.dictionaries(keys, rows, max_size=200)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(changes, max_size=8), st.sampled_from((BLOCK_BYTES, 100, 20)), st.sampled_from((BLOCK_ROWS, 4))
)
def test_folding_equals_a_sorted_dictionary(batches: list[dict[str, bytes]], large: int, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", large)
        fold(batches, large, most)


def fold(batches: list[dict[str, bytes]], large: int, most: int) -> None:
    table, expected = Table(most), dict[str, bytes]()
    for batch in batches:
        for _ in table.fold(batch):
            pass
        expected |= batch
        expected = {key: row for key, row in expected.items() if row}
        found = [item for block in table.blocks for item in zip(block.keys, block.rows(), strict=True)]
        assert found == sorted(expected.items())
        for block in table.blocks:
            assert 1 <= len(block.keys) <= most
            assert block.size <= large or len(block.keys) == 1
            assert block.samples == block.text.count(b"\n")
            assert block.size == len(block.text)
            assert block.residue == residue(block.text)
            assert b"".join(block.texts()) == block.text
            assert all(len(text) <= large for text in block.texts())
        assert table.samples == sum(block.samples for block in table.blocks)
        assert table.size == sum(block.size for block in table.blocks)


def test_many_removals_do_not_leave_crumbs() -> None:
    table = Table()
    names = [f"Pod/shop/{number:05}" for number in range(6400)]
    for _ in table.fold(dict.fromkeys(names, b"line 1\n")):
        pass
    for start in range(0, 6400, 16):
        for _ in table.fold(dict.fromkeys(names[start + 1 : start + 16], b"")):
            pass
    assert sum(len(block.keys) for block in table.blocks) == 400
    assert len(table.blocks) <= 400 // (BLOCK_ROWS // 4)


def test_a_block_that_many_rows_follow_is_not_read() -> None:
    table = Table()
    first = [f"Pod/shop/{number:05}" for number in range(BLOCK_ROWS // 2)]
    later = [f"Pod/shop/{number:05}" for number in range(100, 100 + 4 * BLOCK_ROWS)]
    for keys in (first, later):
        left = table.blocks[:1]
        for _ in table.fold(dict.fromkeys(keys, b"line 1\n")):
            pass
    assert table.blocks[:1] == left
    assert [key for block in table.blocks for key in block.keys] == [*first, *later]


def test_removing_nearly_everything_pauses_at_each_block() -> None:
    """A namespace that goes takes whole blocks along: each is read once, and others have their turn."""
    table = Table()
    names = [f"Pod/shop/{number:05}" for number in range(6400)]
    for _ in table.fold(dict.fromkeys(names, b"line 1\n")):
        pass
    read = len(table.blocks) - 1
    pauses = sum(1 for _ in table.fold(dict.fromkeys(names[10:-10], b"")))
    assert pauses == read + 1
    assert (len(table.blocks), table.samples, table.size) == (1, 20, 140)


def test_a_large_row_stands_alone_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    names = [f"Pod/shop/{number:05}" for number in range(640)]
    large = b"line 1\n" * (20 * BLOCK_BYTES // 7)
    for _ in table.fold(dict.fromkeys(names, b"line 1\n") | {names[100]: large}):
        pass
    read: list[int] = []
    inflate = module.inflate

    def counting(piece: bytes) -> bytes:
        read.append(len(text := inflate(piece)))
        return text

    monkeypatch.setattr(module, "inflate", counting)
    # Its neighbours change, come and go without it.
    for _ in table.fold({names[99]: b"line 2\n", names[101]: b"", f"{names[102]}a": b"line 3\n"}):
        pass
    # Itself it is compressed with pauses, and what it was before is not read.
    pauses = sum(1 for _ in table.fold({names[100]: large + b"line 4\n"}))
    assert pauses >= 20
    assert max(read) < BLOCK_BYTES
    (block,) = [block for block in table.blocks if block.size > BLOCK_BYTES]
    assert (block.keys, block.samples) == ((names[100],), large.count(b"\n") + 1)
