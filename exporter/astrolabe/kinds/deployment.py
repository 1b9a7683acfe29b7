"""Deployments."""

from __future__ import annotations

from astrolabe.graph.facts import Facts
from astrolabe.kinds import replicas
from astrolabe.kinds.conditions import find
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.replicas import Scalable


def describe(deployment: Scalable, context: Context) -> Facts:
    """Turn a Deployment into facts."""
    conditions = (deployment.status or replicas.NO_STATUS).conditions
    stuck = find(conditions, ("Progressing",), "False")
    fault = (stuck.reason or "Not progressing") if stuck is not None else ""
    return replicas.describe(deployment, context, fault=fault)


KIND = Kind(name="Deployment", group="apps", plural="deployments", model=Scalable, describe=describe)
