"""Volumes that are not attached: which Pods wait for them, and who or what holds them up. Pure.

A Pod does not refer to the VolumeAttachments of its volumes. The way leads through its claims: a Pod mounts a
claim, which is bound to a volume, which is attached to a Node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from astrolabe.graph.delta import Edge, Node
from astrolabe.graph.facts import EdgeType
from astrolabe.graph.relations import Relations

ATTACHMENT = "VolumeAttachment"
LEADING: frozenset[EdgeType] = frozenset({"mounts", "binds"})
"""Relations that lead from a Pod to the attachments of its volumes."""
REFUSED = "FailedAttachVolume"
"""The reason of a Pod whose volume cannot be attached to its Node."""
_WAITING = frozenset({REFUSED, "FailedMount", "ContainerCreating"})
"""Reasons of Pods that may wait for a volume."""
_ELSEWHERE = "Multi-Attach"
"""A word of what is said where the volume is attached to another Node."""
_MOUNTING = 16
"""Pods that mount one claim, at most, among which who holds a volume is looked for: few share one."""


def holding_up(graph: Relations, pod: Node) -> Iterator[str]:
    """Yield what keeps volumes from a Pod: attachments that fail, and what holds them on another Node.

    An attachment to another Node that is well holds a volume only where that Node can no longer let it go.
    """
    if pod.facts.kind != "Pod" or pod.reason not in _WAITING:
        return
    elsewhere = pod.reason == REFUSED and _ELSEWHERE in pod.message
    own = {ref.target for ref in pod.facts.refs if ref.type == "runs-on"}
    for each in _attachments(graph, pod):
        here = any(ref.target in own for ref in each.facts.refs)
        if (_unwell(each) and (here or elsewhere)) or (elsewhere and not here and _is_lost(graph, each)):
            yield each.id
    for other in _sharing(graph, pod) if elsewhere else ():
        node = graph.get(other)
        if node is not None and _unwell(node) and node.reason != REFUSED:
            yield other


def held_up(graph: Relations, node: Node) -> Iterator[str]:
    """Yield the Pods that a Pod or an attachment may hold up."""
    if node.facts.kind == "Pod":
        yield from _waiting(graph, _sharing(graph, node))
    elif node.facts.kind == ATTACHMENT:
        volumes = (ref.target for ref in node.facts.refs if ref.target.startswith("PersistentVolume/"))
        for claim in chain.from_iterable(map(graph.referring, volumes)):
            if claim.startswith("PersistentVolumeClaim/"):
                yield from _waiting(graph, graph.referring(claim))


def leads_on(graph: Relations, edge: Edge) -> bool:
    """Whether a relation that came or went may have led from a Pod that waits to an attachment."""
    if edge.type not in LEADING or not graph.of_kind(ATTACHMENT):
        return False
    node = graph.get(edge.source)
    return node is not None and (edge.type == "binds" or node.reason in _WAITING)


def _waiting(graph: Relations, ids: Iterable[str]) -> Iterator[str]:
    for each in ids:
        node = graph.get(each)
        if node is not None and node.facts.kind == "Pod" and node.reason in _WAITING:
            yield each


def _unwell(node: Node) -> bool:
    return node.status in ("Error", "Pending")


def _is_lost(graph: Relations, attachment: Node) -> bool:
    """Whether the Node of an attachment is not well, or does not exist."""
    if any(missing.type == "attaches" for missing in graph.missing_of(attachment)):
        return True
    return any(
        each.facts.kind == "Node" and _unwell(each) for each in _related(graph, attachment, "attaches")
    )


def _attachments(graph: Relations, pod: Node) -> Iterator[Node]:
    """Yield the attachments of a Pod's volumes, to any Node."""
    if not graph.of_kind(ATTACHMENT):
        return
    for claim in _related(graph, pod, "mounts"):
        for volume in _related(graph, claim, "binds"):
            for ref, other in graph.referrers(volume):
                attachment = graph.get(other) if ref.type == "attaches" else None
                if attachment is not None:
                    yield attachment


def _related(graph: Relations, node: Node, edge: EdgeType) -> Iterator[Node]:
    """Yield what a node refers to by one type, where that exists."""
    for ref, other in graph.references(node):
        found = graph.get(other) if ref.type == edge and not ref.reverse else None
        if found is not None:
            yield found


def _sharing(graph: Relations, pod: Node) -> Iterator[str]:
    """Yield the other Pods that mount a claim of a Pod."""
    for ref in pod.facts.refs:
        if ref.type == "mounts":
            mounting = graph.referring(ref.target)
            if len(mounting) <= _MOUNTING:
                yield from (each for each in mounting if each != pod.id and each.startswith("Pod/"))
