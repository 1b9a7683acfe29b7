"""The rows of one family, in order, kept compressed in blocks.

A row is the text of all samples that one key (usually an object's id) has in the family. Rows are set when
something changes and folded into their blocks later, all changes of a block at once. The order is that of the
keys, so the same rows are the same bytes whatever happened before, neighbours compress well, and what changes
together (the Pods of one rollout) lies together. Blocks never change: who holds them sees one moment.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterator, Sequence
from itertools import accumulate, pairwise

import msgspec

from astrolabe.metrics.deflate import LEVEL, append_crc, deflate, inflate, inflated, residue

BLOCK_ROWS = 64
"""Rows of a full block. Smaller ones make fewer neighbours dirty by a change, larger ones compress better."""

SMALL_BLOCK_ROWS = 24
"""The same for a family that changes often and has short rows."""

BLOCK_BYTES = 1 << 18
"""Bytes of text that are compressed or decompressed at once. A row that is larger has a block of its own."""


class Block(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Some neighbouring rows, compressed; immutable.

    There are tens of thousands of them, and none can be part of a cycle: the collector passes them over.
    """

    keys: tuple[str, ...]
    body: bytes
    """The rows, compressed."""
    size: int
    """Bytes of their text."""
    samples: int
    residue: int
    """What their text adds to a checksum (`deflate.residue`)."""
    lengths: bytes
    """Of the rows' texts, as unsigned integers of four bytes."""

    @property
    def text(self) -> bytes:
        """The rows as text."""
        return inflate(self.body)

    def texts(self) -> Iterator[bytes]:
        """Yield the same in parts that are not large, split anywhere."""
        if self.size <= BLOCK_BYTES:
            yield self.text
        else:
            yield from inflated(self.body, BLOCK_BYTES)

    def rows(self) -> list[bytes]:
        """Return the rows one by one, in the order of the keys."""
        text = self.text
        ends = accumulate(memoryview(self.lengths).cast("I"), initial=0)
        return [text[start:end] for start, end in pairwise(ends)]


class Table:
    """All rows of one family: blocks, and the changes that wait to be folded into them."""

    __slots__ = ("_firsts", "_level", "_rows", "blocks", "pending", "samples", "size")

    def __init__(self, rows: int = BLOCK_ROWS, level: int = LEVEL) -> None:
        self._rows = rows
        self._level = level
        self.blocks: list[Block] = []
        self.samples = 0
        """Of all blocks."""
        self.size = 0
        """Bytes of the text of all blocks."""
        self.pending: dict[str, bytes] = {}
        self._firsts: list[str] = []

    def set(self, key: str, row: bytes) -> None:
        """Replace the row of a key; an empty one removes it."""
        self.pending[key] = row

    def fold(self, changes: dict[str, bytes]) -> Iterator[None]:
        """Bring changes into the blocks; pause after each that is read or made, and within large ones."""
        keys = sorted(changes)
        start = 0
        while start < len(keys):
            at = end = max(bisect_right(self._firsts, keys[start]) - 1, 0)
            stop = self._stop(keys, start, at)
            if self._is_left(at, keys[start:stop], changes):
                made = yield from _cut(*_merge(None, keys[start:stop], changes), self._rows, self._level)
                self._replace(at + 1, at + 1, made)
                start = stop
                continue
            kept: Sequence[str] = ()
            rows: Sequence[bytes] = ()
            while True:
                old = self.blocks[end] if end < len(self.blocks) else None
                stop = self._stop(keys, start, end)
                end += 1
                merged = _merge(old, keys[start:stop], changes)
                kept, rows = (
                    (merged[0], merged[1]) if not kept else ((*kept, *merged[0]), [*rows, *merged[1]])
                )
                start = stop
                if len(kept) >= self._rows // 4 or self._stands_alone(rows, end):
                    break
                # A block that is left with few rows takes its neighbour in.
                yield
            self._replace(at, end, (yield from _cut(kept, rows, self._rows, self._level)))

    def _stop(self, keys: list[str], start: int, at: int) -> int:
        """Return the place of the first key that belongs to a later block."""
        return bisect_left(keys, self._firsts[at + 1], start) if at + 1 < len(self._firsts) else len(keys)

    def _is_left(self, at: int, keys: list[str], changes: dict[str, bytes]) -> bool:
        """Whether a block stays as it is: it is full enough, and many new keys come after its last."""
        if at >= len(self.blocks) or len(keys) < self._rows:
            return False
        old = self.blocks[at].keys
        return len(old) >= self._rows // 2 and old[-1] < keys[0] and all(changes[key] for key in keys)

    def _stands_alone(self, rows: Sequence[bytes], end: int) -> bool:
        """Whether few rows stay by themselves: at the table's end, or where they or the next are large."""
        return (
            end >= len(self.blocks)
            or self.blocks[end].size > BLOCK_BYTES
            or sum(map(len, rows)) > BLOCK_BYTES
        )

    def _replace(self, at: int, end: int, made: list[Block]) -> None:
        for blocks, sign in ((self.blocks[at:end], -1), (made, 1)):
            for block in blocks:
                self.samples += sign * block.samples
                self.size += sign * block.size
        self.blocks[at:end] = made
        self._firsts[at:end] = [block.keys[0] for block in made]


