"""The program's own metrics, with prometheus_client."""

from __future__ import annotations

from collections.abc import Callable, Collection
from time import perf_counter
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from astrolabe import tracing
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.persistence import PersistenceMetrics
from astrolabe.metrics.process import LAG_BUCKETS, ProcessTelemetry
from astrolabe.metrics.snapshot import Snapshot
from astrolabe.metrics.watches import WatchTelemetry


class Telemetry(WatchTelemetry):
    """The program's own families."""

    def __init__(
        self, *, shard: int = 0, total_shards: int = 1, process: ProcessTelemetry | None = None
    ) -> None:
        """Leave out the families of the process where `process`, of several clusters, has them."""
        registry = CollectorRegistry(auto_describe=True)
        self.process = process or ProcessTelemetry(registry)
        super().__init__(registry)
        self._lag = Histogram(
            "astrolabe_event_lag_seconds",
            "Time from reading an event to its metrics being visible.",
            buckets=LAG_BUCKETS,
            registry=registry,
        )
        self._series = Gauge(
            "astrolabe_exposition_series", "Series of the graph at the last scrape.", registry=registry
        )
        self._bytes = Gauge(
            "astrolabe_exposition_bytes",
            "Size of the text of these series at the last scrape, uncompressed.",
            registry=registry,
        )
        self.faults = InternalErrors(registry)
        """Exceptions inside the program."""
        self._subscribers = Gauge(
            "astrolabe_changes_subscribers", "Clients that follow the changes.", registry=registry
        )
        self._dropped = Counter(
            "astrolabe_changes_dropped_total",
            "Clients that read changes too slowly: disconnected, or told to read the graph again.",
            registry=registry,
        )
        self._shard = shard
        Gauge("astrolabe_shard", "Number of this shard, from 0.", registry=registry).set(shard)
        Gauge("astrolabe_total_shards", "Number of shards.", registry=registry).set(total_shards)
        self._queues = Gauge(
            "astrolabe_queue_length",
            "Work that waits inside the program, by queue: rows, turns, changes, state.",
            ("queue",),
            registry=registry,
        )
        self._lengths: dict[str, Callable[[], int]] = {}

    def leading(self, leads: Callable[[], bool]) -> None:
        """Say from now on whether this replica is the leader; only where there may be several."""
        Gauge(
            "astrolabe_leader",
            "1 while this replica of a shard holds the lease and exposes accumulating counters, else 0.",
            ("shard",),
            registry=self.registry,
        ).labels(str(self._shard)).set_function(leads)

    def queue(self, name: Literal["rows", "turns", "changes", "state"], length: Callable[[], int]) -> None:
        """Expose from now on how much waits in a queue."""
        self._lengths[name] = length
        self._queues.labels(name).set_function(length)

    def queues(self) -> dict[str, int]:
        """Return how much waits, by queue."""
        return {name: length() for name, length in self._lengths.items()}

    def keeping(self, reasons: Collection[str]) -> PersistenceMetrics:
        """Return the families of persistence; called once, and only where that is on."""
        return PersistenceMetrics(self.registry, reasons)

    def visible(self, read_at: float) -> None:
        """Note that what was read at `read_at` (`time.perf_counter()`) can be scraped now."""
        self._lag.observe(perf_counter() - read_at, tracing.exemplar())

    def exposed(self, snapshot: Snapshot) -> None:
        """Note how much of the graph a scrape got."""
        self._series.set(snapshot.samples)
        self._bytes.set(snapshot.size)

    def subscribers(self, count: int) -> None:
        """Say how many clients follow the changes."""
        self._subscribers.set(count)

    def subscriber_dropped(self) -> None:
        """Count a client that did not keep up."""
        self._dropped.inc()
