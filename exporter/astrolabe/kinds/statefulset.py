"""StatefulSets. Their claims are mounted by their Pods, so they refer to none themselves."""

from __future__ import annotations

from astrolabe.graph.facts import Facts
from astrolabe.kinds import replicas
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.replicas import Scalable


def describe(stateful_set: Scalable, context: Context) -> Facts:
    """Turn a StatefulSet into facts."""
    return replicas.describe(stateful_set, context)


KIND = Kind(name="StatefulSet", group="apps", plural="statefulsets", model=Scalable, describe=describe)
