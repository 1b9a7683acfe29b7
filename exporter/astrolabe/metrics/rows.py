"""The rows of one node: pure functions from a node to label values.

A function returns None where the node has no sample in the family. Two equal answers render equal text, so
the exposition compares them before it renders anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from astrolabe.derived.diagnosis import causes as diagnosis
from astrolabe.derived.diagnosis.forbidden import REASON as FORBIDDEN
from astrolabe.derived.diagnosis.forbidden import refusal
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.derived.diagnosis.search import Cause
from astrolabe.derived.diagnosis.steady import steady
from astrolabe.derived.diagnosis.stories import Standing
from astrolabe.graph.delta import Missing, Node
from astrolabe.graph.facts import kind_of, scope_of
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import ElsewhereDetail, PodDetail
from astrolabe.metrics import families
from astrolabe.metrics.family import Family
from astrolabe.metrics.labels import label_pairs
from astrolabe.metrics.shares import Shares

NOT_FOUND = "NotFound"
"""The reason of an object that does not exist."""

Values: TypeAlias = tuple[str, ...]
Row: TypeAlias = tuple[Values, float, str]
"""Label values, the sample's value, and further labels already rendered."""


def info(node: Node) -> Row:
    """Every node, with what identifies it and its Helm release."""
    facts = node.facts
    release = node.release.name if node.release is not None else ""
    return (
        (
            facts.id,
            facts.kind,
            facts.group,
            facts.namespace,
            facts.name,
            facts.uid,
            facts.api_version,
            release,
            node.chart,
        ),
        1,
        "",
    )


def status(node: Node) -> Row:
    """Every node, with the status that holds and its reason."""
    facts = node.facts
    verdict = node.verdict
    return (facts.id, facts.kind, facts.namespace, facts.name, verdict.status, verdict.reason), 1, ""


def since(node: Node) -> Row | None:
    """Nodes that are not Ready and say since when."""
    facts = node.facts
    if not node.since or not unhealthy(node):
        return None
    return (facts.id, facts.kind, facts.namespace, facts.name), node.since, ""


def created(node: Node) -> Row | None:
    """Nodes whose creation time is known."""
    facts = node.facts
    if not facts.created:
        return None
    return (facts.id, facts.kind, facts.namespace, facts.name), facts.created, ""


def workload(node: Node) -> Row | None:
    """Pods, with their topmost controller; a Pod without one is its own workload."""
    facts = node.facts
    if facts.kind != "Pod":
        return None
    root = node.root
    runs_on = facts.detail.node if isinstance(facts.detail, PodDetail) else ""
    return (
        (
            facts.namespace,
            facts.name,
            facts.uid,
            runs_on,
            root.kind if root is not None else "Pod",
            root.name if root is not None else facts.name,
            node.release.name if node.release is not None else "",
        ),
        1,
        "",
    )


def labels(wanted: Mapping[str, tuple[str, ...]]) -> Callable[[Node], Row | None]:
    """Nodes of the kinds whose labels are asked for, where they have any of those labels."""

    def row(node: Node) -> Row | None:
        facts = node.facts
        pairs = label_pairs(facts.labels, wanted.get(facts.kind, ()))
        return ((facts.id, facts.kind, facts.namespace, facts.name), 1, pairs) if pairs else None

    return row


def causes(graph: Relations, node: Node, found: Iterable[Cause]) -> Iterator[Values]:
    """Yield the label values of each cause of a node that is not Ready."""
    facts = node.facts
    for cause in found:
        yield (
            facts.id,
            facts.kind,
            facts.namespace,
            facts.name,
            cause.id,
            kind_of(cause.id),
            str(cause.distance),
            _reason(graph, node, cause),
        )


def _reason(graph: Relations, start: Node, cause: Cause) -> str:
    node = None if cause.missing else graph.get(cause.id)
    if node is None:
        return NOT_FOUND
    return FORBIDDEN if refusal(graph, start, cause) is not None else node.reason


def standing(graph: Relations, told: Standing, *, messages: bool) -> Iterator[Values]:
    """Yield the label values of a cause: of the object, and of what does not exist, where that is one.

    Without `messages` no text of others is among them.
    """
    node = graph.get(told.id) if told.found else None
    if node is not None:
        reason, message = (FORBIDDEN, told.denial) if told.denial else (node.reason, node.message)
        yield (*_place(told.id), reason, steady(message) if messages else "")
    if told.missing:
        yield (*_place(told.id), NOT_FOUND, "It does not exist" if messages else "")


def _place(node_id: str) -> Values:
    """Return an id, and the kind, namespace and name that it is made of."""
    kind, namespace = scope_of(node_id)
    return node_id, kind, namespace, node_id.removeprefix(f"{kind}/").removeprefix(f"{namespace}/")


def impact(graph: Relations, node: Node, shares: Shares | None = None) -> tuple[Values, float]:
    """Return the label values of a node that is not Ready, and how many Services and Ingresses need it.

    With `shares` those of this shard alone are counted.
    """
    facts = node.facts
    hit = sum(
        kind_of(other) in ("Service", "Ingress")
        and (shares is None or ((found := graph.get(other)) is not None and shares.node(found.facts)))
        for other in diagnosis.served_by(graph, node)
    )
    return (facts.id, facts.kind, facts.namespace, facts.name), hit


NODE_ROWS: tuple[tuple[Family, Callable[[Node], Row | None]], ...] = (
    (families.RESOURCE_INFO, info),
    (families.RESOURCE_STATUS, status),
    (families.RESOURCE_SINCE, since),
    (families.RESOURCE_CREATED, created),
    (families.POD_WORKLOAD_INFO, workload),
)


def remote(node: Node) -> tuple[Values, ...]:
    """Return the label values of each relation of a node to an object of another cluster."""
    facts = node.facts
    detail = facts.detail
    if not isinstance(detail, ElsewhereDetail):
        return ()
    return tuple(
        (
            each.type,
            facts.namespace,
            facts.id,
            facts.kind,
            each.cluster,
            each.server,
            each.target,
            kind_of(each.target),
        )
        for each in detail.edges
    )


def differ_in_status_alone(before: Node, after: Node) -> bool:
    """Whether two states of an object have the same rows but for those of the status, as after most events.

    Facts hold what stays as the same Python objects (`Facts.keep`).
    """
    old, new = before.facts, after.facts
    return (
        old.detail is new.detail
        and old.uid is new.uid
        and old.labels is new.labels
        and before.root is after.root
        and before.release is after.release
        and before.chart == after.chart
        and old.api_version == new.api_version
        and old.created == new.created
    )


def missing(missing: Missing) -> Values:
    """Return the label values of a missing reference."""
    return (
        missing.type,
        missing.namespace,
        missing.source,
        kind_of(missing.source),
        missing.target,
        kind_of(missing.target),
        "true" if missing.optional else "false",
    )
