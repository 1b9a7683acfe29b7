"""The seam for layers beside the graph's own families: sleep, cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import kind_of
from astrolabe.graph.follower import Follower
from astrolabe.graph.relations import Relations
from astrolabe.metrics.family import Family
from astrolabe.metrics.internalerrors import InternalErrors

Publish: TypeAlias = Callable[[Family, str, str], None]
"""Set the text (all samples, from `Family.line`) that a key has in a family; empty text removes it.

The key orders the rows. Where it begins with an id's kind and a slash, `?kind[]=` finds it.
"""


class Source(Protocol):
    """Derives families of its own from the graph's deltas, and from the passing of time."""

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that it publishes."""
        ...

    @property
    def kinds(self) -> frozenset[str] | None:
        """The kinds of the objects that it is told of; None for all of them."""
        ...

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish; called once, before anything else."""
        ...

    def follow(self, delta: Delta) -> None:
        """Take in what became of one node of its kinds, and publish what follows from it at once.

        The delta has that node, or none where a kind became known or unknown. It says nothing of relations
        that can be relied on. Of several nodes that one event changed, each is told by itself, those of the
        kind Node last.
        """
        ...

    def refresh(self, now: float) -> None:
        """Bring what depends on time up to date (`now` in Unix seconds); called before each snapshot.

        It has to be quick: it costs what is asleep or priced, not what exists.
        """
        ...


class Guarded(Follower):
    """Tells a source each change of a node by itself, so that an exception costs it that change alone.

    What failed is told once more before the next event, then with each refresh; by then as one change from
    how the source knows the node to how it is.
    """

    def __init__(self, source: Source, graph: Relations, faults: InternalErrors) -> None:
        self._source = source
        self._kinds = source.kinds
        self._graph = graph
        self._faults = faults
        self._owed: dict[str, Node | None] = {}
        """Nodes of which the source has not taken in a change, as it knows them."""
        self._untried = False
        """Whether one of them has not been told once more yet."""

    def follow(self, delta: Delta) -> None:
        """Tell what one event changed."""
        nodes = delta.nodes
        if self._owed:
            nodes = {node_id: change for node_id, change in nodes.items() if node_id not in self._owed}
            if self._untried:
                self._again()
        kinds = self._kinds
        if len(nodes) == 1:
            (node_id,) = nodes
            if kinds is None or kind_of(node_id) in kinds:
                self._tell(delta if nodes is delta.nodes else Delta(nodes))
        elif nodes:
            for node_id in sorted(nodes, key=_is_machine):
                if kinds is None or kind_of(node_id) in kinds:
                    self._tell(Delta({node_id: nodes[node_id]}))
        elif not delta.nodes:
            # That a kind is known completely changes no node, and matters all the same.
            self._tell(delta)

    def refresh(self, now: float) -> None:
        """Tell what failed, and the time."""
        self._again()
        try:
            self._source.refresh(now)
        except Exception as error:  # noqa: BLE001  (whatever it is, the scrape goes on with what is known)
            self._faults.note("sources", error)

    def _again(self) -> None:
        owed, self._owed = self._owed, {}
        for node_id, before in owed.items():
            after = self._graph.get(node_id)
            if after != before:
                self._tell(Delta({node_id: (before, after)}))
        self._untried = False

    def _tell(self, delta: Delta) -> None:
        try:
            self._source.follow(delta)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next change is taken in)
            self._faults.note("sources", error)
            self._owed |= {node_id: before for node_id, (before, _) in delta.nodes.items()}
            self._untried = True


def _is_machine(node_id: str) -> bool:
    return node_id.startswith("Node/")
