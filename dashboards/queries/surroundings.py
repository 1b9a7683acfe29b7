"""One object of any kind, in any namespace or none, and everything that is directly related to it."""

from __future__ import annotations

from dashboards.queries.promql import CLUSTER, distinct, labelled, renamed
from dashboards.queries.rolled_up import EDGE, one_status, released

OBJECT = "${object:raw}"


def itself() -> str:
    """Return the id of the object, while it exists."""
    return distinct(f'astrolabe_resource_status{{{CLUSTER}, id="{OBJECT}"}}', "id")


def gone() -> str:
    """Return what the object refers to and what does not exist; and who refers to it, where it does not."""
    out = f'astrolabe_reference_missing_info{{{CLUSTER}, source="{OBJECT}"}}'
    back = f'astrolabe_reference_missing_info{{{CLUSTER}, target="{OBJECT}"}}'
    return distinct(f"({out} or {back})", *EDGE, "optional")


def related() -> str:
    """Return the edges from and to the object."""
    out = f'astrolabe_edge_info{{{CLUSTER}, source="{OBJECT}"}}'
    back = f'astrolabe_edge_info{{{CLUSTER}, target="{OBJECT}"}}'
    return distinct(f"({out} or {back})", *EDGE)


def every_edge() -> str:
    """Return all edges from and to the object; missing references first."""
    return f"(2 * {gone()} or {related()})"


def neighbours() -> str:
    """Return the ids of the object and of everything that is related to it."""
    edges = every_edge()
    ends = f"{renamed(edges, 'id', 'source')} or {renamed(edges, 'id', 'target')}"
    return f"({distinct(f'({ends})', 'id')} or {itself()})"


def attributes() -> str:
    """Return for each id that an edge may name its status in the label `mainstat`, exactly once.

    What is missing and only optional has `detail__optional`.
    """
    # Only the neighbours' statuses are grouped: a cluster has a hundred thousand.
    status = f"(astrolabe_resource_status{{{CLUSTER}}} and on (cluster, id) {neighbours()})"
    needed = _missing('optional!="true"')
    wanted = labelled(_missing('optional="true"'), "detail__optional", "true")
    unknown = labelled(neighbours(), "mainstat", "Unknown")
    known = one_status(status, f"({released(CLUSTER)} and on (cluster, id) {neighbours()})")
    return " or on (cluster, id) ".join((f"({known}", needed, wanted, f"{unknown})"))


def _missing(matchers: str) -> str:
    out = f'astrolabe_reference_missing_info{{{CLUSTER}, source="{OBJECT}", {matchers}}}'
    back = f'astrolabe_reference_missing_info{{{CLUSTER}, target="{OBJECT}", {matchers}}}'
    ids = distinct(renamed(f"({out} or {back})", "id", "target"), "id")
    return labelled(ids, "mainstat", "Missing")
