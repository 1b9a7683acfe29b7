"""What needs what: which end of a relation cannot work without the other. A table by type of edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import EdgeType, Ref
from astrolabe.graph.relations import Relations

End: TypeAlias = Literal["source", "target", "neither"]

NEEDING: Mapping[EdgeType, End] = {
    "owns": "source",
    "selects": "source",
    "endpoints": "source",
    "routes-to": "source",
    "mounts": "source",
    "binds": "source",
    "provisions": "target",
    "uses-configmap": "source",
    "uses-secret": "source",
    "uses-sa": "source",
    "scales": "source",
    "runs-on": "source",
    "runs-image": "neither",
    "classifies": "target",
    "grants": "source",
    "sleeps": "neither",
    "calls": "source",
    "serves": "source",
    "attaches": "source",
    "governs": "neither",
    "prioritizes": "target",
    "parent": "source",
    "refers": "source",
    "produces": "target",
    "headless": "source",
}
"""The end that needs the other one."""


class Need(NamedTuple):
    """Something that a node cannot work without."""

    id: str
    type: EdgeType


def needs(graph: Relations, node: Node) -> Iterator[Need]:
    """Yield what a node needs and what exists."""
    for ref, other in graph.references(node):
        if _needs(ref.type, declarer=True, reverse=ref.reverse):
            yield Need(other, ref.type)
    for ref, other in graph.referrers(node):
        if _needs(ref.type, declarer=False, reverse=ref.reverse):
            yield Need(other, ref.type)
    for other in graph.owned_ids(node):
        yield Need(other, "owns")
    for edge_type, other in graph.selected_ids(node):
        if NEEDING[edge_type] == "source":
            yield Need(other, edge_type)


def needing(graph: Relations, node: Node) -> Iterator[Need]:
    """Yield what needs a node; owners need what they own."""
    for ref, other in graph.references(node):
        if _needs(ref.type, declarer=False, reverse=ref.reverse):
            yield Need(other, ref.type)
    for ref, other in graph.referrers(node):
        if _needs(ref.type, declarer=True, reverse=ref.reverse):
            yield Need(other, ref.type)
    for other in graph.owner_ids(node):
        yield Need(other, "owns")
    for edge_type, other in graph.selecting_ids(node):
        if NEEDING[edge_type] == "source":
            yield Need(other, edge_type)


def needs_target(ref: Ref) -> bool:
    """Whether the object that declares a reference is the end that needs the other one."""
    return _needs(ref.type, declarer=True, reverse=ref.reverse)


def _needs(edge_type: EdgeType, *, declarer: bool, reverse: bool) -> bool:
    """Whether the declarer of a reference (or else the other end) is the end that needs."""
    end = NEEDING[edge_type]
    return end != "neither" and (end == "source") is (declarer is not reverse)
