"""A collector that takes spans as OTLP over HTTP, and keeps what came."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from astrolabe import tracing
from astrolabe.tracing.environment import Variables
from astrolabe.tracing.otlp import OtlpTracer

KINDS = {
    trace_pb2.Span.SPAN_KIND_INTERNAL: "internal",
    trace_pb2.Span.SPAN_KIND_SERVER: "server",
    trace_pb2.Span.SPAN_KIND_CLIENT: "client",
}


class Seen(NamedTuple):
    """A span as it came."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    failure: str | None
    """None where it did not fail."""
    seconds: float


class Collector:
    """What came, and how to answer."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Seen] = []
        self.resource: dict[str, Any] = {}
        self.headers: list[Mapping[str, str]] = []
        self.raw = b""
        """Everything that came, to look for what must not."""
        self.status = 200
        self.answer = b""
        self.wait = asyncio.Event()
        """Answers wait for it."""
        self.wait.set()

    async def take(self, request: web.Request) -> web.Response:
        # aiohttp has decompressed it.
        body = await request.read()
        self.headers.append(request.headers)
        await self.wait.wait()
        if self.status == 200:
            self.raw += body
            self.spans += _spans(ExportTraceServiceRequest.FromString(body), self.resource)
        return web.Response(
            status=self.status,
            headers={"Location": "/elsewhere", "Content-Type": "application/x-protobuf"},
            body=self.answer,
        )

    def named(self, name: str) -> list[Seen]:
        return [span for span in self.spans if span.name == name]

    def children(self, parent: str) -> list[Seen]:
        return [span for span in self.spans if span.parent == parent]

    async def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  (it is another process that sends)
                await asyncio.sleep(0.02)


def _spans(message: ExportTraceServiceRequest, resource: dict[str, Any]) -> Iterator[Seen]:
    for group in message.resource_spans:
        resource |= _attributes(group.resource.attributes)
        for scope in group.scope_spans:
            for span in scope.spans:
                failed = span.status.code == trace_pb2.Status.STATUS_CODE_ERROR
                yield Seen(
                    span.name,
                    KINDS[span.kind],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    _attributes(span.attributes),
                    span.status.message if failed else None,
                    (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                )


def _attributes(pairs: Any) -> dict[str, Any]:
    def value(pair: KeyValue) -> Any:
        return getattr(pair.value, str(pair.value.WhichOneof("value")))

    return {pair.key: value(pair) for pair in pairs}


@asynccontextmanager
async def collecting(context: ssl.SSLContext | None = None) -> AsyncIterator[Collector]:
    """Run a collector on loopback, over TLS with a context."""
    collector = Collector()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        collector.url = f"http{'s' if context else ''}://127.0.0.1:{runner.addresses[0][1]}"
        yield collector
    finally:
        await runner.cleanup()


@asynccontextmanager
async def tracer(collector: Collector, **variables: str) -> AsyncIterator[OtlpTracer]:
    """Trace to a collector, often."""
    found = Variables(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "20", **variables}
    )
    made = OtlpTracer(found.tracing("test"))
    tracing.use(made)
    try:
        yield made
    finally:
        tracing.use(None)
        await asyncio.to_thread(made.close, 5)
