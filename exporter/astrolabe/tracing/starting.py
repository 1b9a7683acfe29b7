"""Turns tracing on for as long as a program runs, where the environment asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from astrolabe import tracing
from astrolabe.tracing.environment import NotUsable, Variables

LAST_SPANS = 1.0
"""Seconds to send what waits when the program ends."""

log = structlog.get_logger(__name__)


@contextmanager
def traced(service: str) -> Iterator[None]:
    """Trace until the block is left, if that is asked for. What is wrong with that is one line of the log."""
    tracer = _opened(service)
    tracing.use(tracer)
    try:
        yield
    finally:
        tracing.use(None)
        if tracer is not None and (lost := tracer.close(LAST_SPANS)):
            log.warning("the last spans were not sent", spans=lost)


def _opened(service: str) -> tracing.Tracer | None:
    variables = Variables(os.environ)
    try:
        if not variables.wanted:
            return None
        asked = variables.tracing(service)
        from astrolabe.tracing.otlp import OtlpTracer  # noqa: PLC0415  (time and memory, only where it is on)

        tracer = OtlpTracer(asked)
    except (NotUsable, ValueError) as problem:
        log.warning("tracing is off", reason=str(problem))
        return None
    except ImportError as missing:
        log.warning(
            "tracing is off",
            reason=f"{missing.name or missing} is not installed: pip install 'astrolabe[otel]'",
        )
        return None
    for line in variables.ignored:
        log.warning("value is ignored", reason=line)
    log.info("tracing", endpoint=asked.target.shown, sampler=asked.sampler)
    return tracer
