"""Why an object is not Ready, and what depends on it. Pure functions over the graph."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from astrolabe.derived.diagnosis import reasons, search
from astrolabe.derived.diagnosis.needs import Need, needing
from astrolabe.derived.diagnosis.search import Cause, Shared
from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations
from astrolabe.scheduling.steps import Steps, at_once, batches

_BATCH = 256
"""Needs that are followed between two pauses."""


def causes(graph: Relations, node: Node) -> list[Cause]:
    """Explain why a node is not Ready: nearest causes first, alike ones once.

    Of equally near ones, what is missing comes first and what waits last; then they are in order of id. The
    way to a cause leads through unhealthy things alone, and a cause needs nothing further that is unhealthy
    or missing and explains it. What has no explanation beyond itself has no causes.
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
    hit: set[str] = set()
    at_once(spread(graph, node, hit))
    return hit - {node.id}


def served_by(graph: Relations, node: Node) -> set[str]:
    """Return everything that reaches users through a node: what needs it otherwise than by owning it.

    Owners degrade along with what they own, but no Service or Ingress is found above them that is not found
    without them; leaving them out makes the walk short.
    """
    hit: set[str] = set()
    at_once(spread(graph, node, hit, lambda *at: (need for need in needing(*at) if need.type != "owns")))
    return hit - {node.id}


def spread(
    graph: Relations,
    node: Node,
    hit: set[str],
    step: Callable[[Relations, Node], Iterator[Need]] = needing,
) -> Steps[None]:
    """Add to `hit` a node and all that breaks with it, pausing often. The graph may change meanwhile."""
    hit.add(node.id)
    front = [node]
    while front:
        # Between two turns what is around an object may change: its needs are read in one.
        for batch in batches(tuple(need.id for need in step(graph, front.pop())), _BATCH):
            for other in batch:
                if other not in hit and (found := graph.get(other)) is not None:
                    hit.add(other)
                    front.append(found)
            yield
        yield
