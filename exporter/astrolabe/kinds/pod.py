"""Pods."""

from __future__ import annotations

from sys import intern

from msgspec import Raw

from astrolabe.graph.facts import Facts, Ref, Status, ref
from astrolabe.kinds.conditions import Condition, find
from astrolabe.kinds.details import PodDetail, Requests
from astrolabe.kinds.image import complete
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, facts_of
from astrolabe.kinds.podspec import NO_POD_SPEC, PodSpec, uses
from astrolabe.kinds.references import distinct
from astrolabe.kinds.requests import of_pod

FATAL_WAITING = frozenset(
    {
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "CreateContainerConfigError",
        "InvalidImageName",
    }
)
"""Reasons for which a container waits that do not pass by themselves."""


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


class Pod(Model):
    """A Pod."""

    metadata: Metadata
    spec: PodSpec | None = None
    status: PodStatus | None = None


_NO_STATUS = PodStatus()


def describe(pod: Pod, context: Context) -> Facts:
    """Turn a Pod into facts."""
    spec = pod.spec or NO_POD_SPEC
    status = pod.status or _NO_STATUS
    verdict, message = _judge(spec, status)
    restarts = 0
    for container in status.container_statuses or ():
        restarts += container.restart_count or 0
    for container in status.init_container_statuses or ():
        restarts += container.restart_count or 0
    return facts_of(
        pod.metadata,
        context,
        verdict,
        message,
        refs=distinct(_refs(spec, pod.metadata)),
        selectable=True,
        detail=PodDetail(
            # Pods by the thousand say the same of these.
            intern(spec.node_name or ""),
            spec.first_image(),
            restarts,
            intern(status.phase or ""),
            _requests(spec, status),
        ),
    )


def _requests(spec: PodSpec, status: PodStatus) -> Requests:
    # Kubelets that resize in place tell what is in force; others leave it out.
    allotments = {
        one.name: one for one in status.container_statuses or () if one.resources or one.allocated_resources
    }
    for one in status.init_container_statuses or ():
        if one.resources or one.allocated_resources:
            allotments[one.name] = one
    refused = False
    if allotments:
        resize = find(status.conditions, ("PodResizePending",), "True")
        refused = resize is not None and resize.reason == "Infeasible"
    return of_pod(spec, allotments, infeasible=refused)


def _refs(spec: PodSpec, metadata: Metadata) -> list[Ref]:
    namespace = metadata.namespace or ""
    refs = uses(spec, namespace)
    for volume in spec.volumes or ():
        if volume.persistent_volume_claim is not None:
            if claim := volume.persistent_volume_claim.claim_name:
                refs.append(ref("mounts", "PersistentVolumeClaim", namespace, claim))
        elif volume.ephemeral is not None and volume.name:
            claim = f"{metadata.name}-{volume.name}"
            refs.append(ref("mounts", "PersistentVolumeClaim", namespace, claim))
    if spec.node_name:
        refs.append(ref("runs-on", "Node", "", spec.node_name))
    refs.extend(
        ref("runs-image", "Image", "", complete(container.image))
        for container in spec.all_containers()
        if container.image
    )
    return refs


def _judge(spec: PodSpec, status: PodStatus) -> tuple[Status, str]:
    phase = status.phase or "Pending"
    if phase == "Failed":
        return "Error", status.reason or "Failed"
    if fault := _fault(status, phase):
        return "Error", fault
    match phase:
        case "Pending":
            return "Pending", _unscheduled(status) or "Pending"
        case "Running":
            return _readiness(spec, status)
        case "Succeeded":
            return "Ready", "Completed"
    return "Unknown", phase


def _fault(status: PodStatus, phase: str) -> str:
    """Return why a container cannot run, empty when all can."""
    for container in status.init_container_statuses or ():
        state = container.state
        if state is None:
            continue
        if state.waiting is not None and state.waiting.reason in FATAL_WAITING:
            return state.waiting.reason or ""
        # A sidecar that is stopped at the end, with whatever code, does not spoil a success.
        if state.terminated is not None and state.terminated.exit_code and phase != "Succeeded":
            return state.terminated.reason or "Error"
    for container in status.container_statuses or ():
        state = container.state
        if state is not None and state.waiting is not None and state.waiting.reason in FATAL_WAITING:
            return state.waiting.reason or ""
    return ""


def _unscheduled(status: PodStatus) -> str:
    condition = find(status.conditions, ("PodScheduled",), "False")
    return (condition.reason or "") if condition is not None else ""


def _readiness(spec: PodSpec, status: PodStatus) -> tuple[Status, str]:
    """Count containers as kubectl does: regular ones, and sidecars (init containers that keep running)."""
    counted = list(status.container_statuses or ())
    if spec.init_containers:
        sidecars = {entry.name for entry in spec.init_containers if entry.restart_policy == "Always"}
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


KIND = Kind(name="Pod", plural="pods", model=Pod, describe=describe)
