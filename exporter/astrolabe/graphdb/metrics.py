"""What an export says of itself on `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from astrolabe.graphdb.writer import GraphWriter


class ExportCollector(Collector):
    """The families of one writer."""

    def __init__(self, writer: GraphWriter) -> None:
        self._writer = writer

    def collect(self) -> Iterator[Metric]:
        """Yield what holds now."""
        writer = self._writer
        yield GaugeMetricFamily(
            "astrolabe_export_equal",
            "Whether the graph database has everything that was known a moment ago.",
            value=writer.equal,
        )
        yield GaugeMetricFamily(
            "astrolabe_export_waiting_changes",
            "Changes that are not yet written; while everything is written, changes since then.",
            value=writer.waiting,
        )
        yield GaugeMetricFamily(
            "astrolabe_export_last_success_timestamp_seconds",
            "When the graph database last had everything known; 0 before.",
            value=writer.equal_at,
        )
        yield CounterMetricFamily(
            "astrolabe_export_batches", "Batches that the graph database accepted.", value=writer.writes
        )
        yield CounterMetricFamily(
            "astrolabe_export_failures", "Failed attempts, which are repeated.", value=writer.failures
        )
