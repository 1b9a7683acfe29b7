"""Spans as they reach a collector, and what a collector that does not take them costs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from structlog.testing import capture_logs

from astrolabe import tracing
from astrolabe.tracing.starting import traced
from tests.tracing.collector import collecting, tracer


async def test_a_span_says_how_it_ended_and_what_it_belongs_to() -> None:
    async with collecting() as collector:
        async with tracer(collector):
            with structlog.contextvars.bound_contextvars(cluster="east"), tracing.span("outer", {"a": 1}):
                with contextlib.suppress(ValueError), tracing.span("failed", kind="client"):
                    raise ValueError("no\nsuch " + "x" * 1000)
                with contextlib.suppress(asyncio.CancelledError), tracing.span("cancelled"):
                    raise asyncio.CancelledError
                await asyncio.create_task(asked())
                tracing.note({"b": True})
        spans = {span.name: span for span in collector.spans}
        outer = spans.pop("outer")
        assert (outer.attributes, outer.parent) == ({"a": 1, "b": True, "k8s.cluster.name": "east"}, "")
        assert {(span.parent, span.trace) for span in spans.values()} == {(outer.id, outer.trace)}
        assert (spans["failed"].kind, spans["failed"].attributes["error.type"]) == ("client", "ValueError")
        assert spans["failed"].failure == "no such " + "x" * 292 + "…"
        assert (spans["cancelled"].failure, spans["cancelled"].attributes["error.type"]) == (
            None,
            "CancelledError",
        )
        assert spans["elsewhere"].failure == "said so"


async def asked() -> None:
    with tracing.span("elsewhere"):
        tracing.note({}, "said so")


async def test_what_is_not_kept_is_not_sent_and_has_no_exemplar() -> None:
    async with collecting() as collector:
        async with tracer(
            collector, OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0"
        ) as made:
            assert tracing.exemplar() is None
            with tracing.span("left out"):
                assert tracing.exemplar() is None
            with tracing.span("kept", caller={"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}):
                assert tracing.exemplar() == tracing.exemplar()
                found = tracing.exemplar()
            await collector.until(lambda: collector.spans)
            assert made.counts() == {"sent": 1, "failed": 0, "dropped": 0}
        (kept,) = collector.spans
        assert (kept.name, kept.parent) == ("kept", "2" * 16)
        assert found == {"trace_id": kept.trace, "span_id": kept.id} == {"trace_id": "1" * 32} | found


@pytest.mark.parametrize(("status", "reason"), [(400, "400 Bad Request"), (302, "302 Found")])
async def test_that_a_collector_refuses_is_said_once_and_that_it_takes_spans_again(
    status: int, reason: str
) -> None:
    async with collecting() as collector:
        collector.status = status
        with capture_logs() as logs:
            async with tracer(collector) as made:
                for number in range(1, 3):
                    with tracing.span("lost"):
                        pass
                    await collector.until(lambda number=number: made.counts()["failed"] == number)  # type: ignore[misc]
                collector.status = 200
                with tracing.span("sent"):
                    pass
                await collector.until(lambda: made.counts()["sent"])
    assert [span.name for span in collector.spans] == ["sent"]
    assert [(log["event"], log.get("reason")) for log in logs] == [
        ("traces cannot be sent", reason),
        ("traces are sent again", None),
    ]


async def test_what_a_collector_takes_in_part_is_counted_in_part() -> None:
    async with collecting() as collector:
        part = ExportTracePartialSuccess(rejected_spans=2, error_message="too\nold")
        collector.answer = ExportTraceServiceResponse(partial_success=part).SerializeToString()
        with capture_logs() as logs:
            async with tracer(
                collector, OTEL_BSP_SCHEDULE_DELAY="60000", OTEL_BSP_MAX_QUEUE_SIZE="3"
            ) as made:
                for _ in range(3):
                    with tracing.span("old"):
                        pass
                await collector.until(lambda: sum(made.counts().values()) == 3)
        assert made.counts() == {"sent": 1, "failed": 2, "dropped": 0}
        assert [log["reason"] for log in logs] == ["too old"]


async def test_the_collector_is_trusted_by_the_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What all programs trust does not win over what is said for traces.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "theirs"))
    ours, theirs = trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.issue_cert("127.0.0.1").configure_cert(context)
    for name, authority in (("ours", ours), ("theirs", theirs)):
        authority.cert_pem.write_to_path(str(tmp_path / name))
    async with collecting(context) as collector:
        for name, result in (("theirs", "failed"), ("ours", "sent")):
            certificate = str(tmp_path / name)
            with capture_logs() as logs:
                async with tracer(
                    collector, OTEL_EXPORTER_OTLP_CERTIFICATE=certificate, OTEL_EXPORTER_OTLP_TIMEOUT="0.5"
                ) as made:
                    with tracing.span("over TLS"):
                        pass
                    await collector.until(lambda made=made, result=result: made.counts()[result])  # type: ignore[misc]
            said = [log["reason"] for log in logs]
            assert len(said) == (result == "failed")
            assert all("certificate verify failed" in reason for reason in said)
    assert len(collector.spans) == 1


async def test_what_finds_no_room_is_dropped_and_counted() -> None:
    async with (
        collecting() as collector,
        tracer(collector, OTEL_BSP_MAX_QUEUE_SIZE="3", OTEL_BSP_SCHEDULE_DELAY="60000") as made,
    ):
        # A batch is as large as the queue, so that the third one is what wakes the sender.
        collector.wait.clear()
        for _ in range(10):
            with tracing.span("one of many"):
                pass
        assert made.counts()["dropped"] == 7
        collector.wait.set()
        await collector.until(lambda: made.counts()["sent"] == 3)


async def test_the_end_waits_for_a_collector_that_hangs_no_longer_than_it_is_told() -> None:
    async with collecting() as collector, tracer(collector) as made:
        collector.wait.clear()
        with tracing.span("on its way"):
            pass
        await collector.until(lambda: collector.headers)
        # Without a bound it would last until the collector answers, which it does after this.
        assert await asyncio.to_thread(made.close, 0.1) == 1
        collector.wait.set()
        await collector.until(lambda: made.counts()["sent"])


def test_a_value_that_cannot_be_meant_is_told_and_the_rest_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)

    def lines(**variables: str) -> list[tuple[Any, Any]]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with capture_logs() as logs, traced("test"):
            pass
        return [(log["event"], log.get("reason") or log.get("endpoint")) for log in logs]

    assert lines() == []
    assert lines(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_SCHEDULE_DELAY="soon") == [
        ("value is ignored", "OTEL_BSP_SCHEDULE_DELAY: expected a number from 1 to 600000, got `soon`"),
        ("tracing", "http://127.0.0.1:9/v1/traces"),
    ]
    assert lines(OTEL_TRACES_EXPORTER="zipkin") == [
        ("tracing is off", "OTEL_TRACES_EXPORTER: expected otlp or none, got `zipkin`")
    ]
