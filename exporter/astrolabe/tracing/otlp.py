"""Spans by OpenTelemetry's SDK, which this module alone imports, sent as OTLP over HTTP by a thread.

Whatever a collector or the network does, it costs no more than spans: the queue is bounded, and what finds no
room in it is dropped and counted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from contextvars import Token
from types import TracebackType
from typing import Any
from uuid import uuid4

import requests
import structlog
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.version import __version__ as sdk_version
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from astrolabe import __version__
from astrolabe.tracing import Attributes, SpanKind, SpanResult
from astrolabe.tracing.environment import Sampler, Target, Tracing

_COMPRESSIONS = {
    "none": Compression.NoCompression,
    "gzip": Compression.Gzip,
    "deflate": Compression.Deflate,
}
_KINDS = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
}
_CLUSTER = "k8s.cluster.name"
_REASON = 300

log = structlog.get_logger(__name__)


class OtlpTracer:
    """A `Tracer`. Raises `ValueError` for what the SDK cannot use."""

    def __init__(self, tracing: Tracing) -> None:
        # What it says of failures is said here, once and without credentials.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
        self._sending = _Sending(tracing)
        self._provider = TracerProvider(
            sampler=_sampler(tracing.sampler, tracing.ratio),
            resource=Resource(
                {
                    "telemetry.sdk.language": "python",
                    "telemetry.sdk.name": "opentelemetry",
                    "telemetry.sdk.version": sdk_version,
                    "service.instance.id": str(uuid4()),
                    **tracing.resource,
                }
            ),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(self._sending)
        self._tracer = self._provider.get_tracer("astrolabe", __version__)
        self._propagator = TraceContextTextMapPropagator()
        self._last: tuple[trace.Span, dict[str, str] | None] = (trace.INVALID_SPAN, None)

    def span(
        self, name: str, attributes: Attributes, kind: SpanKind, caller: Mapping[str, str] | None
    ) -> AbstractContextManager[object]:
        """See `Tracer`. It says of the cluster what the log lines of the same task say."""
        parent = None if caller is None else self._propagator.extract(caller, context.Context())
        cluster = structlog.contextvars.get_contextvars().get("cluster")
        return _OtlpSpan(
            self._tracer.start_span(
                name,
                parent,
                _KINDS[kind],
                attributes if cluster is None else {_CLUSTER: str(cluster), **attributes},
                record_exception=False,
                set_status_on_exception=False,
            )
        )

    def note(self, attributes: Attributes, failure: str) -> None:
        """See `Tracer`."""
        span = trace.get_current_span()
        span.set_attributes(attributes)
        if failure:
            span.set_status(trace.StatusCode.ERROR, one_line(failure))

    def exemplar(self) -> dict[str, str] | None:
        """See `Tracer`. Many events of one batch ask for the same."""
        span = trace.get_current_span()
        if self._last[0] is not span:
            found = span.get_span_context()
            labels = None
            if found.is_valid and found.trace_flags.sampled:
                labels = {
                    "trace_id": trace.format_trace_id(found.trace_id),
                    "span_id": trace.format_span_id(found.span_id),
                }
            self._last = (span, labels)
        return self._last[1]

    def counts(self) -> Mapping[SpanResult, int]:
        """See `Tracer`."""
        return self._sending.counts

    def close(self, patience: float) -> int:
        """See `Tracer`."""
        # The SDK would wait for longer than a Pod has to end.
        ending = threading.Thread(target=self._provider.shutdown, name="traces end", daemon=True)
        ending.start()
        ending.join(patience)
        return self._sending.waiting


class _OtlpSpan:
    """A span while it is under way."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._token: Token[context.Context] | None = None

    def __enter__(self) -> None:
        self._token = context.attach(trace.set_span_in_context(self._span))

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._token is not None
        context.detach(self._token)
        if error is not None:
            # The traceback stays out: whoever needs it has the log.
            self._span.set_attribute("error.type", type(error).__qualname__)
            if isinstance(error, Exception):
                self._span.set_status(trace.StatusCode.ERROR, one_line(str(error)))
        self._span.end()


