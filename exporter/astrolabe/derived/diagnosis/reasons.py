"""The direct reasons of an object: what it needs and what is unhealthy or missing, where that explains it.

Each rule is a function; docs/causes.md tells them with examples. Pure: they read the graph alone.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

import msgspec

from astrolabe.derived.diagnosis.attaching import holding_up
from astrolabe.derived.diagnosis.deleting import remaining
from astrolabe.derived.diagnosis.forbidden import denied
from astrolabe.derived.diagnosis.needs import Need, needs, needs_target
from astrolabe.derived.diagnosis.search import Reason
from astrolabe.graph.delta import Missing, Node, Root
from astrolabe.graph.facts import EdgeType
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.conditions import PRESSURES
from astrolabe.kinds.models.details import NodeDetail, PodDetail, WebhookDetail

TRANSPARENT = frozenset({"EndpointSlice"})
"""Kinds that only show how others are: never a cause, and looked through."""

STRUCTURAL: frozenset[EdgeType] = frozenset(
    {
        "routes-to",
        "classifies",
        "mounts",
        "binds",
        "provisions",
        "calls",
        "serves",
        "parent",
        "refers",
        "headless",
        "scales",
    }
)
"""Relations whose missing target hurts by its absence alone."""

ALIKE = 16
"""Things of one story that are looked into; what the others say is taken to be the same."""

BATCH = 256
"""Things that are looked at between two pauses."""

_WEBHOOK = re.compile(r'failed calling webhook "([^"]{1,253})"')
_QUOTA = re.compile(r"exceeded quota: ([a-z0-9.-]{1,253})")
_GROUP = re.compile(r"\b((?:custom\.|external\.)?metrics\.k8s\.io)(?:/(v[0-9][a-z0-9]{0,10}))?")
_TAINTS_ALONE = re.compile(
    r"0/\d{1,6} nodes are available: "
    r"(?:(?:, )?\d{1,6} node\(s\) "
    r"(?:had untolerated taint(?:\(s\)| \{[^}]{0,500}\})|were unschedulable))+\.?$"
)
"""What the scheduler says where nothing but taints keeps a Pod from all Nodes."""
_CONVERSION = re.compile(r"conversion webhook for ([a-z0-9.-]{1,253})/")
_DISCOVERY = "iscovery"
"""A word of what the namespace controller says where it cannot know all that there is to delete."""
_UNTOLERATED = "untolerated taint"
_STARTING = frozenset({"ContainerCreating", "Pending", "CreateContainerConfigError", "Unschedulable"})
_PRESSED = frozenset(
    {
        "ContainerCreating",
        "ContainersNotReady",
        "ContainerStatusUnknown",
        "Evicted",
        "FailedCreatePodSandBox",
        "NetworkNotReady",
        "NotReady",
        "Pending",
        "Terminating",
    }
)
"""Reasons of Pods that a shortage of their Node explains. Others are faults that a Pod has anywhere."""
_LEFT = frozenset({"Failed", "Succeeded"})


NOTED = frozenset({"QuotaUsedUp"})
"""Reasons of what is as it should be, and explains others nevertheless where their own words name it."""


def unhealthy(node: Node | None) -> bool:
    """Whether a node can be the reason for something; what is Unknown is not known to be."""
    return node is not None and node.verdict.status in ("Error", "Pending")


def tells(node: Node | None) -> bool:
    """Whether a node is unhealthy or noted: what can be a cause at all."""
    if node is None:
        return False
    verdict = node.verdict
    return verdict.status in ("Error", "Pending") or verdict.reason in NOTED


def reasons(graph: Relations, of: Reason) -> Iterator[Reason | None]:
    """Yield the direct reasons of an object; of a missing one: its producer, where that is unhealthy.

    None is a pause among many: only there the graph may change.
    """
    node = graph.get(of.id)
    if node is None or of.missing:
        yield from _producers(graph, of.id)
        return
    yield from _needed(graph, node)
    node = graph.get(of.id)
    if node is None:
        return
    for missing in graph.missing_of(node):
        if hurts(node, missing):
            yield Reason(missing.target, missing=True)
    yield from _named(graph, node)
    for each in remaining(graph, node):
        yield Reason(each) if each is not None else None
    if node.facts.selections and not any(True for _ in graph.selected_ids(node)):
        # No Pod is there to ask: the workloads that would make some know why.
        for maker in graph.makers(node):
            if unhealthy(maker):
                yield Reason(maker.id)


def _needed(graph: Relations, node: Node) -> Iterator[Reason | None]:
    """Yield what is unhealthy of what a node needs, of each story some; through what is transparent."""
    stories: dict[object, int] = {}
    found: list[Need] = []
    living = False
    for each in _looked_through(graph, node):
        if each is None:
            yield None
            continue
        found.append(each)
        living = living or (each.type == "owns" and not _is_left(graph, each.id))
    found.sort()
    for number, need in enumerate(found, 1):
        if number % BATCH == 0:
            yield None
        other = graph.get(need.id)
        if other is None or not _explains(graph, other, node, living=living):
            continue
        story = story_of(graph, need.id)
        stories[story] = stories.get(story, 0) + 1
        if stories[story] <= ALIKE:
            yield Reason(need.id, owned=need.type == "owns", waits=other.status == "Pending")


def _looked_through(graph: Relations, node: Node) -> Iterator[Need | None]:
    """Yield what is unhealthy of what a node needs; in the place of what is transparent, what that needs.

    None is a pause.
    """
    seen = {node.id}
    front = [node]
    while front:
        # A copy: at a pause the indexes behind it may change.
        for number, need in enumerate(tuple(needs(graph, front.pop())), 1):
            if number % BATCH == 0:
                yield None
            other = graph.get(need.id)
            if other is None or not unhealthy(other) or need.id in seen:
                continue
            if other.facts.kind in TRANSPARENT:
                seen.add(need.id)
                front.append(other)
            else:
                yield need


def _explains(graph: Relations, node: Node, dependent: Node, *, living: bool) -> bool:
    """Whether something unhealthy can be the reason of what needs it.

    `living` says whether what needs it owns something unhealthy that is no leftover.
    """
    if waits_for_consumer(node) or (_is_pressed(node) and not _feels_pressure(dependent)):
        return False
    if is_leftover(node):
        # What its owner has failed at explains the owner, where nothing that lives does.
        return not living and any(owner == dependent.id for owner in graph.owner_ids(node))
    return True


def _is_pressed(node: Node) -> bool:
    """Whether a Node is short of something, and its kubelet works."""
    return node.facts.kind == "Node" and node.reason in PRESSURES


def _feels_pressure(dependent: Node) -> bool:
    """Whether the shortage of its Node may be why something is not well: it has no fault of its own."""
    return dependent.facts.kind != "Pod" or dependent.reason in _PRESSED


def waits_for_consumer(node: Node) -> bool:
    """Whether a claim waits for the very Pod that it would explain."""
    return node.facts.kind == "PersistentVolumeClaim" and node.reason == "WaitForFirstConsumer"


def is_leftover(node: Node) -> bool:
    """Whether a Pod has failed for good and its controller makes others in its place.

    A Job's Pods are no leftovers: that they failed is what happened to it.
    """
    detail = node.facts.detail
    controller = node.facts.controller
    if node.facts.kind != "Pod" or not isinstance(detail, PodDetail) or controller is None:
        return False
    return detail.phase in _LEFT and controller.kind != "Job"


def _is_left(graph: Relations, node_id: str) -> bool:
    node = graph.get(node_id)
    return node is None or is_leftover(node)


def hurts(node: Node, missing: Missing) -> bool:
    """Whether the absence of something explains that a node is not well."""
    name = missing.target.rpartition("/")[2]
    if not _is_need(node, missing):
        return False
    if _mentions(node, name):
        return True
    if missing.optional:
        return False
    if missing.type in STRUCTURAL:
        return True
    detail = node.facts.detail
    if isinstance(detail, PodDetail):
        if name in detail.pull_secrets and missing.type == "uses-secret":
            return node.reason == "ImagePullBackOff"
        # A container that has run had everything that it needs; one that waits to be made may not.
        return node.reason in _STARTING and not _told(node)
    # What a template refers to is missed by the Pods that are made from it.
    return node.facts.template is None and node.facts.kind not in _TEMPLATED


def _is_need(node: Node, missing: Missing) -> bool:
    """Whether the one that declares a reference is the one that needs its target."""
    return any(
        needs_target(ref)
        for ref in node.facts.refs
        if ref.type == missing.type and ref.target == missing.target
    )


_TEMPLATED = frozenset({"ReplicaSet", "Job", "CronJob"})


def _told(node: Node) -> bool:
    """Whether a Pod's own words name another fault than something that is not there."""
    words = node.message
    return node.reason == "CreateContainerConfigError" and "not found" not in words


