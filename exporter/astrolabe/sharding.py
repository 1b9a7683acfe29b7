"""Which of several exporters a namespace belongs to: one function, everywhere.

The hash and its ranges are those of the API server's `shardRange` (KEP-5866), so that a server may do the
filtering, and shards that ask different servers never gap or overlap.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

_BASIS = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_SPAN = 1 << 64
_REMEMBERED = 1 << 14


def fnv1a(text: str) -> int:
    """Return the 64-bit FNV-1a hash of a text's UTF-8 bytes."""
    value = _BASIS
    for byte in text.encode("utf-8", "replace"):
        value = (value ^ byte) * _PRIME % _SPAN
    return value


@lru_cache(_REMEMBERED)
def owner(name: str, total: int) -> int:
    """Return the number of the shard, of so many, that a name belongs to: equal ranges of its hash."""
    # The largest number whose range begins at or before the hash.
    return ((fnv1a(name) + 1) * total - 1) // _SPAN


class Shard(msgspec.Struct, frozen=True):
    """One of several exporters that share the namespaces of a cluster."""

    number: int
    """From 0."""
    total: int

    def owns(self, name: str) -> bool:
        """Whether a namespace is this shard's, or what is told apart by another name."""
        return owner(name, self.total) == self.number

    @property
    def selector(self) -> str:
        """The same for the API server to apply, as `shardSelector` of a list or watch."""
        low, high = (number * _SPAN // self.total for number in (self.number, self.number + 1))
        return f"shardRange(object.metadata.namespace, '0x{low:016x}', '0x{high:016x}')"
