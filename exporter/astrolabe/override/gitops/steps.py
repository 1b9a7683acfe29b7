"""The steps of the GitOps backend, and how they begin again."""

from __future__ import annotations

from astrolabe.override.backend import Job, Result, Steps

STEPS = Steps(
    engage=("keep", "commit", "merge", "sync", "scale", "verify"),
    disengage=("keep", "restore", "commit", "merge", "sync", "verify", "release"),
)
_AGAIN = 5.0
"""Seconds before the work begins again, after somebody else was quicker."""


def begin_again(job: Job, why: str) -> Result:
    """Return what looks once more at what there is."""
    steps = STEPS.engage if job.aim.number else STEPS.disengage
    return Result(wait_until=job.now + _AGAIN, again=steps, why=why)
