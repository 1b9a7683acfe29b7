"""Exceptions that only affect the part where they happen. Each is counted, and each kind is logged once."""

from __future__ import annotations

from types import TracebackType
from typing import Literal, TypeAlias

import structlog
from prometheus_client import CollectorRegistry, Counter

Part: TypeAlias = Literal[
    "rows",
    "causes",
    "sources",
    "snapshot",
    "telemetry",
    "access",
    "changes",
    "api",
    "persistence",
    "export",
    "messages",
]
PARTS: tuple[Part, ...] = Part.__args__  # type: ignore[attr-defined]

_ERRORS_LOGGED = 100
"""Kinds that are logged: a bug that shows everywhere must not fill the log."""

log = structlog.get_logger(__name__)


class InternalErrors:
    """Exceptions inside the program, by the part where they happened."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._count = Counter(
            "astrolabe_internal_errors_total",
            "Exceptions inside the program, by part. Only the failed work of that part is missing.",
            ("part",),
            registry=registry,
        )
        for part in PARTS:
            # A rate does not see a counter that appears with its first error.
            self._count.labels(part)
        self._told: set[tuple[str, str, str, int]] = set()

    def note(self, part: Part, error: Exception) -> None:
        """Count an exception; log the first one of its type that comes from its line."""
        self._count.labels(part).inc()
        kind = (part, type(error).__name__, *_line(error.__traceback__))
        if kind in self._told or len(self._told) >= _ERRORS_LOGGED:
            return
        self._told.add(kind)
        log.error(
            "internal error",
            part=part,
            consequence="it is tried again later; the next errors of this kind are only counted",
            exc_info=error,
        )


def _line(trace: TracebackType | None) -> tuple[str, int]:
    """Return the file and the line that an exception comes from."""
    if trace is None:
        return "", 0
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename, trace.tb_lineno
