"""How a Pod is, from what the kubelet and the scheduler say of it: status, reason, and words to act on.

The reason is taken from what stays. A container that crashes again and again is by turns running, terminated
and waiting; what tells of it all the time is how its last run ended (`lastState`).
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Raw

from astrolabe.graph.facts import Status, Verdict
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.metadata import Model, seconds
from astrolabe.kinds.models.podspec import Container, PodSpec
from astrolabe.kinds.models.podstatus import (
    PULLING,
    STARTING,
    ContainerState,
    ContainerStatus,
    PodStatus,
    Terminated,
)
from astrolabe.kinds.models.podwaiting import FAULTS, Held, judge_waiting, names_of, not_ready_since
from astrolabe.kinds.models.untrusted import is_log, one_line

BACK_OFF_RESET = 600.0
"""Seconds of a run after which the kubelet forgets earlier crashes: what ends sooner is in a crash loop."""
_SIGNALLED = 128
_BACK_OFF = re.compile(r"^back-off \S+ restarting failed container.*")
_PULL = re.compile(r'^Back-off pulling image "[^"]*"(?::\s*(?:ErrImagePull:\s*)?)?|^ErrImagePull:\s*')
_ENDED = frozenset({"Error", "Completed", "ContainerStatusUnknown"})
"""Reasons of an end that say no more than its exit code."""
_AFTER_A_RUN = frozenset({"CrashLoopBackOff", "RunContainerError"})
"""What a container's reason is, by turns, while its runs end: how the last one did says more."""
_CODES = {126: "the command cannot be run", 127: "the command was not found"}


class ContainerFault(NamedTuple):
    """What is wrong with one container."""

    reason: str
    text: str


RUNNING = Verdict("Ready", message="Running")
"""How a Pod is that is well, as most are (`Look.well`): nobody needs to judge it."""

Limit = Callable[[str], str | None]
"""Returns the memory limit of a container by its name, as written; empty for none, None if unknown."""


def judge(
    inits: Sequence[Container],
    status: PodStatus,
    limit: Limit = lambda _: None,
    held: Held = lambda: "",
) -> Verdict:
    """Return how a Pod with these init containers is."""
    phase = status.phase or "Pending"
    if phase == "Failed":
        return _failed(status, limit)
    if phase == "Succeeded":
        return Verdict("Ready", message="Completed")
    if faults := list(_faults(inits, status, limit)):
        return _faulty(faults, status)
    match phase:
        case "Pending":
            return judge_waiting(inits, status, held)
        case "Running":
            return _readiness(inits, status)
    return Verdict("Unknown", phase if phase.isidentifier() else "", f"The phase is {one_line(phase)}")


def _failed(status: PodStatus, limit: Limit) -> Verdict:
    ends = [
        (container, container.state.terminated)
        for container in status.containers()
        if container.state is not None and container.state.terminated is not None
    ]
    since = max((seconds(end.finished_at) for _, end in ends), default=0.0) or not_ready_since(status)
    if status.reason:
        return Verdict("Error", status.reason, one_line(status.message) or "The Pod failed", since)
    if (target := find(status.conditions, ("DisruptionTarget",), "True")) is not None and target.reason:
        # Somebody ended it: the codes with which its containers ended say nothing more.
        return Verdict("Error", target.reason, target.says or "The Pod was ended", target.since or since)
    faults = [_end("Container", one, end, limit) for one, end in ends if end.exit_code]
    if not faults:
        return Verdict("Error", "Failed", one_line(status.message) or "The Pod failed", since)
    reason = faults[0].reason
    return Verdict("Error", "Failed" if reason == "Error" else reason, _joined(faults), since, _parts(faults))


def _faulty(faults: list[ContainerFault], status: PodStatus) -> Verdict:
    return Verdict("Error", faults[0].reason, _joined(faults), not_ready_since(status), _parts(faults))


def _joined(faults: list[ContainerFault]) -> str:
    more = len(faults) - FAULTS
    text = "; ".join(fault.text for fault in faults[:FAULTS])
    return f"{text}; {more} more" if more > 0 else text


def _parts(faults: list[ContainerFault]) -> tuple[str, ...]:
    return tuple(fault.text for fault in faults[:FAULTS]) if len(faults) > 1 else ()


def _faults(inits: Sequence[Container], status: PodStatus, limit: Limit) -> Iterator[ContainerFault]:
    """Yield what is wrong, container by container: init containers first, since others wait for them."""
    sidecars = {entry.name for entry in inits if entry.restart_policy == "Always"}
    for container in status.init_container_statuses or ():
        who = "Sidecar" if container.name in sidecars else "Init container"
        if fault := _fault(who, container, limit, runs_once=container.name not in sidecars):
            yield fault
    for container in status.container_statuses or ():
        if fault := _fault("Container", container, limit):
            yield fault