class _Sending(SpanProcessor):
    """Has spans sent in batches, and counts what becomes of them."""

    def __init__(self, tracing: Tracing) -> None:
        self.counts: dict[SpanResult, int] = {"sent": 0, "failed": 0, "dropped": 0}
        self.waiting = 0
        """Spans that have been neither sent nor given up."""
        self._most = tracing.queue
        self._lock = threading.Lock()
        # Of those that wait some are on their way: the SDK's own queue never fills.
        self._batches = BatchSpanProcessor(
            _Exporter(tracing.target, self),
            max_queue_size=tracing.queue,
            schedule_delay_millis=tracing.delay * 1000,
            max_export_batch_size=tracing.batch,
        )

    def on_end(self, span: ReadableSpan) -> None:
        """Take in a span that ended, if it is to be sent."""
        if span.context is None or not span.context.trace_flags.sampled:
            return
        with self._lock:
            if self.waiting >= self._most:
                self.counts["dropped"] += 1
                return
            self.waiting += 1
        self._batches.on_end(span)

    def shutdown(self) -> None:
        """Send what waits; see `SpanProcessor`."""
        self._batches.shutdown()  # type: ignore[no-untyped-call]

    def count(self, result: SpanResult, spans: int) -> None:
        """Note what became of a batch."""
        with self._lock:
            self.waiting -= spans
            self.counts[result] += spans


class _Exporter(SpanExporter):
    """Sends batches, and says when that begins to fail and when it works again."""

    def __init__(self, target: Target, sending: _Sending) -> None:
        self._sending = sending
        self._shown = target.shown
        self._session = _Session()
        self._trouble = False
        certificate = target.client_certificate or None
        self._exporter = OTLPSpanExporter(
            endpoint=target.url,
            certificate_file=target.certificate or None,
            client_certificate_file=certificate,
            client_key_file=target.client_key or None,
            headers=target.headers,
            timeout=target.timeout,
            compression=_COMPRESSIONS[target.compression],
            session=self._session,
        )

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; see `SpanExporter`."""
        result = SpanExportResult.FAILURE
        rejected = len(spans)
        try:
            result = self._exporter.export(spans)
            if result is SpanExportResult.SUCCESS:
                rejected = min(self._session.rejected, rejected)
        finally:
            self._sending.count("failed", rejected)
            self._sending.count("sent", len(spans) - rejected)
        failed = rejected > 0
        if failed and not self._trouble:
            log.warning(
                "traces cannot be sent",
                endpoint=self._shown,
                reason=self._session.reason,
                consequence="spans are lost until the collector accepts them again",
            )
        elif self._trouble and not failed:
            log.info("traces are sent again", endpoint=self._shown)
        self._trouble = failed
        return result

    def shutdown(self) -> None:
        """See `SpanExporter`."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


class _Session(requests.Session):
    """Remembers why a request failed, in words that hold nothing of its address or headers."""

    reason = "no reason given"
    rejected = 0
    """Spans that the collector did not take of the last batch that it accepted."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send a request; raises what `requests` does, and for a redirect, which would lose the spans."""
        # Where nobody says so for this request, a variable for all programs wins over the collector's own CA.
        options.setdefault("verify", self.verify)
        try:
            response = super().request(method, url, *args, **options)
        except Exception as error:
            self.reason = _root(error)
            raise
        if not response.ok or response.is_redirect:
            self.reason = one_line(f"{response.status_code} {response.reason}")
        if response.is_redirect:
            raise requests.exceptions.InvalidURL(self.reason)
        self.rejected, words = _rejected(response)
        if self.rejected:
            self.reason = one_line(words) or "no reason given"
        return response


def one_line(text: str) -> str:
    """Return a text on one line, cut to a readable length."""
    line = "".join(filter(str.isprintable, " ".join(text.split())))
    return line if len(line) <= _REASON else line[:_REASON] + "…"


def _rejected(response: requests.Response) -> tuple[int, str]:
    """Return how many spans an answer says were not taken, and why."""
    answer = ExportTraceServiceResponse()
    if response.ok and "protobuf" in response.headers.get("Content-Type", ""):
        with suppress(Exception):  # whatever it is, the batch was accepted
            answer.ParseFromString(response.content)
    return max(0, answer.partial_success.rejected_spans), answer.partial_success.error_message


def _root(error: BaseException) -> str:
    """Return what an error began with: what the libraries wrap around it quotes the address."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = below
    if isinstance(error, requests.exceptions.Timeout | TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return one_line(error.strerror)
    return type(error).__name__


def _sampler(name: Sampler, ratio: float) -> sampling.Sampler:
    root: sampling.Sampler = sampling.ALWAYS_OFF if name.endswith("always_off") else sampling.ALWAYS_ON
    if name.endswith("traceidratio"):
        root = sampling.TraceIdRatioBased(ratio)
    return sampling.ParentBased(root) if name.startswith("parentbased") else root
