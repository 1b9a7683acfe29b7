"""One consistent moment of the exposition, and how to read it.

A snapshot shares its blocks with the exposition and with other snapshots; taking one copies no text. It is
read as a sequence of pieces, each small, so that a body is never built as a whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Generator, Iterator
from typing import TypeAlias

from astrolabe.metrics.deflate import HEADER, append, append_crc, deflate, residue, trailer
from astrolabe.metrics.families import EDGE_INFO, EDGES, HELM_RELEASE_INFO
from astrolabe.metrics.family import Family
from astrolabe.metrics.table import Block, Table

_WITHOUT_KIND = frozenset({EDGES.name, HELM_RELEASE_INFO.name})
"""Families that do not belong to a kind: left out if a request asks for kinds."""

_BLOCKS_PER_WRITE = 16
"""Blocks that go out in one write: some 16 KB compressed."""
_TEXT_PER_WRITE = 200_000
"""Bytes of text that go out in one write."""
_LINES_PER_PIECE = 1024
"""Lines that are compressed together when only a part of a block is wanted."""


class Text:
    """A piece that is not a block: headers, filtered rows, the program's own telemetry."""

    __slots__ = ("body", "residue", "size", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.size = len(text)
        self.body = deflate(text) if text else b""
        self.residue = residue(text)


NOTHING = Text(b"")


class Section:
    """One family at one moment."""

    __slots__ = ("_crc", "blocks", "family", "samples", "size")

    def __init__(self, family: Family, table: Table) -> None:
        self.family = family
        self.blocks = tuple(table.blocks)
        self.samples = table.samples
        self.size = table.size
        self._crc: int | None = None

    def gzipped(self, crc: int) -> Generator[bytes, None, int]:
        """Yield the compressed rows; return the checksum of what came before and them.

        The section's own checksum is found on the first way through and kept: a family that did not change
        since the last scrape costs nothing but its bytes.
        """
        known = self._crc
        own = 0
        for start in range(0, len(self.blocks), _BLOCKS_PER_WRITE):
            together = self.blocks[start : start + _BLOCKS_PER_WRITE]
            if known is None:
                for block in together:
                    own = append(own, block.residue, block.size)
            yield b"".join(block.body for block in together)
        self._crc = own if known is None else known
        return append_crc(crc, self._crc, self.size)

    def plain(self) -> Iterator[bytes]:
        """Yield the rows as text, in parts of some size."""
        parts: list[bytes] = []
        size = 0
        for block in self.blocks:
            for text in block.texts():
                parts.append(text)
                size += len(text)
                if size >= _TEXT_PER_WRITE:
                    yield b"".join(parts)
                    parts, size = [], 0
        yield b"".join(parts)

    def of_kinds(self, kinds: Collection[str]) -> Iterator[Piece]:
        """Yield the rows of some kinds. Keys begin with the kind, so the rows of a kind are together."""
        if self.family.name in _WITHOUT_KIND:
            return
        both_ends = [f'_kind="{kind}"'.encode() for kind in kinds]
        for kind in sorted(kinds):
            start, stop = f"{kind}/", f"{kind}0"  # "0" is what comes after "/"
            for at in range(max(self._find(start) - 1, 0), self._find(stop)):
                block = self.blocks[at]
                if self.family is EDGE_INFO:
                    yield from _among(_between(block, start, stop), both_ends)
                elif start <= block.keys[0] and block.keys[-1] < stop:
                    yield block
                    continue
                else:
                    text = _between(block, start, stop)
                    yield Text(text) if text else NOTHING

    def _find(self, key: str) -> int:
        """Return the place of the first block whose keys all come at or after a key."""
        return bisect_left(self.blocks, key, key=_first)


Piece: TypeAlias = Section | Block | Text


class Snapshot:
    """All families at one moment."""

    __slots__ = ("sections",)

    def __init__(self, sections: tuple[Section, ...]) -> None:
        self.sections = sections

    @property
    def samples(self) -> int:
        """Number of series."""
        return sum(section.samples for section in self.sections)

    @property
    def size(self) -> int:
        """Bytes of text, without headers."""
        return sum(section.size for section in self.sections)

    def pieces(
        self, *, openmetrics: bool = False, names: Collection[str] = (), kinds: Collection[str] = ()
    ) -> Iterator[Piece]:
        """Yield the exposition in order: each family's header, then its rows; empty filters pass all."""
        headed = None
        for section in self.sections:
            if not section.blocks or (names and section.family.name not in names):
                continue
            for piece in section.of_kinds(kinds) if kinds else (section,):
                if piece.size and headed is not section.family:
                    yield Text(section.family.header(openmetrics=openmetrics))
                    headed = section.family
                yield piece


def gzipped(pieces: Iterator[Piece]) -> Iterator[bytes]:
    """Yield pieces as one gzip stream, without compressing anything again."""
    crc = size = 0
    yield HEADER
    for piece in pieces:
        size += piece.size
        if isinstance(piece, Section):
            crc = yield from piece.gzipped(crc)
        else:
            crc = append(crc, piece.residue, piece.size)
            yield piece.body
    yield trailer(crc, size)


def plain(pieces: Iterator[Piece]) -> Iterator[bytes]:
    """Yield pieces as text."""
    for piece in pieces:
        if isinstance(piece, Section):
            yield from piece.plain()
        elif isinstance(piece, Block):
            yield from piece.texts()
        else:
            yield piece.text


def _first(block: Block) -> str:
    return block.keys[0]


def _between(block: Block, start: str, stop: str) -> bytes:
    low, high = bisect_left(block.keys, start), bisect_left(block.keys, stop)
    return b"".join(block.rows()[low:high])


def _among(rows: bytes, both_ends: Collection[bytes]) -> Iterator[Text]:
    """Yield those edges of which both ends are wanted: none may name a node that the same scrape lacks.

    Where nothing is left there is still a piece, so that a long search has pauses.
    """
    # Names may hold any other line break.
    lines = rows.split(b"\n")[:-1]
    for start in range(0, len(lines), _LINES_PER_PIECE):
        text = b"".join(
            line + b"\n"
            for line in lines[start : start + _LINES_PER_PIECE]
            if sum(line.count(end) for end in both_ends) == 2  # noqa: PLR2004
        )
        yield Text(text) if text else NOTHING
