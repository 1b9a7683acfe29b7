"""One gzip stream out of pieces that were compressed at other times.

Each piece is a run of DEFLATE blocks that ends at a byte and refers to nothing before it (RFC 1951, as after
zlib's Z_FULL_FLUSH), so any sequence of pieces is a valid stream. Several gzip members one after another
would be simpler and legal, but curl and browsers read only the first one. What a single member needs is the
checksum of the whole (RFC 1952), which follows from those of the pieces: CRC-32 is linear over GF(2).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

LEVEL = 4
"""zlib's level: beyond it, bodies of this kind shrink by a few percent and cost half as much again."""

LEVEL_OF_ALIKE = 3
"""The same for lines that nearly repeat others, as edges and statuses do: much quicker, and hardly larger."""

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""A gzip member without name, time or system, so that equal content is equal bytes."""

_POLYNOMIAL = 0xEDB88320
_ONES = 0xFFFFFFFF
_ZEROS_IN_C = 1 << 18
"""Bytes up to which running over zeros in C is quicker than algebra, which takes some 200 µs."""
_ZEROS = memoryview(bytes(_ZEROS_IN_C))


def deflate(text: bytes, level: int = LEVEL) -> bytes:
    """Compress a piece so that it can stand anywhere in a stream."""
    # Between long repetitions stand UIDs and other ends of names: no short ones are looked for in them.
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_FILTERED)
    return compressor.compress(text) + compressor.flush(zlib.Z_FULL_FLUSH)


def inflate(piece: bytes) -> bytes:
    """Decompress one piece."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(piece)


def inflated(piece: bytes, most: int) -> Iterator[bytes]:
    """Decompress one piece, at most so many bytes of text at a time."""
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    while text := decompressor.decompress(piece, most):
        yield text
        piece = decompressor.unconsumed_tail


def trailer(crc: int, size: int) -> bytes:
    """Close the stream: an empty last block, the checksum and the size of the whole text, modulo 2^32."""
    return b"\x03\x00" + struct.pack("<II", crc, size & _ONES)


def _shift(size: int) -> int:
    """Return the operator that moves a checksum past `size` bytes: x^(8·size) modulo the polynomial."""
    result, power = 1 << 31, 3
    while size:
        if size & 1:
            result = _multiply(_SQUARES[power], result)
        size >>= 1
        power += 1
    return result


def append_crc(crc: int, piece_crc: int, size: int) -> int:
    """Return the checksum of a text and a piece of `size` bytes after it, from the checksums of both."""
    return (_multiply(_shift(size), crc) if crc else 0) ^ piece_crc


def residue(text: bytes) -> int:
    """Return what `append` needs to know of a piece: its checksum without what CRC-32 inverts."""
    return zlib.crc32(text, _ONES) ^ _ONES


def append(crc: int, piece_residue: int, size: int) -> int:
    """Do as `append_crc`, from the piece's residue: quicker for pieces of some kilobytes, right for all."""
    return _over_zeros(crc, size) ^ piece_residue


def _over_zeros(crc: int, size: int) -> int:
    """Return the checksum of a text and `size` zero bytes after it."""
    if size <= _ZEROS_IN_C:
        return zlib.crc32(_ZEROS[:size], crc)
    return _multiply(_shift(size), crc ^ _ONES) ^ _ONES


def _multiply(a: int, b: int) -> int:
    """Multiply two polynomials over GF(2) in the reflected bit order of CRC-32."""
    product = 0
    while a:
        if a & 0x80000000:
            product ^= b
        a = (a << 1) & _ONES
        b = (b >> 1) ^ _POLYNOMIAL if b & 1 else b >> 1
    return product


def _squares() -> list[int]:
    squares = [1 << 30]
    for _ in range(63):
        squares.append(_multiply(squares[-1], squares[-1]))
    return squares


_SQUARES = _squares()
