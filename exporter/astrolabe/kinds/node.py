"""Nodes."""

from __future__ import annotations

from msgspec.structs import replace

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.conditions import PRESSURES, Condition
from astrolabe.kinds.models.details import NodeDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of

_OWN_TAINTS = "node.kubernetes.io/"


class Taint(Model):
    """What keeps Pods away that do not tolerate it."""

    key: str | None = None
    effect: str | None = None


class NodeSpec(Model):
    """What is wanted."""

    unschedulable: bool | None = None
    taints: list[Taint] | None = None


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
    spec = node.spec or _NO_SPEC
    cordoned = bool(spec.unschedulable)
    reserved = any(_reserves(taint) for taint in spec.taints or ())
    pressures = tuple(
        condition.type
        for condition in conditions
        if condition.type in PRESSURES and condition.status == "True"
    )
    verdict = _judge(conditions)
    if cordoned:
        verdict = replace(verdict, message=f"{verdict.message}, SchedulingDisabled")
    return facts_of(node.metadata, context, verdict, detail=NodeDetail(cordoned, pressures, reserved))


def _reserves(taint: Taint) -> bool:
    """Whether somebody wants a taint. Those of Kubernetes itself come and go with the state of a Node."""
    return taint.effect != "PreferNoSchedule" and not (taint.key or "").startswith(_OWN_TAINTS)


def _judge(conditions: list[Condition]) -> Verdict:
    ready = next((condition for condition in conditions if condition.type == "Ready"), None)
    if ready is None:
        return Verdict("Error", "NotReady", "No kubelet has reported a condition Ready")
    if ready.status != "True":
        words = ready.says or "The kubelet is not ready"
        return Verdict("Error", ready.reason or "NotReady", words, ready.since)
    pressed = [each for each in conditions if each.type in PRESSURES and each.status == "True"]
    if pressed:
        words = "; ".join(f"{each.type}: {each.says}" if each.says else str(each.type) for each in pressed)
        return Verdict("Pending", pressed[0].type or "", words, min(each.since for each in pressed))
    return Verdict("Ready", message="Ready")


KIND = Kind(
    name="Node",
    plural="nodes",
    layer="cluster",
    namespaced=False,
    model=Node,
    describe=describe,
    detail=NodeDetail,
)
