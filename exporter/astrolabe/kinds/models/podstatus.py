"""What the kubelet and the scheduler say of a Pod. What follows from it is in `podverdict`."""

from __future__ import annotations

from msgspec import Raw

from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.metadata import Model, Time

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
    restart_count: int | None = None
    state: ContainerState | None = None
    last_state: ContainerState | None = None
    resources: Raw = Raw()
    allocated_resources: Raw = Raw()


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
        return [*(self.container_statuses or ()), *(self.init_container_statuses or ())]

    @property
    def restarts(self) -> int:
        """Of all containers together."""
        restarts = 0
        for container in self.containers():
            restarts += container.restart_count or 0
        return restarts

    def allotments(self) -> dict[str | None, ContainerStatus]:
        """Return by container what tells of resources in force; kubelets that never resize do not."""
        return {one.name: one for one in self.containers() if one.resources or one.allocated_resources}

    @property
    def ended(self) -> bool:
        """Whether nothing of the Pod runs any more, or will: it needs nothing any more either."""
        return self.phase in {"Succeeded", "Failed"}

    @property
    def pull_refused(self) -> bool:
        """Whether a container waits for an image that the registry did not give."""
        for container in self.containers():
            state = container.state
            if state is not None and state.waiting is not None and state.waiting.reason in PULLING:
                return True
        return False

    @property
    def refused(self) -> bool:
        """Whether a resize was refused for good."""
        resize = find(self.conditions, ("PodResizePending",), "True")
        return resize is not None and resize.reason == "Infeasible"


NO_STATUS = PodStatus()
