"""A webhook that must be asked and cannot be: its Service is missing, has no endpoints or not that port."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds.judges.ingress import judge_backends
from astrolabe.kinds.models.details import WebhookDetail


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how a configuration of webhooks is."""
    detail = facts.detail
    if not isinstance(detail, WebhookDetail) or not detail.required:
        return facts.verdict
    dead = judge_backends(detail.backends, view).dead
    if not dead:
        return facts.verdict
    return Verdict(
        "Error", "WebhookUnavailable", f"Requests are refused, since it cannot be asked: {'; '.join(dead)}"
    )


JUDGE = Judge(judge, frozenset({"calls"}), frozenset({"Service"}))
