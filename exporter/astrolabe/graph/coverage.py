"""Which kinds are known completely, so that an absent object is known to be missing."""

from __future__ import annotations


class Coverage:
    """Kinds that are synced without a filter, everywhere or in some namespaces."""

    def __init__(self) -> None:
        self._scopes: set[tuple[str, str]] = set()

    def add(self, kind: str, namespace: str) -> bool:
        """Note that a kind is complete in a namespace ("" is all of them); False when it was already."""
        known = (kind, namespace) in self._scopes
        self._scopes.add((kind, namespace))
        return not known

    def discard(self, kind: str, namespace: str) -> bool:
        """Note that a kind is no longer complete; False when it was not."""
        known = (kind, namespace) in self._scopes
        self._scopes.discard((kind, namespace))
        return known

    def covers(self, kind: str, namespace: str) -> bool:
        """Whether every object of the kind in that namespace ("" when cluster-scoped) is known."""
        return (kind, "") in self._scopes or (namespace != "" and (kind, namespace) in self._scopes)