def _fault(
    who: str, container: ContainerStatus, limit: Limit, *, runs_once: bool = False
) -> ContainerFault | None:
    state = container.state
    if state is None or container.ready:
        return None
    if state.waiting is not None:
        return _waits(who, container, state, limit)
    if (last := _crashed(container)) is not None:
        return _crash(who, container, last, limit)
    if state.terminated is not None and state.terminated.exit_code:
        # One that is not restarted: an init container, or another that ended while the rest goes on.
        return (
            _end(who, container, state.terminated, limit)
            if runs_once or not container.restart_count
            else None
        )
    return None


def _waits(
    who: str, container: ContainerStatus, state: ContainerState, limit: Limit
) -> ContainerFault | None:
    assert state.waiting is not None
    reason = state.waiting.reason
    if not reason or reason in STARTING:
        return None
    name = one_line(container.name)
    text = one_line(state.waiting.message)
    last = container.last_state.terminated if container.last_state is not None else None
    if reason in _AFTER_A_RUN and last is not None:
        return _crash(who, container, last, limit)
    if reason in PULLING:
        image = one_line(container.image)
        why = _PULL.sub("", text)
        # The kubelet's words name the image already, in most cases.
        return ContainerFault(
            "ImagePullBackOff",
            f"{who} {name} cannot pull {image or 'its image'}" + (f": {why}" if why else ""),
        )
    text = _BACK_OFF.sub("", text)
    return ContainerFault(reason, f"{who} {name}: {text}" if text else f"{who} {name} cannot start")


def _crashed(container: ContainerStatus) -> Terminated | None:
    """Return how the last run ended, of a container that is in a crash loop and just now does not wait."""
    states = (container.state, container.last_state)
    ends = [state.terminated for state in states if state is not None and state.terminated is not None]
    if not ends or not container.restart_count:
        return None
    last = ends[0]
    if last.started_at is None or last.finished_at is None:
        return None
    if (last.finished_at - last.started_at).total_seconds() >= BACK_OFF_RESET:
        return None
    return last


def _crash(who: str, container: ContainerStatus, last: Terminated, limit: Limit) -> ContainerFault:
    end = _end(who, container, last, limit)
    restarts = container.restart_count or 0
    text = f"{end.text}; {restarts} restart{'s' * (restarts != 1)}" if restarts else end.text
    return ContainerFault("CrashLoopBackOff" if end.reason in _ENDED else end.reason, text)


def _end(
    who: str, container: ContainerStatus, end: Terminated, limit: Limit = lambda _: None
) -> ContainerFault:
    """Say how a run of a container ended."""
    name = one_line(container.name)
    reason = end.reason or "Error"
    code = end.exit_code or 0
    how = f"exited with code {code}"
    if (killed := _signal(code, end.signal)) != "":
        how += f" ({killed})"
    elif code in _CODES:
        how += f" ({_CODES[code]})"
    if reason == "OOMKilled":
        bound = limit(container.name or "")
        how = "was OOMKilled: "
        if bound == "":
            how += "it has no memory limit, and its Node had no memory left"
        else:
            how += f"it needed more memory than its limit{f' of {bound}' if bound else ''} allows"
    elif reason not in _ENDED:
        how += f", {reason}"
    said = end.message or ""
    text = "" if is_log(said) else one_line(said)
    return ContainerFault(reason, f"{who} {name} {how}" + (f": {text}" if text else ""))


def _signal(code: int, number: int | None) -> str:
    number = number or (code - _SIGNALLED if code > _SIGNALLED else 0)
    try:
        return signal.Signals(number).name if number else ""
    except ValueError:
        return ""


def _readiness(inits: Sequence[Container], status: PodStatus) -> Verdict:
    """Count containers as kubectl does: regular ones, and sidecars (init containers that keep running)."""
    counted = list(status.container_statuses or ())
    if inits:
        sidecars = {entry.name for entry in inits if entry.restart_policy == "Always"}
        counted += [entry for entry in status.init_container_statuses or () if entry.name in sidecars]
    unready = [container for container in counted if not container.ready]
    since = not_ready_since(status)
    if unready:
        count = f"({len(counted) - len(unready)}/{len(counted)})"
        return Verdict("Pending", "ContainersNotReady", f"Not ready {count}: {names_of(unready)}", since)
    # Where a node falls silent, this condition is all that changes; readiness gates show in it too.
    condition = find(status.conditions, ("Ready",), "False")
    if condition is not None:
        return _condition(condition)
    return RUNNING


def _condition(condition: Condition) -> Verdict:
    words = condition.says or "All containers are ready, the Pod is not"
    status: Status = "Pending"
    return Verdict(status, condition.reason or "NotReady", words, condition.since)


class _Resources(Model):
    limits: dict[str, str | int | float] | None = None


_resources = msgspec.json.Decoder(_Resources | None).decode


def limit_of(spec: PodSpec, container: str) -> str | None:
    """Return the memory limit of a container, or else of its Pod, as written.

    Empty when there is none, None when that cannot be read.
    """
    for one in spec.all_containers():
        if one.name == container:
            try:
                return _memory(one.resources) or _memory(spec.resources)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return None
    return None


def _memory(text: Raw) -> str:
    resources = _resources(text) if text else None
    limits = resources.limits if resources is not None else None
    return one_line(str((limits or {}).get("memory") or ""))
