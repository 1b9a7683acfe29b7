"""Custom resources are judged by what they refer to, where their own status says nothing of it.

A route whose Gateway does not exist has no status at all: nobody has looked at it.
"""

from __future__ import annotations

from collections.abc import Sequence

from astrolabe.graph.facts import EdgeType, Facts, Verdict, kind_of
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds.judges.ingress import UNAVAILABLE, judge_backends
from astrolabe.kinds.judges.rest import resting
from astrolabe.kinds.models.details import Backend, RouteDetail

REFERENCES: frozenset[EdgeType] = frozenset(
    {"refers", "parent", "routes-to", "classifies", "scales", "uses-secret"}
)
"""The relations that the table of references makes."""


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how a custom resource is."""
    own = facts.verdict
    if not facts.refs or own.status == "Error":
        return own
    node = view.get(facts.id)
    assert node is not None
    routed = _backends(facts)
    if routed:
        behind = judge_backends(routed, view)
        if behind.dead:
            return Verdict("Pending" if behind.alive else "Error", UNAVAILABLE, "; ".join(behind.dead[:3]))
        if not behind.alive and (rest := resting(behind.resting)) is not None:
            return rest
    if own.status == "Ready":
        return own
    for missing in view.missing_of(node):
        if missing.type in REFERENCES and not missing.optional:
            kind = kind_of(missing.target).partition(".")[0]
            words = f"{kind} {missing.target.rpartition('/')[2]} does not exist"
            return Verdict("Error", "ReferenceNotFound", words, own.since)
    return own


def _backends(facts: Facts) -> Sequence[Backend]:
    """Return where an entry point leads to, with the ports where it is known to name them."""
    if isinstance(facts.detail, RouteDetail):
        return facts.detail.backends
    return [Backend(ref.target) for ref in facts.refs if ref.type == "routes-to" and not ref.optional]


JUDGE = Judge(judge, REFERENCES, frozenset())
"""It hears neighbours of any kind."""
