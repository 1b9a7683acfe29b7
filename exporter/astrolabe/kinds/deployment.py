"""Deployments."""

from __future__ import annotations

from msgspec.structs import replace

from astrolabe.graph.facts import Facts, Verdict, share_verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import replicas
from astrolabe.kinds.models.conditions import find
from astrolabe.kinds.models.details import ReplicasDetail
from astrolabe.kinds.models.metadata import TERMINATING
from astrolabe.kinds.models.replicas import AT_REST, ReplicatedSpec, ReplicatedStatus, Scalable


class DeploymentSpec(ReplicatedSpec):
    """What is wanted."""

    paused: bool | None = None


class DeploymentStatus(ReplicatedStatus):
    """What there is."""

    updated_replicas: int | None = None


class Deployment(Scalable):
    """A Deployment."""

    spec: DeploymentSpec | None = None
    status: DeploymentStatus | None = None


_NO_STATUS = DeploymentStatus()


def describe(deployment: Deployment, context: Context) -> Facts:
    """Turn a Deployment into facts."""
    facts = _describe(deployment, context)
    if deployment.spec is None or not deployment.spec.paused or facts.reason in (AT_REST, TERMINATING):
        return facts
    was = facts.verdict
    reason = "DeploymentPaused" if was.status != "Ready" else was.reason
    verdict = replace(was, reason=reason, message=f"{was.message}; its rollout is paused")
    return replace(facts, verdict=share_verdict(verdict))


def _describe(deployment: Deployment, context: Context) -> Facts:
    status = deployment.status or _NO_STATUS
    conditions = status.conditions
    stuck = find(conditions, ("Progressing",), "False")
    refused = find(conditions, ("ReplicaFailure",), "True")
    fault = None
    if stuck is not None and refused is None:
        words = stuck.says or "Does not progress"
        fault = Verdict("Error", stuck.reason or "NotProgressing", words, stuck.since)
    behind = (status.updated_replicas or 0) < replicas.desired(deployment.spec or replicas.NO_SPEC)
    return replicas.describe(deployment, context, fault=fault, behind=behind)


KIND = Kind(
    name="Deployment",
    group="apps",
    plural="deployments",
    layer="workloads",
    model=Deployment,
    describe=describe,
    detail=ReplicasDetail,
)
