"""The seam between the graph and the schema of a graph database: pure functions that know no target."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from astrolabe.graph.delta import Edge, Missing, Node
from astrolabe.graph.facts import EdgeType
from astrolabe.graphdb.rows import Columns, EdgeRow, End, NodeRow, Value

_OTHER = re.compile(r"\W", re.ASCII)
_EMPTY: tuple[Value, Value] = ("", [])


class Schema(ABC):
    """Turns objects and edges of the graph into rows."""

    name: str
    version: int = 1
    """Goes up where rows of an earlier one cannot be updated to it."""
    contains: bool = False
    """Whether `edges` leads from Namespaces to what is in them."""
    causes: str = ""
    """The relationship type of causes; empty where the schema has none."""

    def __init__(self, cluster: str) -> None:
        """Take what tells this cluster from every other in the database."""
        self.cluster = cluster

    @abstractmethod
    def columns(self, label: str) -> Columns:
        """Return the properties of a label's nodes, without the `IDENTITY`."""

    @abstractmethod
    def edge_columns(self, relation: str) -> Columns:
        """Return the properties of a type's relationships."""

    @abstractmethod
    def end(self, node: Node) -> End | None:
        """Return the node that stands for an object; None for what the schema leaves out."""

    @abstractmethod
    def node(self, node: Node) -> NodeRow | None:
        """Return the row of the node that stands for an object; None for what the schema leaves out."""

    @abstractmethod
    def inner(self, node: Node) -> Iterable[NodeRow]:
        """Return the nodes that are parts of an object. They are as they were as long as `parts` is."""

    def nodes(self, node: Node) -> Iterator[NodeRow]:
        """Yield the nodes of an object: the one that stands for it, and those that are parts of it."""
        own = self.node(node)
        if own is not None:
            yield own
            yield from self.inner(node)

    @abstractmethod
    def edges(self, node: Node, namespace: Node | None) -> Iterable[EdgeRow]:
        """Return the relationships of an object that no edge of the graph stands for.

        The Namespace that the object is in is given, where it is known.
        """

    @abstractmethod
    def relations(self, edge: Edge, source: Node, target: Node) -> Iterable[EdgeRow]:
        """Return the relationships that an edge of the graph stands for."""

    def missing(self, _missing: Missing, _declarer: Node) -> tuple[NodeRow, Sequence[EdgeRow]] | None:
        """Return what stands for a missing target, and the relationships to it; None for nothing.

        They lead away from the object that declares the reference, whichever way the edge would point.
        """
        return None

    def cause(self, _node: Node, _cause: End, _rank: int, _distance: int) -> EdgeRow | None:
        """Return the relationship from an object to why it is not Ready; None for nothing.

        Of several causes the nearest has rank 1; its distance is the number of steps to it.
        """
        return None

    def absent(self, _node_id: str) -> End | None:
        """Return the node that stands for an object that does not exist; None for nothing."""
        return None

    def root(self) -> NodeRow | None:
        """Return a node that stands for the cluster itself; None where there is none."""
        return None

    def parts(self, _node: Node) -> object:
        """Return what rows are made of beside the object and its edges: where it changes, all are written."""
        return None

    def key(self, node: Node) -> str:
        """Return the key of an object: cluster and UID, for what has none the id."""
        facts = node.facts
        return f"{self.cluster}/{facts.uid or facts.id}"


@lru_cache(maxsize=8192)
def end_of(label: str, cluster: str, uid: str) -> End:
    """Return the node of an object. Most relationships lead to one that was asked for a moment ago."""
    return End(label, f"{cluster}/{uid}")


@lru_cache(maxsize=1024)
def label_of(kind: str) -> str:
    """Return the label of a kind: `Pod`, `Rollout_argoproj_io`. Not every database takes dots in labels."""
    return _OTHER.sub("_", kind)


def relation_of(edge: EdgeType) -> str:
    """Return the relationship type of an edge in Cypher's spelling: `runs-on` is `RUNS_ON`."""
    return edge.replace("-", "_").upper()


def filled(columns: Columns, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return a value for each column: None for what is empty or not given."""
    if not values:
        return dict.fromkeys(columns)
    get = values.get
    return {name: value if (value := get(name)) or value not in _EMPTY else None for name in columns}
