"""The objects of one resource as they are known, and how they change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic

from astrolabe.kube.listing import Listing
from astrolabe.kube.observer import Sink, T


class ObjectStore(Generic[T]):
    """The objects that the sink knows. The mapping changes after the sink has taken each change.

    If its size is limited, it has the order in which the objects came, and the oldest is removed first.
    """

    def __init__(self, sink: Sink[T], most: int | None = None) -> None:
        self._sink = sink
        self._most = most
        self.known: dict[str, T] = {}
        self.outdated: set[str] = set()
        """Ids of objects that were read in another version of the API: they may read differently now."""

    def put(self, item: T, read_at: float | None) -> None:
        """Add or replace an object. The same version of it changes nothing."""
        old = self.known.get(item.id)
        if self._most is not None:
            self._make_room(item.id, read_at)
        if old is None:
            self._sink.put(item, None, read_at)
        elif old.uid != item.uid:
            # Recreated under the same name: the old one's deletion was never seen.
            self._sink.remove(old, read_at)
            del self.known[item.id]
            self._sink.put(item, None, read_at)
        elif old.resource_version != item.resource_version or item.id in self.outdated:
            self._sink.put(item, old, read_at)
        else:
            return
        self.known[item.id] = item
        self.outdated.discard(item.id)

    def _make_room(self, item_id: str, read_at: float | None) -> None:
        """Make an object the newest; if there are too many now, remove the oldest."""
        if item_id in self.known:
            self.known[item_id] = self.known.pop(item_id)
        elif len(self.known) == self._most:
            self.remove(next(iter(self.known)), read_at)

    def remove(self, item_id: str, read_at: float | None) -> None:
        """Take out an object; one that is not known changes nothing."""
        old = self.known.get(item_id)
        if old is not None:
            self._sink.remove(old, read_at)
            del self.known[item_id]

    def remove_uid(self, uid: str, read_at: float) -> bool:
        """Take out an object that became unreadable; says whether it was known. Slow, and rare."""
        for item_id, item in self.known.items():
            if item.uid == uid:
                self.remove(item_id, read_at)
                return True
        return False

    def replace(self, listing: Listing[T]) -> Iterator[None]:
        """Apply, step by step, only the differences to a complete list, deletions first."""
        for item_id in [item_id for item_id in self.known if item_id not in listing.items]:
            self.remove(item_id, None)
            yield
        for item in listing.items.values():
            self.put(item, None)
            yield
        # Whoever still holds the listing must not keep objects alive that change later.
        listing.items = {}

    def clear(self) -> Iterator[None]:
        """Take out everything, step by step."""
        for item_id in list(self.known):
            self.remove(item_id, None)
            yield
