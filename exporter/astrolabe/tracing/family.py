"""A metric of sent, failed and dropped spans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from astrolabe import tracing


class SpanFamily(Collector):
    """Spans by what became of them."""

    def __init__(self, counts: Callable[[], Mapping[tracing.SpanResult, int]]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the family."""
        family = CounterMetricFamily(
            "astrolabe_trace_spans",
            "Spans: sent, not taken by the collector (failed), or without room in the queue (dropped).",
            labels=("result",),
        )
        for result, count in self._counts().items():
            family.add_metric((result,), count)
        yield family


def count_spans(registry: CollectorRegistry) -> None:
    """Add the family to a registry, where tracing is on."""
    if (tracer := tracing.used()) is not None:
        registry.register(SpanFamily(tracer.counts))
