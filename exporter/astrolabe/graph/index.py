"""A compact multimap from a key to ids.

Most keys of a cluster's graph have one id (a claim has one Pod, a ReplicaSet one owner), so a lone id is
stored as it is and a set only from the second one on: a fifth of the memory of a dictionary of sets.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Index(Generic[K, V]):
    """Which values stand under a key; keys without values vanish. Values must not be sets."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[K, V | set[V]] = {}

    def add(self, key: K, value: V) -> None:
        """Put a value under a key; once is enough."""
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = value
        elif isinstance(entry, set):
            entry.add(value)
        elif entry != value:
            self._entries[key] = {entry, value}

    def discard(self, key: K, value: V) -> None:
        """Take a value away; the last one takes the key along."""
        entry = self._entries.get(key)
        if isinstance(entry, set):
            entry.discard(value)
            if len(entry) == 1:
                self._entries[key] = entry.pop()
        elif entry == value and entry is not None:
            del self._entries[key]

    def get(self, key: K) -> Collection[V]:
        """Return the values under a key, in no order. Copy before changing the index in a loop."""
        entry = self._entries.get(key)
        if entry is None:
            return ()
        return entry if isinstance(entry, set) else (entry,)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
