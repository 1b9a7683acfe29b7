"""GatewayClasses of the Gateway API: which controller serves the Gateways that name one."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.gatewayapi import GROUP, ObservedCondition, judge_conditions
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of


class GatewayClassStatus(Model):
    """What the controller says."""

    conditions: list[ObservedCondition] | None = None


class GatewayClass(Model):
    """A GatewayClass."""

    metadata: Metadata
    status: GatewayClassStatus | None = None


_UNANSWERED = Verdict("Pending", "Pending", "No controller has answered yet")


def describe(gateway_class: GatewayClass, context: Context) -> Facts:
    """Turn a GatewayClass into facts."""
    metadata = gateway_class.metadata
    conditions = (gateway_class.status.conditions if gateway_class.status is not None else None) or []
    verdict = judge_conditions(conditions, metadata.generation or 0, "Accepted")
    return facts_of(metadata, context, verdict or _UNANSWERED)


KIND = Kind(
    name=f"GatewayClass.{GROUP}",
    group=GROUP,
    plural="gatewayclasses",
    layer="entry",
    versions=("v1", "v1beta1", "v1alpha2"),
    namespaced=False,
    model=GatewayClass,
    describe=describe,
)
