"""Which kinds are known completely, so that an absent object is known to be missing."""

from __future__ import annotations

from collections.abc import Callable


class Coverage:
    """Kinds that are synced without a filter, everywhere or in some namespaces."""

    def __init__(self, within: Callable[[str, str], bool] | None = None) -> None:
        """`within` says whether a kind is read in a namespace at all; None means everywhere."""
        self._within = within
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
        if (kind, "") not in self._scopes and (namespace == "" or (kind, namespace) not in self._scopes):
            return False
        return self._within is None or namespace == "" or self._within(kind, namespace)
