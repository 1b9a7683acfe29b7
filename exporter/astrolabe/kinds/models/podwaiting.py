"""How a Pod is of which nothing runs yet: what it waits for, in words to act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from astrolabe.graph.facts import Verdict
from astrolabe.kinds.models.conditions import find
from astrolabe.kinds.models.metadata import seconds
from astrolabe.kinds.models.podspec import Container, PodSpec
from astrolabe.kinds.models.podstatus import ContainerStatus, PodStatus
from astrolabe.kinds.models.untrusted import one_line

FAULTS = 3
"""Containers, faults or wishes of one Pod that are told, at most."""
_SCHEDULER = "default-scheduler"
_PREEMPTION = re.compile(r"[.,]?\s*(?:no new claims to deallocate, )?preemption: .*", re.DOTALL)

Held = Callable[[], str]
"""Returns what a Pod asks for that may keep schedulers from looking at it, in words."""


def judge_waiting(inits: Sequence[Container], status: PodStatus, held: Held) -> Verdict:
    """Judge a Pod of which nothing runs yet, and of which nothing is known to be wrong."""
    condition = find(status.conditions, ("PodScheduled",), "False")
    if condition is not None:
        reason = condition.reason or "Unschedulable"
        words = _PREEMPTION.sub("", condition.says)
        return Verdict("Pending", reason, words or "No node has been found for it", condition.since)
    if (first := _initializing(inits, status)) is not None:
        return first
    waits = [
        one
        for one in status.containers()
        if one.state is not None and one.state.waiting is not None and one.state.waiting.reason
    ]
    scheduled = find(status.conditions, ("PodScheduled",), "True")
    since = not_ready_since(status) or (scheduled.since if scheduled is not None else 0.0)
    if waits:
        return Verdict("Pending", "ContainerCreating", f"Starting: {names_of(waits)}", since)
    if scheduled is not None:
        return Verdict("Pending", "Pending", "Waits for its node to start it", since)
    why = held()
    return Verdict("Pending", "Pending", f"Waits for a node: {why}" if why else "Waits for a node", since)


def _initializing(inits: Sequence[Container], status: PodStatus) -> Verdict | None:
    """Return which init container, or sidecar that has not started, all other containers wait for."""
    sidecars = {entry.name for entry in inits if entry.restart_policy == "Always"}
    for one in status.init_container_statuses or ():
        running = one.state.running if one.state is not None else None
        if running is None or (one.name in sidecars and one.started):
            continue
        name = one_line(one.name)
        words = (
            f"Sidecar {name} has not started yet, the containers wait for its startup probe"
            if one.name in sidecars
            else f"Init container {name} runs, the containers wait until it has ended"
        )
        return Verdict("Pending", "PodInitializing", words, seconds(running.started_at))
    return None


def held_by(spec: PodSpec) -> str:
    """Say what may keep a Pod from schedulers: one that nobody runs, and claims of devices."""
    words = []
    if spec.scheduler_name and spec.scheduler_name != _SCHEDULER:
        words.append(f"its scheduler {one_line(spec.scheduler_name)} has not looked at it")
    for claim in spec.resource_claims or ():
        if claim.resource_claim_name:
            words.append(f"it asks for the ResourceClaim {one_line(claim.resource_claim_name)}")
        elif claim.resource_claim_template_name:
            template = one_line(claim.resource_claim_template_name)
            words.append(f"it asks for a ResourceClaim of the template {template}")
    return ", ".join(words[:FAULTS])


def not_ready_since(status: PodStatus) -> float:
    """Return since when a Pod is not ready; 0 when nobody says."""
    condition = find(status.conditions, ("Ready",), "False")
    return condition.since if condition is not None else 0.0


def names_of(containers: Sequence[ContainerStatus]) -> str:
    """Name containers, the first few of many."""
    few = ", ".join(one_line(one.name) for one in containers[:FAULTS])
    return few if len(containers) <= FAULTS else f"{few} and {len(containers) - FAULTS} more"
