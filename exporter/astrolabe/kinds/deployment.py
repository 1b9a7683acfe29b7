"""Deployments."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import replicas
from astrolabe.kinds.models.conditions import find
from astrolabe.kinds.models.details import ReplicasDetail
from astrolabe.kinds.models.replicas import Scalable


def describe(deployment: Scalable, context: Context) -> Facts:
    """Turn a Deployment into facts."""
    conditions = (deployment.status or replicas.NO_STATUS).conditions
    stuck = find(conditions, ("Progressing",), "False")
    refused = find(conditions, ("ReplicaFailure",), "True")
    fault = None
    if stuck is not None and refused is None:
        words = stuck.says or "Does not progress"
        fault = Verdict("Error", stuck.reason or "NotProgressing", words, stuck.since)
    return replicas.describe(deployment, context, fault=fault)


KIND = Kind(
    name="Deployment",
    group="apps",
    plural="deployments",
    layer="workloads",
    model=Scalable,
    describe=describe,
    detail=ReplicasDetail,
)
