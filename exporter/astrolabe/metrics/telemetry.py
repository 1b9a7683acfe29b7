"""What the program says of itself, with prometheus_client."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from time import perf_counter, time
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from astrolabe import tracing
from astrolabe.metrics.failing import FailingKinds, FollowedKinds
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.persistence import PersistenceMetrics
from astrolabe.metrics.process import LAG_BUCKETS, ProcessTelemetry
from astrolabe.metrics.snapshot import Snapshot


class Telemetry:
    """The program's own families. Stands as the observer of everything that follows the API server."""

    def __init__(
        self, *, shard: int = 0, total_shards: int = 1, process: ProcessTelemetry | None = None
    ) -> None:
        """Leave out the families of the process where `process`, of several clusters, has them."""
        self.registry = registry = CollectorRegistry(auto_describe=True)
        self.process = process or ProcessTelemetry(registry)
        self._lists = Counter(
            "astrolabe_list_total", "Lists, streaming or paged.", ("resource", "result"), registry=registry
        )
        self._watches = Counter(
            "astrolabe_watch_total", "Watches that ended.", ("resource", "result"), registry=registry
        )
        self._events = Counter(
            "astrolabe_watch_events_total", "Watch events.", ("resource", "type"), registry=registry
        )
        self._synced = Gauge(
            "astrolabe_synced", "Whether everything of a resource is known.", ("resource",), registry=registry
        )
        self._restored = Gauge(
            "astrolabe_restored",
            "Whether a resource is shown from the saved state, because the API server has not answered yet.",
            ("resource",),
            registry=registry,
        )
        self._troubles = FailingKinds()
        registry.register(self._troubles)
        self.restored: set[str] = set()
        """Resources that are shown as an earlier process knew them."""
        self._last_event = Gauge(
            "astrolabe_last_event_timestamp_seconds",
            "When the API server last sent anything about a resource, bookmarks included.",
            ("resource",),
            registry=registry,
        )
        self._lag = Histogram(
            "astrolabe_event_lag_seconds",
            "Time from reading an event to its metrics being visible.",
            buckets=LAG_BUCKETS,
            registry=registry,
        )
        self._decode_errors = Counter(
            "astrolabe_decode_errors_total",
            "Objects and lines that could not be understood and were skipped.",
            ("resource",),
            registry=registry,
        )
        self._series = Gauge(
            "astrolabe_exposition_series", "Series of the graph at the last scrape.", registry=registry
        )
        self._bytes = Gauge(
            "astrolabe_exposition_bytes",
            "Size of their text at the last scrape, uncompressed.",
            registry=registry,
        )
        self.faults = InternalErrors(registry)
        """Exceptions inside the program."""
        self._subscribers = Gauge(
            "astrolabe_changes_subscribers", "Clients that follow the changes.", registry=registry
        )
        self._dropped = Counter(
            "astrolabe_changes_dropped_total",
            "Clients that did not keep up with the changes: cut off, or told to read the graph again.",
            registry=registry,
        )
        self._shard = shard
        Gauge("astrolabe_shard", "Number of this shard, from 0.", registry=registry).set(shard)
        Gauge("astrolabe_total_shards", "Number of shards.", registry=registry).set(total_shards)
        self._queues = Gauge(
            "astrolabe_queue_length",
            "What waits inside the program, by queue: rows, turns, changes, state.",
            ("queue",),
            registry=registry,
        )
        self._lengths: dict[str, Callable[[], int]] = {}
        # A child that is found by its labels each time costs more than counting does.
        self._event_counters: dict[tuple[str, str], Counter] = {}
        self._last_events: dict[str, float] = {}

    def listed(self, resource: str, result: Literal["success", "error", "forbidden"]) -> None:
        """Count a list that ended."""
        self._lists.labels(resource, result).inc()

    def watched(self, resource: str, result: Literal["success", "error", "forbidden"]) -> None:
        """Count a watch that ended."""
        self._watches.labels(resource, result).inc()

    def event(self, resource: str, type: str) -> None:  # noqa: A002  (the protocol's own name)
        """Count a watch event."""
        counter = self._event_counters.get((resource, type))
        if counter is None:
            counter = self._event_counters[resource, type] = self._events.labels(resource, type)
            if resource not in self._last_events:
                self._last_event.labels(resource).set_function(partial(self._last_heard, resource))
        counter.inc()
        self._last_events[resource] = time()

    def _last_heard(self, resource: str) -> float:
        return self._last_events[resource]

    def decode_error(self, resource: str) -> None:
        """Count something that was skipped."""
        self._decode_errors.labels(resource).inc()

    def synced(self, resource: str, synced: bool) -> None:
        """Say whether a resource is known completely."""
        self._synced.labels(resource).set(synced)
        if synced and resource in self.restored:
            self.restored.discard(resource)
            self._restored.labels(resource).set(0)
        # Counters stand at 0 before the first fault: a rate does not see one that appears with it.
        self._decode_errors.labels(resource)
        for result in ("success", "error"):
            self._lists.labels(resource, result)
            self._watches.labels(resource, result)

    def restore(self, resource: str) -> None:
        """Say that a resource is shown as an earlier process knew it, until it is synced or forgotten."""
        self.restored.add(resource)
        self._restored.labels(resource).set(1)

    def follow(self, followed: FollowedKinds) -> None:
        """Say from now on which of what is followed fails."""
        self._troubles.followed = followed

    def leading(self, leads: Callable[[], bool]) -> None:
        """Say from now on whether this replica is the leader; only where there may be several."""
        Gauge(
            "astrolabe_leader",
            "1 while this replica of a shard holds the lease and exposes what accumulates, else 0.",
            ("shard",),
            registry=self.registry,
        ).labels(str(self._shard)).set_function(leads)

    def queue(self, name: Literal["rows", "turns", "changes", "state"], length: Callable[[], int]) -> None:
        """Tell from now on how much waits in a queue."""
        self._lengths[name] = length
        self._queues.labels(name).set_function(length)

    def queues(self) -> dict[str, int]:
        """Return how much waits, by queue."""
        return {name: length() for name, length in self._lengths.items()}

    def keeping(self, reasons: Collection[str]) -> PersistenceMetrics:
        """Return the families of persistence; called once, and only where that is on."""
        return PersistenceMetrics(self.registry, reasons)

    def forgotten(self, resource: str) -> None:
        """Let go of a resource that is no longer followed."""
        for family in (self._lists, self._watches, self._events, self._synced, self._decode_errors):
            family.remove_by_labels({"resource": resource})
        for gauge in (self._last_event, self._restored):
            gauge.remove_by_labels({"resource": resource})
        self.restored.discard(resource)
        for key in [key for key in self._event_counters if key[0] == resource]:
            del self._event_counters[key]
        self._last_events.pop(resource, None)

    def visible(self, read_at: float) -> None:
        """Note that what was read at `read_at` (`time.perf_counter()`) can be scraped now."""
        self._lag.observe(perf_counter() - read_at, tracing.exemplar())

    def exposed(self, snapshot: Snapshot) -> None:
        """Note what a scrape was given of the graph."""
        self._series.set(snapshot.samples)
        self._bytes.set(snapshot.size)

    def subscribers(self, count: int) -> None:
        """Say how many clients follow the changes."""
        self._subscribers.set(count)

    def subscriber_dropped(self) -> None:
        """Count a client that did not keep up."""
        self._dropped.inc()

    def restricted(self, names: Collection[str]) -> CollectorRegistry:
        """Return the families and series of some names, everything for no names."""
        if not names:
            return self.registry
        # The registry knows the names of series; a histogram has three that are not the family's.
        series = [name + suffix for name in names for suffix in ("", "_bucket", "_count", "_sum")]
        return self.registry.restricted_registry(series)  # type: ignore[return-value]
