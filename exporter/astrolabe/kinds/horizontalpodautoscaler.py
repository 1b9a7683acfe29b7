"""HorizontalPodAutoscalers."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import reasons
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.details import ScaleDetail, ScaleTarget
from astrolabe.kinds.models.groups import named_kind
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.replicas import AT_REST


class CrossVersionReference(Model):
    """What is scaled."""

    api_version: str | None = None
    kind: str | None = None
    name: str | None = None


class AutoscalerSpec(Model):
    """What is wanted."""

    scale_target_ref: CrossVersionReference | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None


class AutoscalerStatus(Model):
    """What there is."""

    current_replicas: int | None = None
    desired_replicas: int | None = None
    conditions: list[Condition] | None = None


class HorizontalPodAutoscaler(Model):
    """A HorizontalPodAutoscaler."""

    metadata: Metadata
    spec: AutoscalerSpec | None = None
    status: AutoscalerStatus | None = None


_NO_SPEC = AutoscalerSpec()
_NO_STATUS = AutoscalerStatus()
_NO_TARGET = CrossVersionReference()


def describe(autoscaler: HorizontalPodAutoscaler, context: Context) -> Facts:
    """Turn a HorizontalPodAutoscaler into facts."""
    metadata = autoscaler.metadata
    spec = autoscaler.spec or _NO_SPEC
    status = autoscaler.status or _NO_STATUS
    scaled = spec.scale_target_ref or _NO_TARGET
    target = ScaleTarget(
        named_kind(scaled.api_version or "", scaled.kind) if scaled.kind else "",
        metadata.namespace or "",
        scaled.name or "",
    )
    refs = [ref("scales", target.kind, target.namespace, target.name)] if scaled.kind and scaled.name else []
    return facts_of(
        metadata,
        context,
        _judge(status, spec.max_replicas or 0),
        refs=distinct(refs),
        detail=ScaleDetail(
            target,
            1 if spec.min_replicas is None else spec.min_replicas,
            spec.max_replicas or 0,
            status.current_replicas or 0,
            status.desired_replicas or 0,
        ),
    )


def _judge(status: AutoscalerStatus, maximum: int) -> Verdict:
    unmet = [
        condition
        for condition in status.conditions or ()
        if condition.status == "False" and condition.type in {"AbleToScale", "ScalingActive"}
    ]
    for condition in unmet:
        if not reasons.rests(condition.reason):
            words = condition.says or f"The condition {condition.type} is False"
            return Verdict("Error", condition.reason or f"Not{condition.type}", words, condition.since)
    if unmet:
        return Verdict("Ready", AT_REST, "Disabled while its target has no replicas", unmet[0].since)
    current, desired = status.current_replicas or 0, status.desired_replicas or 0
    counts = f"{current} current, {desired} desired replica(s)"
    limited = find(status.conditions, ("ScalingLimited",), "True")
    # At its minimum an autoscaler is as it should be.
    if limited is not None and limited.reason == "TooManyReplicas":
        words = f"{counts}; it would take more than its maximum of {maximum}"
        return Verdict("Ready", "TooManyReplicas", words, limited.since)
    return Verdict("Ready", message=counts)


KIND = Kind(
    name="HorizontalPodAutoscaler",
    group="autoscaling",
    plural="horizontalpodautoscalers",
    layer="services",
    versions=("v2",),
    model=HorizontalPodAutoscaler,
    describe=describe,
    detail=ScaleDetail,
)