def _merge(
    block: Block | None, keys: list[str], changes: dict[str, bytes]
) -> tuple[Sequence[str], Sequence[bytes]]:
    """Return the sorted keys and rows of a block, or of none, after changes to some of them."""
    rows = [changes[key] for key in keys]
    if block is None and all(rows):
        return keys, rows
    if block is None:
        found = dict(zip(keys, rows, strict=True))
    else:
        old_keys = block.keys
        # A block of which nothing is left need not be read: it may be one row that is large.
        old_rows = [b""] * len(old_keys) if tuple(keys) == old_keys else block.rows()
        found = dict(zip(old_keys, old_rows, strict=True))
        found.update(zip(keys, rows, strict=True))
        if len(found) == len(old_keys) and all(rows):
            # By far the most frequent case: rows that exist change.
            return old_keys, list(found.values())
        keys = sorted(found)
    if not all(found.values()):
        keys = [key for key in keys if found[key]]
    return keys, [found[key] for key in keys]


def _cut(
    keys: Sequence[str], rows: Sequence[bytes], most: int, level: int
) -> Generator[None, None, list[Block]]:
    """Make blocks of about equal size out of sorted rows, none over the limits but for a row that is."""
    made = []
    pieces = -(-len(keys) // most)
    for piece in range(pieces):
        start, stop = piece * len(keys) // pieces, (piece + 1) * len(keys) // pieces
        while start < stop:
            end = _fitting(rows, start, stop)
            made.append((yield from _block(keys[start:end], rows[start:end], level)))
            yield
            start = end
    return made


def _fitting(rows: Sequence[bytes], start: int, stop: int) -> int:
    """Return up to where rows fit into one block; one always does."""
    if sum(map(len, rows[start:stop])) <= BLOCK_BYTES:
        return stop
    size = 0
    for at in range(start, stop):
        size += len(rows[at])
        if size > BLOCK_BYTES:
            return max(at, start + 1)
    return stop


def _block(keys: Sequence[str], rows: Sequence[bytes], level: int) -> Generator[None, None, Block]:
    """Compress rows with their keys, pausing after each stretch of a large text."""
    text = b"".join(rows)
    lengths = array("I", map(len, rows)).tobytes()
    if len(text) <= BLOCK_BYTES:
        return Block(tuple(keys), deflate(text, level), len(text), text.count(b"\n"), residue(text), lengths)
    body = bytearray()
    samples = remains = 0
    for start in range(0, len(text), BLOCK_BYTES):
        part = text[start : start + BLOCK_BYTES]
        body += deflate(part, level)
        samples += part.count(b"\n")
        remains = append_crc(remains, residue(part), len(part))
        yield
    return Block(tuple(keys), bytes(body), len(text), samples, remains, lengths)
