"""A right that is missing: what the API server refused to a Pod's own account, as the Pod's words tell it.

`pods is forbidden: User "system:serviceaccount:shop:web" cannot list resource "pods" in API group "" in the
namespace "shop"`. Whether the right has been granted since is not asked: the Pod tells once it works.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from astrolabe.derived.diagnosis.search import Cause
from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations

REASON = "Forbidden"

_QUOTE = r'\\{0,3}"'
_DENIED = re.compile(
    rf"User {_QUOTE}system:serviceaccount:(?P<home>[a-z0-9-]{{1,63}}):"
    rf"(?P<account>[a-z0-9.-]{{1,253}}){_QUOTE}"
    rf" cannot (?P<verb>[a-z]{{1,32}}) resource {_QUOTE}(?P<resource>[a-z0-9./-]{{1,253}}){_QUOTE}"
    rf" in API group {_QUOTE}(?P<group>[a-z0-9.-]{{0,253}}){_QUOTE}"
    rf"(?: in the namespace {_QUOTE}(?P<namespace>[a-z0-9-]{{1,63}}){_QUOTE})?"
)


class Denied(NamedTuple):
    """What an account was refused."""

    account: str
    """Id."""
    verb: str
    resource: str
    """With its subresource: `pods/log`."""
    group: str
    namespace: str
    """Empty for the whole cluster."""

    @property
    def sentence(self) -> str:
        """What is missing, and what would grant it."""
        where = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        role = "Role" if self.namespace else "ClusterRole"
        rule = f'verbs ["{self.verb}"], resources ["{self.resource}"], apiGroups ["{self.group}"]'
        bound = f"{role}Binding"
        return (
            f"It may not {self.verb} {self.resource} {where}. A {role} with {rule}, given to it by a {bound},"
            " would grant it"
        )


def denied(node: Node) -> Denied | None:
    """Return what a node's words say that its own account may not do; None where they say no such thing."""
    found = _DENIED.search(node.message)
    if found is None:
        return None
    account = f"ServiceAccount/{found['home']}/{found['account']}"
    if not any(ref.type == "uses-sa" and ref.target == account for ref in node.facts.refs):
        return None
    return Denied(account, found["verb"], found["resource"], found["group"], found["namespace"] or "")


def refusal(graph: Relations, start: Node, cause: Cause) -> Denied | None:
    """Return what the cause of a node lacks, where the cause is an account that was refused something.

    An account is well: what it lacks is told by who was refused, one step before it.
    """
    before = graph.get(cause.path[-2]) if cause.distance > 1 else start
    refused = denied(before) if before is not None else None
    return refused if refused is not None and refused.account == cause.id else None


def said(account: str, refused: Iterable[Denied]) -> str:
    """Return what is to be said of an account that was refused this; empty where it was refused nothing."""
    mine = sorted({each for each in refused if each.account == account})
    if not mine:
        return ""
    more = f"; {len(mine) - 1} more of its requests are refused" if len(mine) > 1 else ""
    return mine[0].sentence + more
