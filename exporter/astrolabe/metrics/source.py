"""The seam for layers beside the graph's own families: sleep, cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.relations import Relations
from astrolabe.metrics.family import Family
from astrolabe.metrics.faults import Faults

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

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish; called once, before anything else."""
        ...

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed, and publish what follows from it at once."""
        ...

    def refresh(self, now: float) -> None:
        """Bring what depends on time up to date (`now` in Unix seconds); called before each snapshot.

        It has to be quick: it costs what is asleep or priced, not what exists.
        """
        ...


class Guarded:
    """A source of which exceptions cost what they struck alone, and that until the next refresh."""

    def __init__(self, source: Source, graph: Relations, faults: Faults) -> None:
        self._source = source
        self._graph = graph
        self._faults = faults
        self._owed: dict[str, Node | None] = {}
        """Nodes of which the source has not taken in a change, as it knows them."""

    def follow(self, delta: Delta) -> None:
        """Pass a delta on; what fails of it is passed on once more with the next refresh."""
        if self._owed and not self._owed.keys().isdisjoint(delta.nodes):
            # What came before it is still to be told: then both are, at once.
            rest = {node_id: change for node_id, change in delta.nodes.items() if node_id not in self._owed}
            delta = Delta(rest, delta.edges, delta.missing)
        try:
            self._source.follow(delta)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next delta is taken in)
            self._faults.note("sources", error)
            self._owed |= {node_id: before for node_id, (before, _) in delta.nodes.items()}

    def refresh(self, now: float) -> None:
        """Pass on what failed, each node by itself, and the time."""
        owed, self._owed = self._owed, {}
        for node_id, before in owed.items():
            after = self._graph.get(node_id)
            if after != before:
                self.follow(Delta({node_id: (before, after)}))
        try:
            self._source.refresh(now)
        except Exception as error:  # noqa: BLE001  (whatever it is, the scrape goes on with what is known)
            self._faults.note("sources", error)
