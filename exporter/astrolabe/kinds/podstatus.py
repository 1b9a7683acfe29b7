"""What the kubelet and the scheduler say of a Pod, and what status follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Raw

from astrolabe.graph.facts import Status
from astrolabe.kinds.conditions import Condition, find
from astrolabe.kinds.metadata import Model
from astrolabe.kinds.podspec import Container

STARTING = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons for which a container waits that pass by themselves. Any other one says that it is in trouble."""


PULL_REFUSED = frozenset({"ErrImagePull", "ImagePullBackOff"})
"""Of those, the ones that a missing pull secret explains."""


class Waiting(Model):
    """Why a container does not run yet."""

    reason: str | None = None


class Terminated(Model):
    """How a container ended."""

    exit_code: int | None = None
    reason: str | None = None


class ContainerState(Model):
    """At most one of them is set; neither means running."""

    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Model):
    """What the kubelet says of a container."""

    name: str | None = None
    ready: bool | None = None
    restart_count: int | None = None
    state: ContainerState | None = None
    resources: Raw = Raw()
    allocated_resources: Raw = Raw()


class PodStatus(Model):
    """What the kubelet and the scheduler say of a Pod."""

    phase: str | None = None
    reason: str | None = None
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    container_statuses: list[ContainerStatus] | None = None

    def containers(self) -> Iterator[ContainerStatus]:
        """Yield what is said of containers and init containers."""
        yield from self.container_statuses or ()
        yield from self.init_container_statuses or ()

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
        for statuses in (self.container_statuses, self.init_container_statuses):
            for container in statuses or ():
                state = container.state
                if state is not None and state.waiting is not None and state.waiting.reason in PULL_REFUSED:
                    return True
        return False

    @property
    def refused(self) -> bool:
        """Whether a resize was refused for good."""
        resize = find(self.conditions, ("PodResizePending",), "True")
        return resize is not None and resize.reason == "Infeasible"


NO_STATUS = PodStatus()


def judge(inits: Sequence[Container], status: PodStatus) -> tuple[Status, str]:
    """Return the status of a Pod with these init containers, with a message."""
    phase = status.phase or "Pending"
    if phase == "Failed":
        return "Error", status.reason or "Failed"
    if fault := _fault(status, phase):
        return "Error", fault
    match phase:
        case "Pending":
            return "Pending", _unscheduled(status) or "Pending"
        case "Running":
            return _readiness(inits, status)
        case "Succeeded":
            return "Ready", "Completed"
    return "Unknown", phase


def _fault(status: PodStatus, phase: str) -> str:
    """Return why a container cannot run, empty when all can."""
    for container in status.init_container_statuses or ():
        state = container.state
        if state is None:
            continue
        if trouble := _trouble(state):
            return trouble
        # A sidecar that is stopped at the end, with whatever code, does not spoil a success.
        if state.terminated is not None and state.terminated.exit_code and phase != "Succeeded":
            return state.terminated.reason or "Error"
    for container in status.container_statuses or ():
        if container.state is not None and (trouble := _trouble(container.state)):
            return trouble
    return ""


def _trouble(state: ContainerState) -> str:
    """Return for what a container waits that does not pass by itself; empty where there is no such thing."""
    reason = state.waiting.reason if state.waiting is not None else None
    return reason if reason and reason not in STARTING else ""


def _unscheduled(status: PodStatus) -> str:
    condition = find(status.conditions, ("PodScheduled",), "False")
    return (condition.reason or "") if condition is not None else ""


def _readiness(inits: Sequence[Container], status: PodStatus) -> tuple[Status, str]:
    """Count containers as kubectl does: regular ones, and sidecars (init containers that keep running)."""
    counted = list(status.container_statuses or ())
    if inits:
        sidecars = {entry.name for entry in inits if entry.restart_policy == "Always"}
        counted += [entry for entry in status.init_container_statuses or () if entry.name in sidecars]
    ready = 0
    for container in counted:
        if container.ready:
            ready += 1
    if ready < len(counted):
        return "Pending", f"Containers not ready ({ready}/{len(counted)})"
    # Where a node falls silent, this condition is all that changes; readiness gates show in it too.
    condition = find(status.conditions, ("Ready",), "False")
    if condition is not None:
        return "Pending", condition.reason or "Not ready"
    return "Ready", "Running"
