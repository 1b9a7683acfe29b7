"""One object of any kind, in any namespace or none, and everything that is directly related to it."""

from __future__ import annotations

from dashboards.queries.promql import CLUSTER, distinct, labelled, renamed
from dashboards.queries.rolled_up import EDGE, one_status

OBJECT = "$object"


def gone() -> str:
    """Return what the object refers to and what does not exist."""
    return distinct(f'astrolabe_reference_missing_info{{{CLUSTER}, source="{OBJECT}"}}', *EDGE)


def every_edge() -> str:
    """Return all edges from and to the object; missing references first."""
    out = f'astrolabe_edge_info{{{CLUSTER}, source="{OBJECT}"}}'
    back = f'astrolabe_edge_info{{{CLUSTER}, target="{OBJECT}"}}'
    return f"(2 * {gone()} or {distinct(f'({out} or {back})', *EDGE)})"


def neighbours() -> str:
    """Return the ids of the object and of everything that is related to it."""
    edges = every_edge()
    return distinct(f"({renamed(edges, 'id', 'source')} or {renamed(edges, 'id', 'target')})", "id")


def attributes() -> str:
    """Return for each id that an edge may name its status in the label `mainstat`, exactly once."""
    # Only the neighbours' statuses are grouped: a cluster has a hundred thousand.
    status = f"(astrolabe_resource_status{{{CLUSTER}}} and on (cluster, id) {neighbours()})"
    missing = labelled(distinct(renamed(gone(), "id", "target"), "id"), "mainstat", "Missing")
    unknown = labelled(neighbours(), "mainstat", "Unknown")
    return f"({one_status(status)} or on (cluster, id) {missing} or on (cluster, id) {unknown})"
