"""The permissions that the program needs, from the same table that it watches by.

What is read is listed and watched; `get` belongs to every role that reads, and costs nothing more: who may
list may read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.registry import KINDS

VERBS = ("get", "list", "watch")

Rule = dict[str, list[str]]


def table() -> list[dict[str, Any]]:
    """Return every built-in kind as the chart needs it, in the order of the registry."""
    return [
        {
            "resource": kind.resource,
            "group": kind.group,
            "plural": kind.plural,
            "namespaced": kind.namespaced,
        }
        for kind in KINDS
    ]


def rules(kinds: Iterable[Kind] = KINDS) -> list[Rule]:
    """Return one rule for each API group, in the order of the registry."""
    plurals: dict[str, list[str]] = {}
    for kind in kinds:
        plurals.setdefault(kind.group, []).append(kind.plural)
    return [_rule(group, resources) for group, resources in plurals.items()]


def namespace_rules() -> list[Rule]:
    """Return what a Role grants: all kinds that live in namespaces."""
    return rules(kind for kind in KINDS if kind.namespaced)


def _rule(group: str, resources: list[str]) -> Rule:
    return {"apiGroups": [group], "resources": resources, "verbs": list(VERBS)}
