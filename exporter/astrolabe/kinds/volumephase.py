"""Phases of claims and volumes."""

from __future__ import annotations

from astrolabe.graph.facts import Status

_STATUS: dict[str, Status] = {
    "Bound": "Ready",
    "Available": "Ready",
    "Pending": "Pending",
    "Released": "Pending",
    "Lost": "Error",
    "Failed": "Error",
}


def judge(phase: str | None) -> tuple[Status, str]:
    """Return the status of a phase; without one the controller has not looked yet."""
    phase = phase or "Pending"
    return _STATUS.get(phase, "Unknown"), phase
