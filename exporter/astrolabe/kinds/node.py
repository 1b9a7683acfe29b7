"""Nodes."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Status
from astrolabe.kinds.conditions import Condition
from astrolabe.kinds.details import NodeDetail
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, facts_of

PRESSURES = frozenset({"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"})
"""Conditions that should not hold."""


class NodeSpec(Model):
    """What is wanted."""

    unschedulable: bool | None = None


class NodeStatus(Model):
    """What the kubelet and the node controller say."""

    conditions: list[Condition] | None = None


class Node(Model):
    """A Node."""

    metadata: Metadata
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


_NO_SPEC = NodeSpec()
_NO_STATUS = NodeStatus()


def describe(node: Node, context: Context) -> Facts:
    """Turn a Node into facts."""
    conditions = (node.status or _NO_STATUS).conditions or []
    cordoned = bool((node.spec or _NO_SPEC).unschedulable)
    pressures = tuple(
        condition.type
        for condition in conditions
        if condition.type in PRESSURES and condition.status == "True"
    )
    status, message = _judge(conditions)
    notes = [message, *pressures]
    if cordoned:
        notes.append("SchedulingDisabled")
    return facts_of(node.metadata, context, status, ", ".join(notes), detail=NodeDetail(cordoned, pressures))


def _judge(conditions: list[Condition]) -> tuple[Status, str]:
    for condition in conditions:
        if condition.type == "Ready":
            if condition.status == "True":
                return "Ready", "Ready"
            return "Error", condition.reason or "NotReady"
    return "Error", "No condition Ready"


KIND = Kind(name="Node", plural="nodes", namespaced=False, model=Node, describe=describe)
