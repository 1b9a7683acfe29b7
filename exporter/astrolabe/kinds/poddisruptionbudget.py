"""PodDisruptionBudgets."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Selection, Verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.details import BudgetDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.selectors import LabelSelector


class BudgetSpec(Model):
    """What is wanted."""

    selector: LabelSelector | None = None


class BudgetStatus(Model):
    """What there is."""

    current_healthy: int | None = None
    desired_healthy: int | None = None
    disruptions_allowed: int | None = None
    expected_pods: int | None = None
    conditions: list[Condition] | None = None


class PodDisruptionBudget(Model):
    """A PodDisruptionBudget."""

    metadata: Metadata
    spec: BudgetSpec | None = None
    status: BudgetStatus | None = None


_NO_SPEC = BudgetSpec()
_NO_STATUS = BudgetStatus()
_FAILED = "SyncFailed"
_UNCOUNTED = "no eviction is allowed, so a drain waits; only `minAvailable` as a number counts such Pods"


def describe(budget: PodDisruptionBudget, context: Context) -> Facts:
    """Turn a PodDisruptionBudget into facts. An absent selector selects nothing, an empty one every Pod."""
    selector = (budget.spec or _NO_SPEC).selector
    status = budget.status or _NO_STATUS
    healthy, desired = status.current_healthy or 0, status.desired_healthy or 0
    selections: tuple[Selection, ...] = ()
    if selector is not None:
        selections = (Selection("selects", ("Pod",), selector.requirements()),)
    return facts_of(
        budget.metadata,
        context,
        _judge(status, healthy, desired),
        selections=selections,
        detail=BudgetDetail(healthy, desired, status.disruptions_allowed or 0),
    )


def _judge(status: BudgetStatus, healthy: int, desired: int) -> Verdict:
    words = f"{healthy} healthy pod(s), {desired} required"
    refused = find(status.conditions, ("DisruptionAllowed",), "False")
    if refused is not None and refused.reason == _FAILED:
        # Its numbers are those of the last time that they could be counted.
        said = refused.says or "Its Pods cannot be counted"
        return Verdict("Error", _FAILED, f"{said}: no eviction is allowed", refused.since)
    if healthy < desired:
        return Verdict("Pending", "InsufficientPods", words)
    if status.expected_pods == 0 and healthy:
        return Verdict(message=f"{healthy} healthy pod(s) without a controller: {_UNCOUNTED}")
    if status.expected_pods == 0:
        return Verdict(message="It selects no Pod")
    if healthy and not status.disruptions_allowed:
        return Verdict(message=f"{words}: no eviction is allowed, so a drain of their Nodes waits")
    return Verdict(message=words)


KIND = Kind(
    name="PodDisruptionBudget",
    group="policy",
    plural="poddisruptionbudgets",
    layer="services",
    model=PodDisruptionBudget,
    describe=describe,
    detail=BudgetDetail,
)
