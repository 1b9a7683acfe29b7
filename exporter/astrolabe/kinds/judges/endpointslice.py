"""EndpointSlices are at rest with their Service."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds.judges.rest import at_rest


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how an EndpointSlice is."""
    if facts.status != "Pending":
        return facts.verdict
    node = view.get(facts.id)
    assert node is not None
    for ref, target in view.references(node):
        service = view.get(target)
        if ref.type == "endpoints" and ref.reverse and service is not None and at_rest(service):
            return service.verdict
    return facts.verdict


JUDGE = Judge(judge, frozenset({"endpoints"}), frozenset({"Service"}))