def _mentions(node: Node, name: str) -> bool:
    """Whether a node's own words name something: as a whole word, and not as a container or a namespace."""
    words = node.message
    place = words.find(name)
    while place >= 0:
        ahead, behind = words[:place], words[place + len(name) :]
        ahead = ahead.removesuffix(f"{node.facts.namespace}/")
        if not _goes_on(ahead[-1:]) and not _goes_on(behind[:1]) and not ahead.endswith("ontainer "):
            return True
        place = words.find(name, place + 1)
    return False


def _goes_on(character: str) -> bool:
    """Whether a character makes a name a part of a longer one, or of a path."""
    return character.isalnum() or character in ("-", "/")


def _producers(graph: Relations, target: str) -> Iterator[Reason]:
    """Yield what would make something that does not exist, where that is unhealthy."""
    for source in graph.producers(target):
        if unhealthy(graph.get(source)):
            yield Reason(source)


def _named(graph: Relations, node: Node) -> Iterator[Reason]:
    """Yield what a node's own words name without referring to it."""
    if found := _WEBHOOK.search(node.message):
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
            for each in graph.unwell(kind):
                other = graph.get(each)
                detail = other.facts.detail if other is not None else None
                if isinstance(detail, WebhookDetail) and found[1] in detail.webhooks:
                    yield Reason(each)
    for found in _GROUP.finditer(node.message):
        yield from _api(graph, found[1], found[2])
    if found := _CONVERSION.search(node.message):
        for each in graph.unwell("CustomResourceDefinition"):
            if each.endswith(f".{found[1]}"):
                yield Reason(each)
    if _DISCOVERY in node.message:
        yield from _undiscovered(graph, node)
    if found := _QUOTA.search(node.message):
        quota = graph.get(f"ResourceQuota/{node.facts.namespace}/{found[1]}")
        if quota is not None and quota.reason in NOTED:
            yield Reason(quota.id)
    if (refused := denied(node)) is not None and refused.account in graph:
        yield Reason(refused.account)
    yield from map(Reason, holding_up(graph, node))
    if node.reason == "Unschedulable" and _UNTOLERATED in node.message:
        yield from _tainted(graph, node)


