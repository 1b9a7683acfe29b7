"""What an object has from the controllers above it: its topmost controller and its Helm release."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from astrolabe.graph.delta import Node, Root
from astrolabe.graph.facts import Facts, Owner, Release


def lineage(
    facts: Facts, meant: Callable[[Owner, str], Facts | None]
) -> tuple[Root | None, Release | None, str]:
    """Walk up the controllers; return the topmost one, the nearest release and the nearest chart.

    `meant` finds the owner that an object of a namespace names.
    A topmost controller that is not in the graph is still named, from the reference to it. Controllers that
    own each other in a circle, which the API server does not forbid, have no topmost one.
    """
    release, chart = facts.release, facts.chart
    if not facts.owners:
        return None, release, chart
    current, seen = facts, {facts.id}
    while (controller := current.controller) is not None:
        parent = meant(controller, current.namespace)
        if parent is None:
            return _root(controller.kind, controller.name), release, chart
        if parent.id in seen:
            return None, release, chart
        seen.add(parent.id)
        release = release or parent.release
        chart = chart or parent.chart
        current = parent
    return (_root(current.kind, current.name) if current is not facts else None), release, chart


def inherited(facts: Facts, parent: Node) -> tuple[Root | None, Release | None, str]:
    """Return the same for an object that owns nothing, from what its controller has inherited."""
    above = parent.facts
    root = parent.root if above.controller is not None else _root(above.kind, above.name)
    return root, facts.release or parent.release, facts.chart or parent.chart


@lru_cache(1 << 13)
def _root(kind: str, name: str) -> Root:
    return Root(kind, name)
