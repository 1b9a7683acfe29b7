"""What a Helm release is made of: its own objects, and what they reach.

A release reaches along relations, never against them: from a workload to its Pods, from a Service to its
EndpointSlices and Pods, from a Pod to what it mounts and uses, from a claim to its volume and class. What
belongs to no release may be reached from several and stands in each; what belongs to another is never
reached, nor is what lies behind it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import EdgeType, Release
from astrolabe.graph.relations import Relations

REACHED = frozenset(
    {
        "Pod",
        "ReplicaSet",
        "EndpointSlice",
        "ConfigMap",
        "Secret",
        "ServiceAccount",
        "Service",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "StorageClass",
    }
)
"""Kinds that are shown with a release although they are no part of it."""

_ALONG: frozenset[EdgeType] = frozenset(
    {"endpoints", "routes-to", "mounts", "binds", "uses-configmap", "uses-secret", "uses-sa"}
)
_AGAINST: EdgeType = "provisions"
"""A claim reaches its class, not the class all of its claims."""
_NAMED_BY_TARGETS = frozenset({"Service", "PersistentVolumeClaim"})
"""What EndpointSlices and volumes name. Who else refers to a node does not matter, and may be thousands."""


def named(graph: Relations, name: str, namespace: str = "") -> list[Release]:
    """Return the releases of a name that have objects, in one namespace or in all, in order."""
    return sorted(
        release
        for release in graph.releases()
        if release.name == name and namespace in ("", release.namespace)
    )


def reach(graph: Relations, release: Release) -> Generator[str, None, set[str]]:
    """Find the ids of objects that belong to a release or that it reaches; yields each when it is found."""
    found = set(graph.of_release(release))
    front = sorted(found)
    while front:
        node_id = front.pop()
        yield node_id
        node = graph.get(node_id)
        if node is None:
            continue
        for other_id in _targets(graph, node):
            if other_id in found:
                continue
            other = graph.get(other_id)
            if other is not None and other.release is None and other.facts.kind in REACHED:
                found.add(other_id)
                front.append(other_id)
    return found


def _targets(graph: Relations, node: Node) -> Iterator[str]:
    for ref, other in graph.references(node):
        if (ref.type == _AGAINST) if ref.reverse else (ref.type in _ALONG):
            yield other
    if node.facts.kind in _NAMED_BY_TARGETS:
        for ref, other in graph.referrers(node):
            if ref.reverse and ref.type in _ALONG:
                yield other
    yield from graph.owned_ids(node)
    if node.facts.kind == "Service":
        # A policy or a budget may select all Pods of its namespace: these are not what a release is made of.
        for _, other in graph.selected_ids(node):
            yield other