def _api(graph: Relations, group: str, version: str | None) -> Iterator[Reason]:
    """Yield the APIService of a group that is served by others, where it is unhealthy or missing."""
    if not graph.covers("APIService"):
        return
    ids = [each for each in graph.unwell("APIService") if each.endswith(f".{group}")]
    if version is not None:
        ids = [each for each in ids if each == f"APIService/{version}.{group}"]
    yield from map(Reason, ids)
    known = any(each.endswith(f".{group}") for each in graph.of_kind("APIService"))
    if not ids and not known and group in _AGGREGATED:
        yield Reason(f"APIService/{_AGGREGATED[group]}.{group}", missing=True)


def _undiscovered(graph: Relations, node: Node) -> Iterator[Reason]:
    """Yield the APIServices whose group and version a failed discovery names."""
    for each in graph.unwell("APIService"):
        version, _, group = each.rpartition("/")[2].partition(".")
        if f"{group}/{version}" in node.message:
            yield Reason(each)


_AGGREGATED = {
    "metrics.k8s.io": "v1beta1",
    "custom.metrics.k8s.io": "v1beta1",
    "external.metrics.k8s.io": "v1beta1",
}
"""Groups that Kubernetes asks for and leaves to others to serve, with the version that it asks for."""


def _tainted(graph: Relations, node: Node) -> Iterator[Reason]:
    """Yield the unhealthy Nodes for which the scheduler found no place, where it could be there."""
    alone = _TAINTS_ALONE.match(node.message) is not None
    for each in graph.unwell("Node"):
        other = graph.get(each)
        assert other is not None
        if _could_run(node, other, alone=alone):
            yield Reason(each)


def _could_run(pod: Node, node: Node, *, alone: bool) -> bool:
    """Whether a Pod would run on a Node that is well: its selector says so, or that any Node will do.

    `alone` says that taints are all that keeps the Pod from all Nodes: so none that anybody may use is well.
    """
    selector = pod.facts.detail.node_selector if isinstance(pod.facts.detail, PodDetail) else ()
    if selector:
        return all(pair in node.facts.labels for pair in selector)
    return alone and isinstance(node.facts.detail, NodeDetail) and not node.facts.detail.reserved


class _Alike(msgspec.Struct, frozen=True, gc=False):
    """What objects have in common that fail alike."""

    namespace: str
    kind: str
    root: Root
    """Their topmost owner."""
    reason: str


def story_of(graph: Relations, node_id: str) -> Hashable:
    """Return what an object has in common with others that are alike: its topmost owner and its reason."""
    node = graph.get(node_id)
    if node is None:
        return node_id
    if node.root is None:
        return node_id
    return _Alike(node.facts.namespace, node.facts.kind, node.root, node.reason)


def own_fault(graph: Relations, node_id: str) -> bool:
    """Whether a fault of its own is left that none of an object's reasons explains: it names several."""
    node = graph.get(node_id)
    if node is None or not node.verdict.faults:
        return False
    found = (reason for reason in reasons(graph, Reason(node_id)) if reason is not None)
    names = [reason.id.rpartition("/")[2] for reason in found]
    return any(not any(name in fault for name in names) for fault in node.verdict.faults)
