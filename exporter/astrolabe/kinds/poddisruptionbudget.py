"""PodDisruptionBudgets."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Selection, Verdict
from astrolabe.kinds.kind import Context, Kind
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


class PodDisruptionBudget(Model):
    """A PodDisruptionBudget."""

    metadata: Metadata
    spec: BudgetSpec | None = None
    status: BudgetStatus | None = None


_NO_SPEC = BudgetSpec()
_NO_STATUS = BudgetStatus()


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
        Verdict(
            "Ready" if healthy >= desired else "Pending",
            "" if healthy >= desired else "InsufficientPods",
            f"{healthy} healthy pod(s), {desired} required",
        ),
        selections=selections,
        detail=BudgetDetail(healthy, desired, status.disruptions_allowed or 0),
    )


KIND = Kind(
    name="PodDisruptionBudget",
    group="policy",
    plural="poddisruptionbudgets",
    layer="services",
    model=PodDisruptionBudget,
    describe=describe,
    detail=BudgetDetail,
)
