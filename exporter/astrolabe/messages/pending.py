"""What one consumer has not been told yet. Pure.

Only ids wait, each once, with the object as the consumer knows it. What is told is the object as it is by
then: of one that changes often the newest state, and what waits is never more than what the graph holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations
from astrolabe.messages.making import object_of
from astrolabe.messages.message import Action, KubeMessage, Listing
from astrolabe.messages.subscription import Subscription
from astrolabe.scheduling.steps import Steps

_STEP = 200
"""Objects that are looked at in one step."""


class Pending:
    """The messages that are due."""

    def __init__(
        self,
        graph: Relations,
        subscription: Subscription,
        cluster: Callable[[], str],
        now: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        """Name the cluster as `cluster` says, and the time as `now` does; `elapsed` tells seconds."""
        self._graph = graph
        self._subscription = subscription
        self._cluster = cluster
        self._now = now
        self._elapsed = elapsed
        self._told: dict[str, tuple[Node | None, float]] = {}
        """By id, in the order of the changes: the object as the consumer knows it, None if it does not, and
        since when it is out of date."""
        self.everything = True
        """Whether `Restarted` is due: until then nothing is noted."""

    def __len__(self) -> int:
        return len(self._told)

    def note(self, node_id: str, before: Node | None) -> None:
        """Take note that an object changed; `before` is as it was."""
        if not self.everything:
            self._told.setdefault(node_id, (before, self._elapsed()))

    @property
    def oldest(self) -> float:
        """Seconds that the change that waits longest has waited; 0 where none does."""
        return self._elapsed() - next(iter(self._told.values()))[1] if self._told else 0.0

    def restart(self) -> None:
        """Begin again: what the consumer knows is unknown."""
        self._told = {}
        self.everything = True

    def begin(self) -> Steps[KubeMessage]:
        """Look up what there is; return `Restarted`. What changes meanwhile is told after it."""
        told: dict[str, tuple[Node | None, float]] = {}
        began = self._elapsed()
        self._told = told
        self.everything = False
        for kind, namespace in list(self._graph.scopes()):
            ids = iter(list(self._graph.of_kind(kind, namespace)))
            while some := list(islice(ids, _STEP)):
                for node_id in some:
                    node = self._graph.get(node_id)
                    if node is not None and self._subscription.selects(node.facts):
                        told.setdefault(node_id, (node, began))
                yield
        objects = tuple(node_id for node_id, (known, _) in told.items() if known is not None)
        listing = Listing(self._subscription.kinds, self._subscription.namespaces, objects)
        return KubeMessage(self._cluster(), "", "Restarted", self._now(), listing)

    def take(self) -> Iterator[KubeMessage]:
        """Take out the change that waits longest; yield its messages, two for an object that was replaced."""
        node_id = next(iter(self._told))
        known, _ = self._told.pop(node_id)
        node = self._graph.get(node_id)
        if known is not None and (node is None or node.facts.uid != known.facts.uid):
            yield self._message("Deleted", known)
        if node is not None:
            yield self._message("Applied", node)

    def _message(self, action: Action, node: Node) -> KubeMessage:
        resource = object_of(node, self._graph)
        return KubeMessage(self._cluster(), node.facts.namespace, action, self._now(), resource)
