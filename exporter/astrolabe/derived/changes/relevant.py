"""What changed around an object in the half hour before it came to what it is: rule 10 of docs/causes.md."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.derived.changes.recent import Change, Recent
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import object_id
from astrolabe.graph.relations import Relations

WINDOW_SECONDS = 1800.0
"""How long before the fault a change may have been to be given with it."""
_CLOCKS = 60.0
"""Seconds that clocks may differ, and that a fault may be noted before what is noticed of its change."""
GIVEN = 5
"""Changes that are given with one diagnosis, at most."""


def around(graph: Relations, recent: Recent, node_id: str, now: float) -> list[Change]:
    """Return the changes that may have to do with how an object is, the newest first.

    Of what does not exist any more, all that is kept: its end is the fault.
    """
    node = graph.get(node_id)
    if node is None:
        return sorted(recent.of(node_id), key=_newest)
    since = node.since or now
    found = {
        (change.id, change.sort): change
        for each in _places(graph, node)
        for change in recent.of(each)
        if since - WINDOW_SECONDS <= change.at <= since + _CLOCKS
    }
    return sorted(found.values(), key=_newest)[:GIVEN]


def _places(graph: Relations, node: Node) -> Iterator[str]:
    """Yield the ids whose changes matter to an object: itself, its workload, what both use, its Node."""
    of = [node]
    if node.root is not None:
        root = graph.get(object_id(node.root.kind, node.facts.namespace, node.root.name))
        if root is not None:
            of.append(root)
    for each in of:
        yield each.id
        for ref in each.facts.refs:
            if ref.type in ("uses-configmap", "uses-secret", "runs-on"):
                yield ref.target


def _newest(change: Change) -> tuple[float, str, str]:
    return -change.at, change.id, change.sort
