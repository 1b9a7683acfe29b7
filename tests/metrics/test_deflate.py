"""Pieces that were compressed apart are one gzip stream, as zlib sees it, whatever their sizes."""

from __future__ import annotations

import gzip
import struct
import zlib
from itertools import cycle, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.metrics.deflate import (
    HEADER,
    LEVEL,
    LEVEL_OF_ALIKE,
    append,
    append_crc,
    deflate,
    inflate,
    residue,
    trailer,
)

PERIOD = (1 << 32) - 1
"""x to this power is 1 modulo the polynomial of CRC-32: so many zero bits leave a checksum as it was."""


def line(length: int) -> bytes:
    """Text that compresses well, so that a large one costs little."""
    return (b'astrolabe_edge_info{source="Pod/shop/web-1"} 1\n' * (length // 47 + 1))[:length]


def stream(texts: list[bytes]) -> bytes:
    crc = size = 0
    body = bytearray(HEADER)
    for text, level in zip(texts, cycle((LEVEL, LEVEL_OF_ALIKE))):
        piece = deflate(text, level)
        assert inflate(piece) == text
        body += piece
        crc = append(crc, residue(text), len(text))
        size += len(text)
    return bytes(body + trailer(crc, size))


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_pieces_make_one_gzip_stream(texts: list[bytes]) -> None:
    assert gzip.decompress(stream(texts)) == b"".join(texts)


large = st.one_of(
    st.integers(0, 3 << 18),
    st.sampled_from((1 << 18, 1 << 24)).flatmap(lambda size: st.integers(size - 2, size + 2)),
    st.integers(1 << 24, 20 << 20),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(large, min_size=1, max_size=4))
def test_so_do_pieces_of_any_size(sizes: list[int]) -> None:
    texts = list(map(line, sizes))
    body = stream(texts)
    whole = b"".join(texts)
    assert body[-8:] == struct.pack("<II", zlib.crc32(whole), len(whole))
    # gzip compares checksum and size with what it has read.
    assert gzip.decompress(body) == whole


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=6))
def test_checksums_are_those_of_zlib(sizes: list[int]) -> None:
    for first, second in pairwise(sizes):
        head, tail = b"a" * first, b"b" * second
        whole = zlib.crc32(head + tail)
        assert append_crc(zlib.crc32(head), zlib.crc32(tail), second) == whole
        assert append(zlib.crc32(head), residue(tail), second) == whole


@given(st.integers(0, PERIOD), st.integers(0, PERIOD), st.integers(1, 5000), st.integers(0, 300))
def test_checksums_of_what_is_longer_than_four_gibibytes(
    crc: int, other: int, rounds: int, more: int
) -> None:
    """Nobody computes over so much text: after each period of bytes a checksum is where it began."""
    size = rounds * PERIOD + more
    assert append_crc(crc, other, size) == append_crc(crc, other, more)
    # Of zeros, the checksum is as that of the few bytes that are over.
    assert append(crc, 0, size) == zlib.crc32(bytes(more), crc)


@pytest.mark.parametrize("size", [0, (1 << 32) - 1, 1 << 32, (5 << 32) + 7])
def test_the_size_at_the_end_is_modulo_two_to_the_power_of_32(size: int) -> None:
    assert trailer(1, size) == b"\x03\x00" + struct.pack("<II", 1, size % (1 << 32))
