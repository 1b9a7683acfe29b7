"""What one event changed: the graph's only output besides reading it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import msgspec

from astrolabe.graph.facts import EdgeType, Facts, Ref, Release, Status, Verdict

CARRIED_BY_TARGET: frozenset[EdgeType] = frozenset(
    {"owns", "selects", "sleeps", "endpoints", "provisions", "classifies", "prioritizes"}
)
"""Types of edges that one source may have thousands of. Their carrier is the target, which has few."""


class Root(msgspec.Struct, frozen=True, gc=False, order=True):
    """The topmost controller of an object, in the graph or not."""

    kind: str
    name: str


class Node(msgspec.Struct, frozen=True, gc=False):
    """An object's facts with what its relations add to them."""

    facts: Facts
    verdict: Verdict
    """How the object is: in its own words, or judged by its neighbours."""
    root: Root | None
    """None for an object without a controller."""
    release: Release | None
    chart: str

    @property
    def id(self) -> str:
        """The id of the object."""
        return self.facts.id

    @property
    def status(self) -> Status:
        """The status of the verdict."""
        return self.verdict.status

    @property
    def reason(self) -> str:
        """The reason of the verdict."""
        return self.verdict.reason

    @property
    def message(self) -> str:
        """The message of the verdict."""
        return self.verdict.message

    @property
    def since(self) -> float:
        """When it came to this, in Unix seconds; 0 when unknown."""
        return self.verdict.since


class Edge(msgspec.Struct, frozen=True, gc=False, order=True):
    """One relation between two nodes that exist."""

    type: EdgeType
    source: str
    target: str
    namespace: str
    """The source's, or the target's when the source has none."""

    @property
    def carrier(self) -> str:
        """The end that counts and publishes the edge: the one with few edges of the type."""
        return self.target if self.type in CARRIED_BY_TARGET else self.source


def edge_of(ref: Ref, declarer: Facts, other: Facts) -> Edge:
    """Build the edge that a resolved reference makes."""
    if ref.reverse:
        return edge_between(ref.type, other, declarer)
    return edge_between(ref.type, declarer, other)


def edge_between(edge_type: EdgeType, source: Facts, target: Facts) -> Edge:
    """Build an edge."""
    return Edge(edge_type, source.id, target.id, source.namespace or target.namespace)


class Missing(msgspec.Struct, frozen=True, gc=False, order=True):
    """A reference whose target does not exist although its kind is known completely."""

    type: EdgeType
    source: str
    """The object that declares the reference, whichever way the edge would point."""
    target: str
    namespace: str
    optional: bool


class Delta(msgspec.Struct):
    """The difference between the graph before and after one event; empty when nothing changed.

    Each node, edge and missing reference stands in it at most once, with its net change.
    """

    nodes: dict[str, tuple[Node | None, Node | None]] = {}
    """Before and after by id."""
    edges: dict[Edge, bool] = {}
    """True where the edge came, False where it went."""
    missing: dict[Missing, bool] = {}
    covered: str = ""
    """The kind that became known completely in some namespace, or ceased to be."""
    hidden: dict[str, Facts | None] = {}
    """Objects that are left out of the graph, by id; None for one that is no longer left out. Nobody sees
    them, but they must survive a restart."""

    def __bool__(self) -> bool:
        return bool(self.nodes or self.edges or self.missing)

    def node(self, before: Node | None, after: Node | None) -> None:
        """Note a change of a node, netted with an earlier one in the same event."""
        some = after or before
        assert some is not None
        node_id = some.facts.id
        first = self.nodes.pop(node_id)[0] if node_id in self.nodes else before
        if first != after:
            self.nodes[node_id] = (first, after)

    def edge_sets(self, before: set[Edge], after: set[Edge]) -> None:
        """Note the difference between the edges around a change."""
        _net(self.edges, before, after)

    def edges_came(self, edges: Iterable[Edge]) -> None:
        """Note edges that were not there before; one may be named twice."""
        came = dict.fromkeys(edges, True)
        if self.edges:
            _net(self.edges, set(), came.keys())
        else:
            self.edges = came

    def missing_sets(self, before: set[Missing], after: set[Missing]) -> None:
        """Note the difference between the missing references around a change."""
        _net(self.missing, before, after)


def _net(changes: dict, before: AbstractSet, after: AbstractSet) -> None:  # type: ignore[type-arg]
    if not before and not changes:
        changes.update(dict.fromkeys(after, True))
        return
    for gone in before - after:
        if changes.get(gone) is True:
            del changes[gone]
        else:
            changes[gone] = False
    for come in after - before:
        if changes.get(come) is False:
            del changes[come]
        else:
            changes[come] = True
