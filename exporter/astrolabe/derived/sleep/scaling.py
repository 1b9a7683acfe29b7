"""Whether a workload is awake, and who made it so: what `metadata.managedFields` tells."""

from __future__ import annotations

from typing import Literal, TypeAlias

from astrolabe.graph.facts import Facts
from astrolabe.kinds.models.details import CronJobDetail, ReplicasDetail, Scaled

Actor: TypeAlias = Literal["kube-green", "hpa", "other"]
ACTORS: tuple[Actor, ...] = ("kube-green", "hpa", "other")
Direction: TypeAlias = Literal["down", "up"]
DIRECTIONS: tuple[Direction, ...] = ("down", "up")

WORKLOADS = ("Deployment", "StatefulSet", "CronJob")
"""Kinds that can be put to sleep, as in `Facts.kind`."""
KUBE_GREEN = "kube-green"
KUBE_GREEN_UNNAMED = "manager"
"""The field manager of kube-green's updates up to v0.7.1: the name of its binary, and of many others."""
OVERRIDE = "astrolabe-override"
"""The field manager of Astrolabe's override service."""
_CONTROLLERS = "kube-controller-manager"


def awake(facts: Facts) -> bool:
    """Whether a workload wants replicas, or a CronJob runs on schedule."""
    detail = facts.detail
    if isinstance(detail, ReplicasDetail):
        return detail.desired > 0
    return not (isinstance(detail, CronJobDetail) and detail.suspended)


def replicas(facts: Facts) -> int | None:
    """Return how many replicas a workload wants; None for CronJobs."""
    return facts.detail.desired if isinstance(facts.detail, ReplicasDetail) else None


def scaled(facts: Facts) -> Scaled | None:
    """Return who set replicas or suspension last, as far as the object tells."""
    detail = facts.detail
    return detail.scaled if isinstance(detail, ReplicasDetail | CronJobDetail) else None


def updated_by_kube_green(by: Scaled | None) -> bool:
    """Whether kube-green did it as it wakes, of those who call themselves as it does or did up to v0.7.1.

    Of the latter only the time tells.
    """
    return (
        by is not None
        and by.operation == "Update"
        and not by.subresource
        and by.manager in (KUBE_GREEN, KUBE_GREEN_UNNAMED)
    )


def actor(by: Scaled | None, *, waking: bool = False) -> Actor:
    """Tell who it was. `waking`: kube-green's schedule names a wake-up at just that time."""
    if by is None:
        return "other"
    if by.manager == KUBE_GREEN:
        return "kube-green"
    if waking and updated_by_kube_green(by):
        return "kube-green"
    if by.manager == _CONTROLLERS and by.subresource == "scale":
        return "hpa"
    return "other"
