"""What kubelets write of Pods: the statuses of the incidents, as a table of functions."""

from __future__ import annotations

import datetime as dt
from typing import Any

Object = dict[str, Any]


def now(ago: float = 0.0) -> str:
    """Return a moment as Kubernetes writes it."""
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_WRITTEN = dt.datetime.now(dt.UTC)
"""When the tables of the incidents were made, which may be half an hour before they are used."""


def brought_forward(status: Any) -> Any:
    """Return a status of the tables as if it were written now: each moment later by what has passed."""
    passed = dt.datetime.now(dt.UTC) - _WRITTEN
    match status:
        case dict():
            return {
                key: _later(value, passed) if key.endswith(("At", "Time")) else brought_forward(value)
                for key, value in status.items()
            }
        case list():
            return [brought_forward(each) for each in status]
        case _:
            return status


def _later(moment: str, passed: dt.timedelta) -> str:
    return (dt.datetime.fromisoformat(moment) + passed).strftime("%Y-%m-%dT%H:%M:%SZ")


def container(name: str, state: Object, *, ready: bool = False, last: Object | None = None) -> Object:
    """Return the status of one container."""
    return {
        "name": name,
        "image": "registry.example/web:1",
        "imageID": "",
        "ready": ready,
        "restartCount": 4 if last else 0,
        "state": state,
        **({"lastState": {"terminated": last}} if last else {}),
    }


def running(name: str = "web", *, ready: bool = True) -> Object:
    """A container that runs."""
    return container(name, {"running": {"startedAt": now(300)}}, ready=ready)


def waiting(reason: str, message: str = "", name: str = "web") -> Object:
    """A container that waits."""
    return container(name, {"waiting": {"reason": reason, "message": message}})


def crashing(code: int, said: str = "", reason: str = "Error", name: str = "web") -> Object:
    """A container between two runs, the last of which ended so."""
    end = {"exitCode": code, "reason": reason, "startedAt": now(62), "finishedAt": now(60)}
    state = {
        "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 1m20s restarting failed container"}
    }
    return container(name, state, last={**end, "message": said} if said else end)


def ended(code: int, said: str = "", name: str = "web") -> Object:
    """A container that ended for good."""
    end = {"exitCode": code, "reason": "Error" if code else "Completed", "message": said}
    return container(name, {"terminated": {**end, "startedAt": now(5), "finishedAt": now(1)}})


def pod(
    *containers: Object, inits: tuple[Object, ...] = (), phase: str = "", gate: tuple[str, str] = ("", "")
) -> Object:
    """Return the status of a Pod. A gate, reason and message, keeps it from being ready."""
    reason, message = gate
    ready = all(each["ready"] for each in containers)
    moment = {"lastTransitionTime": now(120)}
    conditions = {
        "PodScheduled": True,
        "Initialized": not inits,
        "ContainersReady": ready,
        "Ready": ready and not reason,
    }
    words = {"Ready": {"reason": reason, "message": message}} if reason else {}
    begun = any("running" in each["state"] or "lastState" in each for each in containers)
    return {
        "phase": phase or ("Running" if begun else "Pending"),
        "conditions": [
            {"type": kind, "status": str(holds), **moment, **words.get(kind, {})}
            for kind, holds in conditions.items()
        ],
        "containerStatuses": list(containers),
        **({"initContainerStatuses": list(inits)} if inits else {}),
        "startTime": now(300),
    }
