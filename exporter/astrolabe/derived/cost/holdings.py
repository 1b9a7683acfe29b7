"""What the Pods of each workload keep for themselves on their Nodes, added up Pod by Pod."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from astrolabe.derived.cost.prices import Prices
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import object_id
from astrolabe.kinds.models.details import PodDetail, Requests

_OVER = frozenset({"Succeeded", "Failed"})
"""Phases in which a Pod holds nothing any more."""


class Held:
    """Requests of several Pods together."""

    __slots__ = ("cpu", "gpu", "memory", "pods")

    def __init__(self) -> None:
        self.pods = self.cpu = self.memory = self.gpu = 0

    def add(self, requests: Requests, sign: int) -> None:
        """Add a Pod (1), or take it away (-1)."""
        self.pods += sign
        self.cpu += sign * requests.cpu
        self.memory += sign * requests.memory
        self.gpu += sign * requests.gpu

    def requests(self) -> Requests:
        """Return the sum."""
        return Requests(self.cpu, self.memory, self.gpu)


class Workload:
    """One workload: what has no controller, and the Pods below it."""

    __slots__ = ("kind", "name", "namespace", "normal", "own", "present", "saved", "spot")

    def __init__(self, kind: str, namespace: str, name: str) -> None:
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.normal = Held()
        self.spot = Held()
        self.present = False
        """It keeps replicas itself, so that it is worth a line without any."""
        self.own = 0
        """What it saves an hour, asleep, in picodollars."""
        self.saved = 0
        """What workloads below it save."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say of it."""
        return not (self.present or self.normal.pods or self.spot.pods or self.own or self.saved)

    def costs(self, prices: Prices) -> tuple[int, int, int]:
        """Return what CPU, memory and GPUs cost an hour now, in picodollars."""
        normal = prices.of_requests(self.normal.requests(), spot=False)
        if not self.spot.pods:
            return normal
        spot = prices.of_requests(self.spot.requests(), spot=True)
        return normal[0] + spot[0], normal[1] + spot[1], normal[2] + spot[2]

    def baseline(self, cost: int) -> int:
        """Return what it would cost awake. While it falls asleep, its last Pods are what it saves already."""
        return max(cost, self.own) + self.saved


class Share(msgspec.Struct, frozen=True, gc=False):
    """What one Pod holds, and for which workload."""

    kind: str
    namespace: str
    name: str
    requests: Requests
    node: str


def share(pod: Node) -> Share | None:
    """Return what a Pod holds; None for one without a Node, or that is over."""
    facts, root = pod.facts, pod.root
    detail = facts.detail
    if not isinstance(detail, PodDetail) or not detail.node or detail.phase in _OVER:
        return None
    if root is None:
        return Share(facts.kind, facts.namespace, facts.name, detail.requests, detail.node)
    return Share(root.kind, facts.namespace, root.name, detail.requests, detail.node)


class Holdings:
    """All workloads by their id. What changed since it was last asked for is noted."""

    def __init__(self) -> None:
        self.workloads: dict[str, Workload] = {}
        self.spot: set[str] = set()
        """Names of the Nodes that are priced as spot."""
        self.changed: set[str] = set()

    def pod(self, before: Node | None, after: Node | None) -> None:
        """Take in a change of a Pod; most leave what it holds as it was."""
        if (
            before is not None
            and after is not None
            and before.facts.detail is after.facts.detail
            and before.root == after.root
        ):
            return
        old = share(before) if before is not None else None
        new = share(after) if after is not None else None
        if old is not None:
            if old == new:
                return
            self._count(old, old.node in self.spot, -1)
        if new is not None:
            self._count(new, new.node in self.spot, 1)

    def respot(self, node: str, pods: Iterator[Node], *, spot: bool) -> None:
        """Note that a Node is priced as spot from now on, or no longer, with the Pods on it."""
        if spot == (node in self.spot):
            return
        for pod in pods:
            one = share(pod)
            if one is not None and one.node == node:
                self._count(one, not spot, -1)
                self._count(one, spot, 1)
        (self.spot.add if spot else self.spot.discard)(node)

    def _count(self, one: Share, spot: bool, sign: int) -> None:
        workload = self.workload(one.kind, one.namespace, one.name)
        (workload.spot if spot else workload.normal).add(one.requests, sign)

    def workload(self, kind: str, namespace: str, name: str) -> Workload:
        """Return a workload to change."""
        key = object_id(kind, namespace, name)
        self.changed.add(key)
        found = self.workloads.get(key)
        if found is None:
            found = self.workloads[key] = Workload(kind, namespace, name)
        return found

    def take(self, key: str) -> Workload | None:
        """Return a changed workload, None where nothing is left of it."""
        self.changed.discard(key)
        found = self.workloads.get(key)
        if found is not None and found.empty:
            del self.workloads[key]
            return None
        return found
