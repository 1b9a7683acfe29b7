"""A compact multimap from a key to ids.

Most keys of a cluster's graph have one id (a claim has one Pod, a ReplicaSet one owner), so a lone id is
stored as it is. A few (the Pods of a workload, what refers to its Secret) are a list, which takes a quarter
of the memory of a set, and only many are a set.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from typing import Generic, TypeVar

SCANNED_VALUES = 24
"""Up to so many values of a key, scanning them is as fast as hashing."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Index(Generic[K, V]):
    """The values of each key. A key without values is removed. Values must be neither lists nor sets."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[K, V | list[V] | set[V]] = {}

    def add(self, key: K, value: V) -> bool:
        """Add a value to a key, if it does not have it. Return whether the key has only this value."""
        entry = self._entries.get(key)
        if isinstance(entry, list) and value in entry:
            return False
        return self.append(key, value)

    def append(self, key: K, value: V) -> bool:
        """Do the same without a search, for a value that the key does not have or that was added last."""
        entry = self._entries.setdefault(key, value)
        if entry is value:
            return True
        if isinstance(entry, list):
            if entry[-1] != value:
                if len(entry) < SCANNED_VALUES:
                    entry.append(value)
                else:
                    self._entries[key] = {*entry, value}
        elif isinstance(entry, set):
            entry.add(value)
        elif entry == value:
            return True
        else:
            self._entries[key] = [entry, value]
        return False

    def discard(self, key: K, value: V) -> None:
        """Remove a value from a key. With the last value the key is removed too."""
        entry = self._entries.get(key)
        if entry is None:
            return
        if isinstance(entry, list):
            if value in entry:
                entry.remove(value)
                if len(entry) == 1:
                    self._entries[key] = entry[0]
        elif isinstance(entry, set):
            entry.discard(value)
            if len(entry) <= SCANNED_VALUES // 2:
                self._entries[key] = list(entry)
        elif entry == value:
            del self._entries[key]

    def get(self, key: K) -> Collection[V]:
        """Return the values of a key, in no order. Copy them before you change the index in a loop."""
        entry = self._entries.get(key)
        if entry is None:
            return ()
        return entry if isinstance(entry, (list, set)) else (entry,)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
