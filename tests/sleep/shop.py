"""The namespace that most tests of sleep are about, and how its nights end."""

from __future__ import annotations

from tests.sleep.green import Green

SLEPT = {("sleep", "success"): 1.0}
NIGHT = {("sleep", "success"): 1.0, ("wake_up", "success"): 1.0}


def shop(time: str = "2026-11-20T12:00Z") -> Green:
    """Two Deployments and a SleepInfo from eight in the evening to eight in the morning."""
    stage = Green(time)
    stage.workload("web", 3)
    stage.workload("api", 2)
    stage.sleepinfo()
    return stage
