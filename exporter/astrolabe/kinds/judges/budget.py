"""PodDisruptionBudgets are at rest with the workloads whose Pods they would protect."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds.judges.rest import resting

_WORKLOADS = ("Deployment", "StatefulSet", "ReplicaSet")


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how a PodDisruptionBudget is."""
    if facts.status != "Pending":
        return facts.verdict
    node = view.get(facts.id)
    assert node is not None
    return resting(list(view.makers(node))) or facts.verdict


JUDGE = Judge(judge, frozenset({"selects"}), frozenset({*_WORKLOADS}), by_template=True)
