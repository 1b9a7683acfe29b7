"""Which release a record of Helm belongs to. The namespace of the record does not always say it.

Helm keeps the records of a release in the release's own namespace. Flux keeps them where its HelmRelease is,
or where that says (`storageNamespace`), while the release's objects are elsewhere. A record tells nothing but
its place; the objects of the release tell both, and so the two come together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from astrolabe.graph.facts import Facts, Release
from astrolabe.graph.index import Index


class Records:
    """The places of records: the records there, and the releases that objects say are kept there.

    Releases whose records are in their own namespace are not filed.
    """

    def __init__(self) -> None:
        self._kept: Index[Release, str] = Index()
        """By place, the ids of the records."""
        self._said: dict[Release, Counter[Release]] = {}
        """For each place, how many objects say that a release is kept there."""

    def add(self, facts: Facts) -> None:
        """File what an object says of records."""
        named = facts.release
        if named is None or not named.stored:
            return
        if named.namespace:
            self._said.setdefault(named.place, Counter())[named.itself] += 1
        else:
            self._kept.add(named.place, facts.id)

    def discard(self, facts: Facts) -> None:
        """Undo `add` for the same facts."""
        named = facts.release
        if named is None or not named.stored:
            return
        if not named.namespace:
            self._kept.discard(named.place, facts.id)
            return
        said = self._said[named.place]
        said[named.itself] -= 1
        if not said[named.itself]:
            del said[named.itself]
        if not said:
            del self._said[named.place]

    def meant(self, named: Release | None) -> Release | None:
        """Return the release that an object names; if one place has several, the first."""
        if named is None or not named.stored:
            return named
        return named.itself if named.namespace else min(self._said.get(named.place, (named.place,)))

    def swayed(self, facts: Facts) -> Collection[str]:
        """Return the ids of the records whose release may depend on this object."""
        named = facts.release
        if named is None or not named.stored or not named.namespace:
            return ()
        # What others say as well does not hang on one object. It is asked before it goes and after it came.
        said = self._said.get(named.place)
        return self._kept.get(named.place) if said is None or said[named.itself] <= 1 else ()
