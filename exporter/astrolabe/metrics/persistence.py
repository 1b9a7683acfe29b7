"""The program's metrics about persistence; only if it is on."""

from __future__ import annotations

from collections.abc import Iterable
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge


class PersistenceMetrics:
    """The families of persistence."""

    def __init__(self, registry: CollectorRegistry, reasons: Iterable[str]) -> None:
        """Count errors by one of these reasons."""
        self._up = Gauge(
            "astrolabe_persistence_up",
            "Whether the last exchange with Redis, which stores the state, worked.",
            registry=registry,
        )
        self._last = Gauge(
            "astrolabe_persistence_last_success_timestamp_seconds",
            "When the state was last written; 0 before the first time.",
            registry=registry,
        )
        self._errors = Counter(
            "astrolabe_persistence_errors_total",
            "Failed attempts to read or write the state.",
            ("reason",),
            registry=registry,
        )
        for reason in reasons:
            self._errors.labels(reason)

    def reachable(self, up: bool) -> None:
        """Say whether the store answers as it should."""
        self._up.set(up)

    def written(self) -> None:
        """Note that the state was written."""
        self._up.set(1)
        self._last.set(time())

    def failed(self, reason: str) -> None:
        """Count a failure."""
        self._up.set(0)
        self._errors.labels(reason).inc()
