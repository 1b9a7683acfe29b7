"""The program's metrics about lists and watches, with prometheus_client."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from time import time
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

from astrolabe.metrics.failing import FailingKinds, FollowedKinds


class WatchTelemetry:
    """Families about lists and watches. It is the `Observer` of the reflectors."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._lists = Counter(
            "astrolabe_list_total",
            ("Ended lists, streaming or paged."),
            ("resource", "result"),
            registry=registry,
        )
        self._watches = Counter(
            "astrolabe_watch_total", "Ended watches.", ("resource", "result"), registry=registry
        )
        self._events = Counter(
            "astrolabe_watch_events_total", "Watch events.", ("resource", "type"), registry=registry
        )
        self._synced = Gauge(
            "astrolabe_synced",
            ("Whether all objects of a resource are known."),
            ("resource",),
            registry=registry,
        )
        self._restored = Gauge(
            "astrolabe_restored",
            "Whether a resource shows the saved state, because the API server has not answered yet.",
            ("resource",),
            registry=registry,
        )
        self._troubles = FailingKinds()
        registry.register(self._troubles)
        self.restored: set[str] = set()
        """Resources that are shown from the state of an earlier process."""
        self._last_event = Gauge(
            "astrolabe_last_event_timestamp_seconds",
            "When the API server last sent anything about a resource, bookmarks included.",
            ("resource",),
            registry=registry,
        )
        self._decode_errors = Counter(
            "astrolabe_decode_errors_total",
            "Objects and lines that could not be decoded and were skipped.",
            ("resource",),
            registry=registry,
        )
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
        """Note that a resource is shown from an earlier process, until it is synced or forgotten."""
        self.restored.add(resource)
        self._restored.labels(resource).set(1)

    def follow(self, followed: FollowedKinds) -> None:
        """Expose from now on which watches fail."""
        self._troubles.followed = followed

    def forgotten(self, resource: str) -> None:
        """Remove the series of a resource that is no longer followed."""
        for family in (self._lists, self._watches, self._events, self._synced, self._decode_errors):
            family.remove_by_labels({"resource": resource})
        for gauge in (self._last_event, self._restored):
            gauge.remove_by_labels({"resource": resource})
        self.restored.discard(resource)
        for key in [key for key in self._event_counters if key[0] == resource]:
            del self._event_counters[key]
        self._last_events.pop(resource, None)

    def restricted(self, names: Collection[str]) -> CollectorRegistry:
        """Return the families and series of some names, everything for no names."""
        if not names:
            return self.registry
        # The registry knows the names of series; a histogram has three that are not the family's.
        series = [name + suffix for name in names for suffix in ("", "_bucket", "_count", "_sum")]
        return self.registry.restricted_registry(series)  # type: ignore[return-value]
