"""At rest: what stands above workloads that somebody scaled to zero, and has nothing else to serve."""

from __future__ import annotations

from collections.abc import Sequence

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Verdict
from astrolabe.kinds.models.replicas import AT_REST

_NAMED_AT_MOST = 3
"""Workloads that are named, at most."""


def at_rest(node: Node) -> bool:
    """Whether a node is at rest."""
    return node.status == "Ready" and node.reason == AT_REST


def resting(below: Sequence[Node]) -> Verdict | None:
    """Return the verdict of what serves nothing but these, None unless there are some and all are at rest."""
    if not below or not all(at_rest(node) for node in below):
        return None
    ordered = sorted(below, key=lambda node: node.id)
    names = ", ".join(f"{node.facts.kind} {node.facts.name}" for node in ordered[:_NAMED_AT_MOST])
    more = f" and {len(ordered) - _NAMED_AT_MOST} more" if len(ordered) > _NAMED_AT_MOST else ""
    words = ordered[0].message.partition(" (")[0]
    text = f"{names}{more}: {words[:1].lower()}{words[1:]}"
    return Verdict("Ready", AT_REST, text, max(node.since for node in ordered))
