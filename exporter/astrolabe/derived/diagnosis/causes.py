"""Why an object is not Ready, and what depends on it. Pure functions over the graph."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from astrolabe.derived.diagnosis import reasons, search
from astrolabe.derived.diagnosis.needs import Need, needing
from astrolabe.derived.diagnosis.search import Cause, Shared
from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations


def causes(graph: Relations, node: Node) -> list[Cause]:
    """Explain why a node is not Ready: nearest causes first, equally near ones by id, alike ones once.

    The way to a cause leads through unhealthy things alone, and a cause needs nothing further that is
    unhealthy or missing and explains it. What has no explanation beyond itself has no causes.
    """
    return search.causes(
        node.id,
        lambda each: reasons.reasons(graph, each),
        lambda each: reasons.story_of(graph, each),
        own=lambda each: reasons.own_fault(graph, each),
    )


def explain(graph: Relations, node: Node, shared: Shared) -> Generator[None, None, list[Cause]]:
    """Return the causes of a node, pausing often. The graph may change meanwhile.

    Each object is taken as it was when this search, or an earlier one that shares with it, came to it.
    """
    return search.search(
        node.id,
        lambda each: reasons.reasons(graph, each),
        lambda each: reasons.story_of(graph, each),
        own=lambda each: reasons.own_fault(graph, each),
        shared=shared,
    )


def impact(graph: Relations, node: Node) -> set[str]:
    """Return everything that breaks or degrades when a node goes, through any number of steps."""
    return _closure(graph, node, needing)


def served_by(graph: Relations, node: Node) -> set[str]:
    """Return everything that reaches users through a node: what needs it otherwise than by owning it.

    Owners degrade along with what they own, but no Service or Ingress is found above them that is not found
    without them; leaving them out makes the walk short.
    """
    return _closure(graph, node, lambda *at: (need for need in needing(*at) if need.type != "owns"))


def _closure(graph: Relations, node: Node, step: Callable[[Relations, Node], Iterator[Need]]) -> set[str]:
    hit: set[str] = set()
    front = [node]
    while front:
        for other, _ in step(graph, front.pop()):
            if other not in hit and other != node.id:
                hit.add(other)
                found = graph.get(other)
                assert found is not None
                front.append(found)
    return hit
