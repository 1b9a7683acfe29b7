"""Who can put a workload to sleep, and what each leaves on it. All fit one interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from astrolabe.derived.sleep import scaling
from astrolabe.derived.sleep.seam import Sleeper
from astrolabe.graph.facts import Facts
from astrolabe.kinds.models.details import PausedDetail, ReplicasDetail


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A sleeper's mark on a workload that is not awake."""

    sleeper: Sleeper
    since: float = 0.0
    """Unix seconds; 0 when the object does not tell."""
    replicas: int | None = None
    """What it had before, where the mark says so."""


Mark: TypeAlias = Callable[[Facts], Claim | None]
"""Reads a sleeper's mark off a workload that is not awake."""


def kube_green(facts: Facts) -> Claim | None:
    """kube-green takes down by server-side apply, and stays the owner while nobody wakes it."""
    by = scaling.scaled(facts)
    return Claim("kube-green", by.time) if by is not None and by.applied_by(scaling.KUBE_GREEN) else None


def override(facts: Facts) -> Claim | None:
    """astrolabe-override takes down by server-side apply, as kube-green does."""
    by = scaling.scaled(facts)
    return Claim("override", by.time) if by is not None and by.applied_by(scaling.OVERRIDE) else None


def kube_downscaler(facts: Facts) -> Claim | None:
    """py-kube-downscaler notes the replicas that it took away in `downscaler/original-replicas`."""
    detail = facts.detail
    if not isinstance(detail, ReplicasDetail) or detail.downscaled is None:
        return None
    return Claim("kube-downscaler", detail.scaled.time if detail.scaled else 0.0, detail.downscaled)


class Keda:
    """KEDA takes down what a ScaledObject scales where `autoscaling.keda.sh/paused-replicas` is 0."""

    def __init__(self) -> None:
        self._paused: dict[str, set[str]] = {}
        """ScaledObjects by the workload that they keep at 0."""

    def follow(self, before: Facts | None, after: Facts | None) -> set[str]:
        """Take in a change of a ScaledObject; returns the workloads that it may concern."""
        touched = set()
        for facts, paused in ((before, False), (after, True)):
            detail = facts.detail if facts is not None else None
            if facts is None or not isinstance(detail, PausedDetail) or detail.replicas != 0:
                continue
            touched.add(detail.target)
            if paused:
                self._paused.setdefault(detail.target, set()).add(facts.id)
            elif found := self._paused.get(detail.target):
                found.discard(facts.id)
                if not found:
                    del self._paused[detail.target]
        return touched

    def __call__(self, facts: Facts) -> Claim | None:
        """Return the claim on a workload that is paused."""
        if facts.id not in self._paused:
            return None
        by = scaling.scaled(facts)
        return Claim("keda", by.time if by is not None else 0.0)
