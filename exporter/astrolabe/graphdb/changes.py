"""What a database does not have yet: the places of the graph that changed since the last write.

Only places are noted. What is written is the graph as it is then, so of an object that changes often only the
newest state counts, and what waits is never more than what the graph holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.graph.delta import Delta, Edge, Missing
from astrolabe.graph.follower import Follower
from astrolabe.graph.relations import Relations
from astrolabe.graphdb.rows import End
from astrolabe.graphdb.schema import Schema
from astrolabe.scheduling.steps import Steps

MOST = 200_000
"""Places that may wait; beyond them everything is written again, and memory stays bounded."""


@dataclass(slots=True)
class Places:
    """Where something changed."""

    gone: dict[End, str] = field(default_factory=dict)
    """Nodes of a database whose objects went, with the ids of these."""
    nodes: dict[str, None] = field(default_factory=dict)
    """Ids of objects whose own rows changed."""
    rewritten: set[str] = field(default_factory=set)
    """Ids of objects all of whose edges have to be written again."""
    spaces: set[str] = field(default_factory=set)
    """Namespaces that came."""
    edges: dict[Edge, None] = field(default_factory=dict)
    missing: dict[Missing, None] = field(default_factory=dict)
    unexplained: dict[str, None] = field(default_factory=dict)
    """Ids of objects whose causes may have changed."""
    ghosts: dict[End, None] = field(default_factory=dict)
    """Nodes that stand for what is missing, and may not be needed any more."""

    def __len__(self) -> int:
        return (
            len(self.gone)
            + len(self.nodes)
            + len(self.rewritten)
            + len(self.spaces)
            + len(self.edges)
            + len(self.missing)
            + len(self.unexplained)
            + len(self.ghosts)
        )

    def add(self, others: Places) -> None:
        """Note others as well."""
        self.gone |= others.gone
        self.nodes |= others.nodes
        self.rewritten |= others.rewritten
        self.spaces |= others.spaces
        self.edges |= others.edges
        self.missing |= others.missing
        self.unexplained |= others.unexplained
        self.ghosts |= others.ghosts

    def split(self, most: int) -> Places:
        """Take some places out, about `most`: nodes before the edges that lead to them."""
        some = Places(spaces=self.spaces)
        self.spaces = set()
        for waiting, taken in (
            (self.gone, some.gone),
            (self.nodes, some.nodes),
            (self.edges, some.edges),
            (self.missing, some.missing),
            (self.unexplained, some.unexplained),
        ):
            for key in list(islice(waiting, most - len(some))):
                taken[key] = waiting.pop(key)  # type: ignore[index, call-overload]
        some.rewritten = self.rewritten & some.nodes.keys() if self.nodes else set(self.rewritten)
        self.rewritten -= some.rewritten
        if len(self) == len(self.ghosts):
            # Nothing else leads to them any more.
            some.ghosts, self.ghosts = self.ghosts, {}
        return some


class Changes(Follower):
    """Follows the graph for one database."""

    def __init__(self, graph: Relations, schema: Schema, most: int = MOST) -> None:
        self._graph = graph
        self._schema = schema
        self._most = most
        self._places = Places()
        self._explanations = Explanations(graph) if schema.causes else None
        self.everything = True
        """Whether all of the graph has to be written: at the start, and where changes were let go."""

    def __len__(self) -> int:
        waiting = self._explanations.waiting if self._explanations is not None else 0
        return len(self._places) + waiting

    def follow(self, delta: Delta) -> None:
        """Note where something changed."""
        if self._explanations is not None:
            self._explanations.follow(delta)
        if self.everything:
            return
        places, schema = self._places, self._schema
        for node_id, (before, after) in delta.nodes.items():
            same = before is not None and after is not None and before.facts.uid == after.facts.uid
            if before is not None and after is not None and same:
                if schema.parts(before) != schema.parts(after):
                    self._leave(node_id, {row.end for row in schema.nodes(before)})
                    places.rewritten.add(node_id)
            elif before is not None:
                self._leave(node_id, {row.end for row in schema.nodes(before)})
            if after is None:
                places.nodes.pop(node_id, None)
                continue
            places.nodes[node_id] = None
            if not same:
                # An object in the place of another has the same edges, but not in the database.
                places.rewritten.add(node_id)
                if schema.contains and after.facts.kind == "Namespace":
                    places.spaces.add(after.facts.name)
        places.edges.update(dict.fromkeys(delta.edges))
        for missing in delta.missing:
            places.missing[missing] = None
            ghost = schema.absent(missing.target)
            if ghost is not None:
                places.ghosts[ghost] = None
        if len(places) > self._most:
            self.lost()

    def _leave(self, node_id: str, ends: set[End]) -> None:
        for end in ends:
            self._places.gone[end] = node_id

    def lost(self) -> None:
        """Let all changes go: everything is written again."""
        self.everything = True
        self._places = Places()

    def begin(self) -> None:
        """Note changes from now on: all that is known up to here is about to be written."""
        self.everything = False
        self._places = Places()
        if self._explanations is not None:
            self._explanations = Explanations(self._graph)

    def explain(self) -> Steps[None]:
        """Find the places whose causes may have changed."""
        if self._explanations is not None:
            for node_id in self._explanations.stale():
                if node_id:
                    self._places.unexplained[node_id] = None
                yield

    def take(self, most: int) -> Places:
        """Take out some of the places that changed, about `most`."""
        some = self._places.split(most)
        if self._explanations is not None and self._explanations.waiting:
            # A cause that is not looked into yet may still lead to them.
            self._places.ghosts |= some.ghosts
            some.ghosts = {}
        return some

    def put_back(self, places: Places) -> None:
        """Note places whose changes did not get into the database."""
        if not self.everything:
            self._places.add(places)
