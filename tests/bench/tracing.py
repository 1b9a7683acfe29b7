"""What traces cost, off and on, each as the best of five: `python -m tests.bench.tracing`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from timeit import timeit

from astrolabe import tracing
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.tracing.environment import Target, Tracing

ROUNDS = 5000
_NANOSECONDS = 1e9


def _best(work: Callable[[], object]) -> float:
    """Nanoseconds of one call."""
    return min(timeit(work, number=ROUNDS) for _ in range(5)) / ROUNDS * _NANOSECONDS


def _memory() -> float:
    """MiB that are resident."""
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def main() -> None:
    """Print the figures."""
    about, telemetry, read_at = {"astrolabe.resource": "pods"}, Telemetry(), perf_counter()

    def batch() -> None:
        with tracing.span("events", {**about, "astrolabe.events": 1}):
            pass

    def event() -> None:
        telemetry.visible(read_at)

    say = sys.stdout.write
    off = _best(event)
    say(f"off: {_best(batch):.0f} ns for a batch, {_best(tracing.exemplar):.0f} ns for an event\n")
    before = _memory()
    from astrolabe.tracing.otlp import OtlpTracer

    # It sends nothing within the time that this takes.
    target = Target(url="http://127.0.0.1:9/v1/traces")
    tracer = OtlpTracer(Tracing(target=target, resource={}, queue=10 * ROUNDS, batch=10 * ROUNDS, delay=600))
    say(f"on: {_memory() - before:.0f} MiB for the packages")
    tracing.use(tracer)
    say(f", {_best(batch) / 1000:.0f} µs for a span")
    with tracing.span("events"):
        say(f", {(_best(event) - off) / 1000:.1f} µs for the exemplar of an event\n")


if __name__ == "__main__":
    main()
