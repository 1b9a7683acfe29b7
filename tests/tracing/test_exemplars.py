"""A real Prometheus keeps the exemplars that lead from the lag of events to their trace."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.api.exporter import cluster
from tests.api.shop import pod
from tests.real.processes import until
from tests.real.prometheus import prometheus
from tests.tracing.collector import collecting
from tests.tracing.exporter import exporting

pytestmark = pytest.mark.real


async def test_a_bucket_leads_to_the_span_of_its_events(tmp_path: Path) -> None:
    server = cluster()
    async with collecting() as collector:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        async with exporting(server, tmp_path, environment) as process:
            server.put(pod("new"))
            await collector.until(lambda: collector.named("events"))

            def kept() -> list[dict[str, str]]:
                with prometheus(tmp_path / "prometheus", [target], feature="exemplar-storage") as asked:
                    found = until(
                        lambda: asked.get(
                            "/api/v1/query_exemplars",
                            query="astrolabe_event_lag_seconds_bucket",
                            start="0",
                            end="4000000000",
                        ),
                        "exemplars are kept",
                    )
                return [exemplar["labels"] for series in found for exemplar in series["exemplars"]]

            target = process.url.removeprefix("http://")
            (labels,) = await asyncio.to_thread(kept)
    spans = [{"trace_id": span.trace, "span_id": span.id} for span in collector.named("events")]
    assert labels in spans
