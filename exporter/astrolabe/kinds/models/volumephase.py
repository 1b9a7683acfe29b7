"""Phases of claims and volumes."""

from __future__ import annotations

from astrolabe.graph.facts import Status, Verdict
from astrolabe.kinds.models.untrusted import one_line

_STATUS: dict[str, Status] = {
    "Bound": "Ready",
    "Available": "Ready",
    "Pending": "Pending",
    "Released": "Pending",
    "Lost": "Error",
    "Failed": "Error",
}


def judge(phase: str | None, words: str = "") -> Verdict:
    """Judge a phase; without one the controller has not looked yet. `words` say more of what is not Ready."""
    phase = phase or "Pending"
    status = _STATUS.get(phase, "Unknown")
    if status == "Ready":
        return Verdict(status, message=phase)
    return Verdict(status, phase if phase.isidentifier() else "", words or f"The phase is {one_line(phase)}")
