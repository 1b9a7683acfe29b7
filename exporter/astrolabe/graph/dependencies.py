"""Who needs whom: edges read as "this cannot work without that", whichever way they point.

An owner works as well as what it owns, a Service as well as the Pods it selects, a Pod only with its Secrets,
claims and Node. What an image or a sleep schedule is related to does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from astrolabe.graph.delta import Edge, Node
from astrolabe.graph.facts import EdgeType
from astrolabe.graph.relations import Relations

TARGET_NEEDS_SOURCE: frozenset[EdgeType] = frozenset({"provisions", "classifies"})
INDEPENDENT: frozenset[EdgeType] = frozenset({"runs-image", "sleeps"})

CAUSES = 3
"""Causes that are given for one object."""


class Cause(NamedTuple):
    """Something unhealthy or missing that explains why an object is not Ready."""

    id: str
    path: tuple[str, ...]
    """The way to it: ids from the object's first dependency to the cause itself."""

    @property
    def distance(self) -> int:
        """Steps from the object to the cause."""
        return len(self.path)


def ends(edge: Edge) -> tuple[str, str] | None:
    """Return (dependent, dependency) of an edge, None where neither needs the other."""
    if edge.type in INDEPENDENT:
        return None
    if edge.type in TARGET_NEEDS_SOURCE:
        return edge.target, edge.source
    return edge.source, edge.target


def unhealthy(node: Node | None) -> bool:
    """Whether a node can be the reason for something; what is Unknown is not known to be."""
    return node is not None and node.status in ("Error", "Pending")


def dependencies(graph: Relations, node: Node) -> Iterator[str]:
    """Yield what a node needs and what exists."""
    for ref, other in graph.references(node):
        if ref.type not in INDEPENDENT and ref.reverse is (ref.type in TARGET_NEEDS_SOURCE):
            yield other
    for ref, other in graph.referrers(node):
        if ref.type not in INDEPENDENT and ref.reverse is not (ref.type in TARGET_NEEDS_SOURCE):
            yield other
    yield from graph.owned_ids(node)
    for edge_type, other in graph.selected_ids(node):
        if edge_type not in INDEPENDENT:
            yield other


def dependents(graph: Relations, node: Node) -> Iterator[str]:
    """Yield what needs a node."""
    yield from _users(graph, node)
    yield from graph.owner_ids(node)


def _users(graph: Relations, node: Node) -> Iterator[str]:
    """Yield what needs a node otherwise than by owning it."""
    for ref, other in graph.references(node):
        if ref.type not in INDEPENDENT and ref.reverse is not (ref.type in TARGET_NEEDS_SOURCE):
            yield other
    for ref, other in graph.referrers(node):
        if ref.type not in INDEPENDENT and ref.reverse is (ref.type in TARGET_NEEDS_SOURCE):
            yield other
    for edge_type, other in graph.selecting_ids(node):
        if edge_type not in INDEPENDENT:
            yield other


def causes(graph: Relations, node: Node) -> list[Cause]:
    """Explain why a node is not Ready: nearest causes first, equally near ones by id.

    The way to a cause leads through unhealthy things alone, and a cause needs nothing further that is
    unhealthy or missing. What has no explanation beyond itself has no causes.
    """
    found: list[str] = []
    came_from = {node.id: ""}
    missing: set[str] = set()
    level = [node.id]
    while level and len(found) < CAUSES:
        ends: list[str] = []
        below: dict[str, str] = {}
        for here in level:
            current = None if here in missing else graph.get(here)
            ill, gone = _reasons(graph, current) if current is not None else (set(), set())
            if not ill and not gone and here != node.id:
                ends.append(here)
            for reason in ill | gone:
                if reason not in came_from:
                    below.setdefault(reason, here)
            missing |= gone & below.keys()
        found += ends
        came_from |= below
        level = sorted(below)
    return [Cause(cause, _way(came_from, cause)) for cause in found[:CAUSES]]


def _way(came_from: Mapping[str, str], to: str) -> tuple[str, ...]:
    """Return the ids from the first step up to an id."""
    steps = []
    while before := came_from[to]:
        steps.append(to)
        to = before
    return tuple(reversed(steps))


def is_missing(graph: Relations, node: Node, cause: Cause) -> bool:
    """Whether a cause of a node does not exist, though another object may have its name."""
    before = graph.get(cause.path[-2]) if len(cause.path) > 1 else node
    return before is not None and any(
        missing.target == cause.id and not missing.optional for missing in graph.missing_of(before)
    )


def _reasons(graph: Relations, node: Node) -> tuple[set[str], set[str]]:
    """Return what a node needs that is unhealthy, and what it needs that does not exist.

    The name of the latter may be somebody else's. What that one waits for does not matter.
    """
    ill = {other for other in dependencies(graph, node) if unhealthy(graph.get(other))}
    return ill, {missing.target for missing in graph.missing_of(node) if not missing.optional}


def impact(graph: Relations, node: Node) -> set[str]:
    """Return everything that breaks or degrades when a node goes, through any number of steps."""
    return _closure(graph, node, dependents)


def served_by(graph: Relations, node: Node) -> set[str]:
    """Return everything that reaches users through a node: what needs it otherwise than by owning it.

    Owners degrade along with what they own, but no Service or Ingress is found above them that is not found
    without them; leaving them out makes the walk short.
    """
    return _closure(graph, node, _users)


def _closure(graph: Relations, node: Node, step: Callable[[Relations, Node], Iterator[str]]) -> set[str]:
    hit: set[str] = set()
    front = [node]
    while front:
        for other in step(graph, front.pop()):
            if other not in hit and other != node.id:
                hit.add(other)
                found = graph.get(other)
                assert found is not None
                front.append(found)
    return hit
