"""Ingresses are judged by the Services behind them, by their certificates and by their class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts, Verdict, kind_of
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds.ingress import NO_ADDRESS
from astrolabe.kinds.judges.rest import at_rest, resting
from astrolabe.kinds.models.details import Backend, IngressDetail, ServiceDetail

UNAVAILABLE = "BackendsUnavailable"
_NAMED_AT_MOST = 3


class Backends(NamedTuple):
    """What is behind an entry point."""

    dead: list[str]
    """What cannot answer, in words."""
    resting: list[Node]
    alive: int


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how an Ingress is."""
    detail = facts.detail
    if not isinstance(detail, IngressDetail):
        return facts.verdict
    behind = judge_backends(detail.backends, view)
    if behind.dead and not behind.alive:
        return Verdict("Error", UNAVAILABLE, _listed(behind.dead))
    if behind.dead:
        return Verdict("Pending", UNAVAILABLE, _listed(behind.dead))
    if not behind.alive and (rest := resting(behind.resting)) is not None:
        return rest
    return _lacks(facts, view) or _without_class(facts, view) or facts.verdict


def judge_backends(backends: Sequence[Backend], view: Relations) -> Backends:
    """Tell what can answer from what cannot and from what is at rest."""
    dead: list[str] = []
    sleeping: list[Node] = []
    alive = 0
    for backend in backends:
        node = view.get(backend.target)
        name = backend.target.rpartition("/")[2]
        kind = kind_of(backend.target)
        if node is None:
            # Only of a kind that is known completely is it sure that something is missing.
            if view.covers(kind, backend.target.split("/")[1]):
                dead.append(f"{kind} {name} does not exist")
            else:
                alive += 1
        elif at_rest(node):
            sleeping.append(node)
        elif node.status == "Error":
            dead.append(f"{kind} {name}: {node.message}")
        elif (port := _closed(backend, node)) != "":
            dead.append(f"{kind} {name} has no port {port}")
        else:
            alive += 1
    return Backends(list(dict.fromkeys(dead)), sleeping, alive)


def _closed(backend: Backend, node: Node) -> str:
    """Return the port that is asked for where the Service has none such; empty where it has."""
    detail = node.facts.detail
    if not backend.port or not isinstance(detail, ServiceDetail) or not detail.ports:
        return ""
    known = {port.name for port in detail.ports} | {str(port.number) for port in detail.ports}
    return "" if backend.port in known else backend.port


def _lacks(facts: Facts, view: Relations) -> Verdict | None:
    node = view.get(facts.id)
    assert node is not None
    for missing in view.missing_of(node):
        if missing.optional:
            continue
        name = missing.target.rpartition("/")[2]
        if missing.type == "uses-secret":
            return Verdict("Pending", "SecretNotFound", f"Its TLS Secret {name} does not exist")
        if missing.type == "classifies":
            return Verdict("Pending", "IngressClassNotFound", f"Its IngressClass {name} does not exist")
    return None


def _without_class(facts: Facts, view: Relations) -> Verdict | None:
    """Say that nobody may feel asked: it names no class, and there is no default one."""
    if facts.reason != NO_ADDRESS.reason or not view.covers("IngressClass"):
        return None
    if any(ref.alias and view.resolve(ref) is None for ref in facts.refs):
        words = f"{facts.verdict.message}: it names no class, and no IngressClass is the default"
        return Verdict(facts.status, facts.reason, words, facts.verdict.since)
    return None


def _listed(words: Sequence[str]) -> str:
    more = f"; {len(words) - _NAMED_AT_MOST} more" if len(words) > _NAMED_AT_MOST else ""
    return "; ".join(words[:_NAMED_AT_MOST]) + more


JUDGE = Judge(
    judge,
    frozenset({"routes-to", "uses-secret", "classifies"}),
    frozenset({"Service", "Secret", "IngressClass"}),
)
