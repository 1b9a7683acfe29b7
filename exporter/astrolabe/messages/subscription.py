"""What a consumer is for: kinds and namespaces."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.graph.facts import Facts
from astrolabe.messages.making import is_object
from astrolabe.watch.rules import NameSelector

_NAMESPACE = "Namespace"


class Subscription:
    """Selects objects."""

    def __init__(self, kinds: Iterable[str] = (), namespaces: Iterable[str] = ()) -> None:
        """Select these kinds, in these namespaces: names, or regular expressions; none: all.

        A Namespace counts to the namespace of its name. Raises `ConfigError` for a bad expression.
        """
        self.kinds = tuple(dict.fromkeys(kinds))
        self.namespaces = tuple(dict.fromkeys(namespaces))
        self._kinds = frozenset(self.kinds)
        self._namespaces = [NameSelector(each, namespace=True) for each in self.namespaces]

    def selects(self, facts: Facts) -> bool:
        """Whether an object is selected."""
        return self.covers(facts.kind, facts.namespace, facts.name) and is_object(facts)

    def covers(self, kind: str, namespace: str, name: str) -> bool:
        """Whether an object of a kind is selected, there or not."""
        if self._kinds and kind not in self._kinds:
            return False
        place = name if kind == _NAMESPACE else namespace
        return not self._namespaces or any(each.matches(place) for each in self._namespaces)
