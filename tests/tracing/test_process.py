"""`astrolabe serve` with a collector: what it tells, what it never tells, and what it does without one."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from astrolabe.testing.faults import ErrorEvent
from tests.api.exporter import cluster
from tests.api.shop import pod
from tests.ports import free_port
from tests.tracing.collector import Collector, Seen, collecting
from tests.tracing.exporter import exporting

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
TOKEN = "sesame-open-now"


def told(said: str, event: str) -> list[dict[str, Any]]:
    """The log lines of an event."""
    return [line for line in map(json.loads, said.splitlines()) if line["event"] == event]


def of(collector: Collector, resource: str, *names: str) -> list[Seen]:
    return [
        span
        for span in collector.spans
        if span.name in names and span.attributes.get("astrolabe.resource") == resource
    ]


@pytest.mark.long
async def test_what_a_process_does_is_told_as_spans(tmp_path: Path) -> None:
    server = cluster()
    tokens = tmp_path / "tokens"
    tokens.write_text(TOKEN)
    environment = {
        "OTEL_SERVICE_NAME": "shop-graph",
        "OTEL_RESOURCE_ATTRIBUTES": "k8s.cluster.name=east,k8s.pod.name=astrolabe-0",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=one",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    async with collecting() as collector:
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
        async with exporting(server, tmp_path, environment, f"--web-token-file={tokens}") as process:
            process.session.headers["Authorization"] = f"Bearer {TOKEN}"
            listed = await first(collector, lambda: of(collector, "pods", "list"))
            assert listed.attributes["astrolabe.list.form"] == "stream"
            assert listed.attributes["astrolabe.objects"] == 2
            assert (listed.kind, listed.parent, listed.failure) == ("internal", "", None)

            # Three events that come together, or one by one: each is told of once.
            for number in range(3):
                server.put(pod(f"new-{number}"))
            await collector.until(lambda: events(collector, "pods") == 3)

            caller = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
            path = "/api/v1/graph/Secret/shop/quiet-name?depth=quiet-query"
            status, _ = await process.get(path, headers=caller)
            answered = await first(collector, lambda: collector.children(CALLER))
            assert (answered.trace, answered.kind, answered.failure) == (TRACE, "server", None)
            assert answered.attributes["http.response.status_code"] == status
            assert answered.attributes["http.request.method"] == "GET"
            assert answered.name == f"GET {answered.attributes['http.route']}"

            # One that is not to be kept is not, and neither are health checks.
            await process.get("/api/v1/graph", headers={"traceparent": f"00-{'1' * 32}-{CALLER}-00"})
            await process.get("/no/such/path", headers={"traceparent": "quiet-nonsense"})
            question = {"query": "{ quietName: __typename }"}
            async with process.session.post(f"{process.url}/api/v1/graphql", json=question) as response:
                assert response.status == 200
            async with process.session.ws_connect(f"{process.url}/api/v1/changes/ws?kind=Pod") as socket:
                await socket.receive()
                await asyncio.sleep(0.2)
                assert not collector.named("GET /api/v1/changes/ws")
            followed = await first(collector, lambda: collector.named("GET /api/v1/changes/ws"))
            assert followed.seconds >= 0.2
            assert followed.attributes["http.response.status_code"] == 101
            (asked,) = collector.named("POST /api/v1/graphql")
            assert [child.name for child in collector.children(asked.id)] == ["GraphQL"]
            (unknown,) = collector.named("GET")
            assert (unknown.attributes["http.response.status_code"], unknown.parent) == (404, "")
            assert not collector.named("GET /api/v1/graph")
            assert not collector.named("GET /readyz")

            server.faults.order("pods", ErrorEvent(410))
            server.break_connections()
            relisted = await first(collector, lambda: of(collector, "pods", "relist"))
            assert "410" in relisted.attributes["astrolabe.relist.reason"]

            _, page = await process.get("/metrics", headers=OPENMETRICS)
            scraped = await first(collector, lambda: collector.named("GET /metrics"))
            assert [child.name for child in collector.children(scraped.id)] == ["snapshot"]
            exemplars = r'^astrolabe_event_lag_seconds_bucket.* # \{span_id="(\w+)",trace_id="(\w+)"\}'
            linked = re.findall(exemplars, page, re.MULTILINE)
            assert set(linked) <= {(span.id, span.trace) for span in collector.named("events")}
            assert linked
            assert " # {" not in (await process.get("/metrics"))[1]
            sent = re.search(r'^astrolabe_trace_spans_total\{result="sent"\} (\S+)$', page, re.MULTILINE)
            assert sent
            assert float(sent[1]) > 30

            # It has been told already that it is to end: the last spans go out all the same.
            await process.get("/api/v1/releases")
            code, said = await process.end()
        assert code == 0
        assert collector.named("GET /api/v1/releases")
    assert collector.resource == collector.resource | {
        "service.name": "shop-graph",
        "k8s.cluster.name": "east",
        "k8s.pod.name": "astrolabe-0",
        "telemetry.sdk.language": "python",
    }
    assert len(collector.resource["service.instance.id"]) == 36
    assert {headers["x-tenant"] for headers in collector.headers} == {"one"}
    for secret in (b"quiet", TOKEN.encode(), b"Bearer"):
        assert secret not in collector.raw
    assert [line["endpoint"] for line in told(said, "tracing")] == [f"{collector.url}/v1/traces"]
    assert "Traceback" not in said


def events(collector: Collector, resource: str) -> int:
    return sum(span.attributes["astrolabe.events"] for span in of(collector, resource, "events"))


async def first(collector: Collector, found: Any) -> Seen:
    """Wait for a span."""
    await collector.until(found)
    span: Seen = found()[0]
    return span


@pytest.mark.long
async def test_a_collector_that_is_away_costs_spans_and_nothing_else(tmp_path: Path) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://me:{TOKEN}@127.0.0.1:{free_port()}",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "0.2",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_BSP_MAX_QUEUE_SIZE": "20",
    }
    async with exporting(cluster(), tmp_path, environment) as process:
        async with asyncio.timeout(60):
            while True:
                _, page = await process.get("/metrics")
                counts = dict(
                    re.findall(r'^astrolabe_trace_spans_total\{result="(\w+)"\} (\S+)$', page, re.MULTILINE)
                )
                # Some waited and were given up, others found no room.
                if float(counts["failed"]) and float(counts["dropped"]):
                    break
        assert counts["sent"] == "0.0"
        code, said = await process.end()
    assert code == 0
    (line,) = told(said, "traces cannot be sent")
    assert line["reason"] == "Connection refused"
    assert TOKEN not in said
    assert "Traceback" not in said


async def test_without_the_packages_one_line_says_how_to_have_them(tmp_path: Path) -> None:
    # A module of that name that cannot be imported stands before the real one.
    (tmp_path / "opentelemetry.py").write_text("raise ModuleNotFoundError(name='opentelemetry')")
    environment = {"OTEL_TRACES_EXPORTER": "otlp", "PYTHONPATH": str(tmp_path)}
    async with exporting(cluster(), tmp_path, environment) as process:
        _, page = await process.get("/metrics")
        assert "astrolabe_resources" in page
        assert "astrolabe_trace_spans_total" not in page
        code, said = await process.end()
    assert code == 0
    (line,) = told(said, "tracing is off")
    assert line["reason"] == "opentelemetry is not installed: pip install 'astrolabe[otel]'"
    assert "Traceback" not in said


OFF = """
import asyncio, sys
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster, serving
from astrolabe.tracing.starting import traced

async def main():
    async with serving(cluster()) as client:
        await client.text()
        await client.text("/api/v1/resources")

with traced("astrolabe"):
    asyncio.run(main())
print(*(name for name in sys.modules if name.partition(".")[0] in ("opentelemetry", "google", "requests")))
"""


def test_where_it_is_off_nothing_of_it_is_imported() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OFF],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": "."},
    )
    assert ended.stdout.split() == []
