"""PriorityClasses. Pods and Pod templates refer to them, never the other way round."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of


class PriorityClass(Model):
    """A PriorityClass."""

    metadata: Metadata
    value: int | None = None
    global_default: bool | None = None
    preemption_policy: str | None = None


def describe(priority_class: PriorityClass, context: Context) -> Facts:
    """Turn a PriorityClass into facts."""
    words = f"Priority {priority_class.value or 0}"
    if priority_class.global_default:
        words += ", for Pods that name none"
    if priority_class.preemption_policy == "Never":
        words += ", preempts no other Pods"
    return facts_of(priority_class.metadata, context, Verdict(message=words))


KIND = Kind(
    name="PriorityClass",
    group="scheduling.k8s.io",
    plural="priorityclasses",
    layer="cluster",
    namespaced=False,
    model=PriorityClass,
    describe=describe,
)
