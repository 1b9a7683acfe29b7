"""Spans: what takes a while, told to OpenTelemetry. Where tracing is off, nothing is told or imported.

Who has something to tell knows this module alone. `otlp.py` is the only one that knows OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol, TypeAlias

Value: TypeAlias = str | int | float | bool
Attributes: TypeAlias = Mapping[str, Value]
SpanKind: TypeAlias = Literal["internal", "server", "client"]
SpanResult: TypeAlias = Literal["sent", "failed", "dropped"]

NOTHING: Attributes = {}


class Tracer(Protocol):
    """Makes spans and sends them. Nothing here raises, and nothing waits for the network but `close`."""

    def span(
        self, name: str, attributes: Attributes, kind: SpanKind, caller: Mapping[str, str] | None
    ) -> AbstractContextManager[object]:
        """See `span`."""
        ...

    def note(self, attributes: Attributes, failure: str) -> None:
        """See `note`."""
        ...

    def exemplar(self) -> dict[str, str] | None:
        """See `exemplar`."""
        ...

    def counts(self) -> Mapping[SpanResult, int]:
        """Tell how many spans were sent, could not be sent, or found no room while they waited."""
        ...

    def close(self, patience: float) -> int:
        """Send what waits, within `patience` seconds; return how many spans are lost."""
        ...


_OFF = nullcontext()
_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Trace with this one from now on, or not at all. Called before anything else is built."""
    global _tracer  # noqa: PLW0603  (there is one process, and one collector that it tells)
    _tracer = tracer


def used() -> Tracer | None:
    """Return what traces; None where tracing is off."""
    return _tracer


def span(
    name: str,
    attributes: Attributes = NOTHING,
    *,
    kind: SpanKind = "internal",
    caller: Mapping[str, str] | None = None,
) -> AbstractContextManager[object]:
    """Return a span for `with`: it lasts as long as the block, and failed if an exception leaves it.

    What begins inside, in the same task, becomes its child. The headers of a `caller` say which trace it goes
    on with, if any. Attributes have the names of OpenTelemetry's conventions. They hold no secret and nothing
    that a client chose.
    """
    return _OFF if _tracer is None else _tracer.span(name, attributes, kind, caller)


def note(attributes: Attributes, failure: str = "") -> None:
    """Add attributes to the span that is under way, and say that it failed where there is a reason."""
    if _tracer is not None:
        _tracer.note(attributes, failure)


def exemplar() -> dict[str, str] | None:
    """Return the labels of an exemplar: the trace and the span that this happens in, if they are sent."""
    return None if _tracer is None else _tracer.exemplar()
