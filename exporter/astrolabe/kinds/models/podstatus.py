"""What the kubelet and the scheduler say of a Pod. What follows from it is in `podverdict`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.metadata import NOTHING, Model, Time

STARTING = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons for which a container waits that pass by themselves. Any other one says that it is in trouble."""

PULLING = frozenset({"ErrImagePull", "ImagePullBackOff"})
"""What a container's reason is, by turns, while the registry does not give its image."""


class Waiting(Model):
    """Why a container does not run yet."""

    reason: str | None = None
    message: str | None = None


class Running(Model):
    """A container that runs."""

    started_at: Time | None = None


class Terminated(Model):
    """How a container ended."""

    exit_code: int | None = None
    signal: int | None = None
    reason: str | None = None
    message: str | None = None
    started_at: Time | None = None
    finished_at: Time | None = None


class ContainerState(Model):
    """At most one of them is set; none means that it waits."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Model):
    """What the kubelet says of a container."""

    name: str | None = None
    image: str | None = None
    ready: bool | None = None
    started: bool | None = None
    restart_count: int | None = None
    state: ContainerState | None = None
    last_state: ContainerState | None = None
    resources: Raw = NOTHING
    allocated_resources: Raw = NOTHING


class Look(msgspec.Struct, frozen=True, gc=False):
    """What the containers of a Pod are like, init containers included."""

    restarts: int
    """Of all of them together."""
    pull_refused: bool
    """Whether one waits for an image that the registry did not give."""
    well: bool
    """Whether the Pod runs, each of them is ready, and nothing else keeps it from being ready."""
    allotments: Mapping[str | None, ContainerStatus]
    """By name what tells of resources in force; kubelets that never resize do not."""
    infeasible: bool
    """Whether there are such, and a resize was refused for good."""


class PodStatus(Model):
    """What the kubelet and the scheduler say of a Pod."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    container_statuses: list[ContainerStatus] | None = None

    def containers(self) -> list[ContainerStatus]:
        """Return what is said of containers and init containers."""
        if not self.init_container_statuses:
            return self.container_statuses or []
        return [*(self.container_statuses or ()), *self.init_container_statuses]

    def look(self) -> Look:
        """Return what all containers together are like."""
        restarts = 0
        pull_refused = False
        ready = True
        allotments: dict[str | None, ContainerStatus] = {}
        for one in self.containers():
            if one.restart_count:
                restarts += one.restart_count
            if not one.ready:
                ready = False
            if one.resources or one.allocated_resources:
                allotments[one.name] = one
            state = one.state
            if state is not None and state.waiting is not None and state.waiting.reason in PULLING:
                pull_refused = True
        well = ready and self.phase == "Running" and find(self.conditions, ("Ready",), "False") is None
        return Look(restarts, pull_refused, well, allotments, bool(allotments) and self._refused())

    @property
    def ended(self) -> bool:
        """Whether nothing of the Pod runs any more, or will: it needs nothing any more either."""
        return self.phase in {"Succeeded", "Failed"}

    def _refused(self) -> bool:
        resize = find(self.conditions, ("PodResizePending",), "True")
        return resize is not None and resize.reason == "Infeasible"


NO_STATUS = PodStatus()
