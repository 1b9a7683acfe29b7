"""Services are judged by their EndpointSlices, and by the workloads whose Pods they would select."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts, Labels, Requirement, Verdict
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds import podmaker
from astrolabe.kinds.judges.rest import resting
from astrolabe.kinds.models.details import ServiceDetail, SliceDetail

NO_ENDPOINTS = "NoReadyEndpoints"
UNMATCHED = "SelectorMatchesNothing"
_NOT_KNOWN = Verdict("Unknown", message="Objects of kind EndpointSlice are not known")
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", *sorted(podmaker.NAMES))


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how a Service is: Error when nothing can answer, at rest when that is wanted."""
    if not facts.selections:
        return facts.verdict
    if not view.covers("EndpointSlice", facts.namespace):
        return _NOT_KNOWN
    node = view.get(facts.id)
    assert node is not None
    slices = [found for found in _slices(view, node) if found.facts.status == "Ready"]
    if slices:
        return _unserved(facts, slices) or facts.verdict
    makers = list(view.makers(node))
    if (rest := resting(makers)) is not None:
        return rest
    pods = [target for edge_type, target in view.selected_ids(node) if edge_type == "selects"]
    if pods:
        return Verdict("Error", NO_ENDPOINTS, f"None of its {_count(len(pods), 'Pod')} is ready")
    if makers:
        names = ", ".join(sorted(f"{each.facts.kind} {each.facts.name}" for each in makers)[:3])
        return Verdict("Error", NO_ENDPOINTS, f"{names} has no Pods")
    return Verdict("Error", UNMATCHED, _nothing(facts, view))


def _slices(view: Relations, node: Node) -> Iterable[Node]:
    for ref, source in view.referrers(node):
        if ref.type != "endpoints":
            continue
        found = view.get(source)
        if found is not None and found.facts.kind == "EndpointSlice":
            yield found


def _unserved(facts: Facts, slices: list[Node]) -> Verdict | None:
    """Return which port leads nowhere: the named target port is one that no container declares."""
    served: set[str] = set()
    for each in slices:
        if isinstance(each.facts.detail, SliceDetail):
            served.update(each.facts.detail.ports)
    detail = facts.detail
    ports = detail.ports if isinstance(detail, ServiceDetail) else ()
    lost = [port for port in ports if port.target and port.name not in served]
    if not lost:
        return None
    first = lost[0]
    port = f"Port {first.name or first.number}"
    words = f"{port} leads to the target port {first.target}, which no container declares"
    return Verdict("Error" if len(lost) == len(ports) else "Pending", "TargetPortNotFound", words)


def _nothing(facts: Facts, view: Relations) -> str:
    """Say that a selector matches no Pod and no workload's template, and which labels come nearest to it."""
    requirements = facts.selections[0].requirements
    asked = ",".join(_written(each) for each in requirements)
    nearest = _nearest(requirements, facts.namespace, view)
    if nearest is None:
        return f"Its selector {asked} matches no Pod and no workload"
    labels, node = nearest
    keys = {each.key for each in requirements}
    near = ",".join(f"{key}={value}" for key, value in labels if key in keys)
    return (
        f"Its selector {asked} matches no Pod; the nearest is {near} of {node.facts.kind} {node.facts.name}"
    )


def _nearest(
    requirements: Iterable[Requirement], namespace: str, view: Relations
) -> tuple[Labels, Node] | None:
    """Return the labels of the workload that carries most of the selector's keys, matching values first."""
    wanted = {each.key: each.values for each in requirements}
    best: tuple[int, int, str] | None = None
    found: tuple[Labels, Node] | None = None
    for kind in _WORKLOADS:
        for node_id in view.of_kind(kind, namespace):
            node = view.get(node_id)
            labels = node.facts.template if node is not None else None
            if node is None or labels is None:
                continue
            keys = sum(key in wanted for key, _ in labels)
            values = sum(value in wanted.get(key, ()) for key, value in labels)
            rank = (-keys, -values, node_id)
            if keys and (best is None or rank < best):
                best, found = rank, (labels, node)
    return found


def _written(requirement: Requirement) -> str:
    return f"{requirement.key}={'|'.join(requirement.values)}" if requirement.values else requirement.key


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


JUDGE = Judge(
    judge,
    frozenset({"endpoints", "selects"}),
    frozenset({"EndpointSlice", "Pod", *_WORKLOADS}),
    by_template=True,
    present=frozenset({"Pod"}),
    wide=frozenset({UNMATCHED}),
)
