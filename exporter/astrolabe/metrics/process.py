"""The program's metrics about its process: only once, also with several clusters."""

from __future__ import annotations

import platform

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.gc_collector import GCCollector

from astrolabe import __version__
from astrolabe.tracing.family import count_spans

LAG_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SCRAPE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class ProcessTelemetry:
    """Memory, processor and version of the process, its event loop, and the scrapes that it answers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        build = Gauge(
            "astrolabe_build_info", "The running version.", ("version", "python"), registry=registry
        )
        build.labels(__version__, platform.python_version()).set(1)
        self._blocked = Histogram(
            "astrolabe_loop_blocked_seconds",
            "Delay of the event loop, measured four times a second.",
            buckets=LAG_BUCKETS,
            registry=registry,
        )
        self._scrapes = Histogram(
            "astrolabe_scrape_duration_seconds",
            "Time from a request for /metrics to its last byte.",
            buckets=_SCRAPE_BUCKETS,
            registry=registry,
        )

        count_spans(registry)

    def blocked(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._blocked.observe(seconds)

    def scraped(self, seconds: float) -> None:
        """Note a scrape."""
        self._scrapes.observe(seconds)
