"""What the library counts. Plain numbers: who serves them is elsewhere, so that an import costs nothing."""

from __future__ import annotations

from collections import Counter

import msgspec

from astrolabe.kube.observer import Result

BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0)
"""Seconds."""


class Durations:
    """A histogram of seconds."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self.sum += seconds
        for number, bound in enumerate(BUCKETS):
            if seconds <= bound:
                self.counts[number] += 1
                return
        self.counts[-1] += 1


class HandlerMetrics(msgspec.Struct):
    """What one handler did."""

    handled: int = 0
    failures: int = 0
    retries: int = 0
    timeouts: int = 0
    dead_letters: int = 0
    lost: int = 0
    """Events that were given up, and whose dead letters could not be written."""
    running: int = 0
    attempts: Durations = msgspec.field(default_factory=Durations)


class FollowingMetrics:
    """What following the API server was like. Stands as its observer."""

    def __init__(self) -> None:
        self.lists: Counter[tuple[str, str]] = Counter()
        self.watches: Counter[tuple[str, str]] = Counter()
        self.events: Counter[tuple[str, str]] = Counter()
        self.decode_errors: Counter[str] = Counter()
        self.known: dict[str, bool] = {}
        self.matched: Counter[tuple[str, str]] = Counter()
        """Events that rules selected, by resource (as in `v1/pods`) and type."""

    def listed(self, resource: str, result: Result) -> None:
        """Count a list that ended."""
        self.lists[resource, result] += 1

    def watched(self, resource: str, result: Result) -> None:
        """Count a watch that ended."""
        self.watches[resource, result] += 1

    def event(self, resource: str, type: str) -> None:  # noqa: A002  (the protocol's own name)
        """Count a watch event."""
        self.events[resource, type] += 1

    def decode_error(self, resource: str) -> None:
        """Count what could not be understood and was skipped."""
        self.decode_errors[resource] += 1

    def synced(self, resource: str, synced: bool) -> None:
        """Take note whether everything of a resource is known."""
        self.known[resource] = synced

    def forgotten(self, resource: str) -> None:
        """Forget a resource that is no longer followed."""
        self.known.pop(resource, None)
