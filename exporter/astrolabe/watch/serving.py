"""The library's metrics over HTTP, and whether it is ready. Only who serves them imports this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from astrolabe.tracing.family import count_spans
from astrolabe.watch.config import MetricsConfig
from astrolabe.watch.controller import Controller
from astrolabe.watch.errors import ConfigError
from astrolabe.watch.metrics import BUCKETS

_STOP_SECONDS = 0.5


class WatchCollector(Collector):
    """What a controller counts, as families; register it with a registry of your own to serve it yourself."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def collect(self) -> Iterable[Metric]:
        """Yield every family."""
        yield from self._following()
        yield from self._handling()

    def _following(self) -> Iterator[Metric]:
        counted = self._controller.metrics
        ready = GaugeMetricFamily(
            "astrolabe_watch_ready", "Whether everything was listed and all initial events were delivered."
        )
        ready.add_metric([], self._controller.is_ready)
        yield ready
        matched = CounterMetricFamily(
            "astrolabe_watch_matched_events",
            "Events that rules selected.",
            labels=("gvr", "type"),
        )
        for (gvr, type_), count in sorted(counted.matched.items()):
            matched.add_metric([gvr, type_], count)
        yield matched
        up = GaugeMetricFamily(
            "astrolabe_watch_synced",
            "Whether all objects of a watched resource are known.",
            labels=("resource",),
        )
        for resource, known in sorted(counted.known.items()):
            up.add_metric([resource], known)
        yield up
        for name, text, counts in (
            ("lists", "Ended lists.", counted.lists),
            ("watches", "Ended watches.", counted.watches),
        ):
            family = CounterMetricFamily(f"astrolabe_watch_{name}", text, labels=("resource", "result"))
            for (resource, result), count in sorted(counts.items()):
                family.add_metric([resource, result], count)
            yield family
        skipped = CounterMetricFamily(
            "astrolabe_watch_decode_errors",
            "Objects and lines that could not be decoded and were skipped.",
            labels=("resource",),
        )
        for resource, count in sorted(counted.decode_errors.items()):
            skipped.add_metric([resource], count)
        yield skipped
        paused = GaugeMetricFamily(
            "astrolabe_watch_paused",
            "Whether a resource is not read because the queues of all its handlers are full.",
            labels=("resource",),
        )
        for resource in sorted({watch.resource.name for watch in self._controller.watches}):
            watches = [watch for watch in self._controller.watches if watch.resource.name == resource]
            paused.add_metric([resource], any(watch.congested for watch in watches))
        yield paused

    def _handling(self) -> Iterator[Metric]:
        handlers = self._controller.handlers
        for name, text, values in (
            (
                "queue_depth",
                "Events that wait for a handler, including running ones.",
                [len(h.queue) for h in handlers],
            ),
            (
                "queue_oldest_seconds",
                "Age of the oldest event that waits for a handler; 0 if none waits.",
                [h.oldest for h in handlers],
            ),
            ("running", "Events that a handler works on.", [h.metrics.running for h in handlers]),
        ):
            gauge = GaugeMetricFamily(f"astrolabe_watch_handler_{name}", text, labels=("handler",))
            for handling, value in zip(handlers, values, strict=True):
                gauge.add_metric([handling.name], value)
            yield gauge
        for name, text, counts in (
            ("handled", "Events that a handler processed.", [h.metrics.handled for h in handlers]),
            ("failures", "Failed attempts.", [h.metrics.failures for h in handlers]),
            ("retries", "Retried events.", [h.metrics.retries for h in handlers]),
            ("timeouts", "Attempts that exceeded the timeout.", [h.metrics.timeouts for h in handlers]),
            ("dead_letters", "Events that became dead letters.", [h.metrics.dead_letters for h in handlers]),
            ("lost", "Events whose dead letters could not be written.", [h.metrics.lost for h in handlers]),
            (
                "left_out",
                "Events that newer events of their key replaced.",
                [h.queue.left_out for h in handlers],
            ),
        ):
            counter = CounterMetricFamily(f"astrolabe_watch_handler_{name}", text, labels=("handler",))
            for handling, count in zip(handlers, counts, strict=True):
                counter.add_metric([handling.name], count)
            yield counter
        durations = HistogramMetricFamily(
            "astrolabe_watch_handler_duration_seconds", "Time of one attempt.", labels=("handler",)
        )
        for handling in handlers:
            total, buckets = 0, []
            for bound, count in zip(
                (*map(str, BUCKETS), "+Inf"), handling.metrics.attempts.counts, strict=True
            ):
                total += count
                buckets.append((bound, float(total)))
            durations.add_metric([handling.name], buckets, handling.metrics.attempts.sum)
        yield durations


@asynccontextmanager
async def serving(controller: Controller, config: MetricsConfig) -> AsyncIterator[int]:
    """Serve the metrics, `/readyz` and `/livez`; yields the port. Raises `ConfigError` for one in use."""
    registry = CollectorRegistry()
    registry.register(WatchCollector(controller))
    count_spans(registry)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def readyz(_request: web.Request) -> web.Response:
        ready = controller.is_ready
        return web.Response(text="ready\n" if ready else "not ready\n", status=200 if ready else 503)

    async def livez(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    application = web.Application()
    application.add_routes([web.get(config.path, metrics)])
    application.add_routes(
        [
            web.get(path, answer)
            for path, answer in (("/readyz", readyz), ("/livez", livez))
            if path != config.path
        ]
    )
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, config.bind_addr, config.port).start()
        except OSError as error:
            raise ConfigError(
                f"metrics cannot be served on {config.bind_addr}:{config.port}: {error.strerror};"
                " choose another `metrics.port` or `metrics.bind_addr`"
            ) from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
