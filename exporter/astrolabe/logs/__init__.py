"""Structured logs on the standard error stream, which hold nobody up and never drown what else is said."""

from __future__ import annotations

import atexit
import logging
import sys
from typing import Any, Literal

import structlog

from astrolabe.logs.repeats import Repeats
from astrolabe.logs.stream import Stream, detach

__all__ = ("configure", "detach")

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_OF_LIBRARIES = 10
"""Lines of one message of a library that are said in a while: some have tracebacks."""
_REPEATED = "repeated"
"""The field with the number of lines that one stands for."""


def configure(form: Literal["text", "json"] = "text", verbosity: int = 0, *, forbidden: bool = True) -> None:
    """Send logs to the standard error stream: text for people, JSON (one object a line) for collectors.

    At verbosity 0 libraries say warnings and Astrolabe what an operator wants to know. Without `forbidden` it
    does not say at verbosity 0 which resources may not be watched.
    """
    told = [] if forbidden or verbosity else [_without_forbidden]
    level = logging.DEBUG if verbosity > 1 else logging.INFO
    prepare: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Tracebacks are shown without the values of variables, which may be credentials.
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    render: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(frames), structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        # What is said of one cluster repeats nothing that is said of another: the context comes first.
        processors=[structlog.contextvars.merge_contextvars, *told, _Own(), *prepare, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # What libraries say comes out in the same form.
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Libraries())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=[_REPEATED]), *prepare],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(level=_LEVELS[min(verbosity, len(_LEVELS) - 1)], handlers=[handler], force=True)


def _without_forbidden(
    _logger: object, _level: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Drop the line about a resource that may not be watched."""
    if event.get("event") == "watch failed" and event.get("phase") == "forbidden":
        raise structlog.DropEvent
    return event


class _Own:
    """Lets through what Astrolabe says, unless it is said again and again. Debug lines always pass."""

    def __init__(self) -> None:
        self._repeats: Repeats[tuple[str, structlog.typing.EventDict]] = Repeats(_say)
        atexit.register(self._repeats.tell)

    def __call__(
        self, _logger: object, level: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        if isinstance(sys.stderr, Stream) and (lost := sys.stderr.lost()):
            _say(("warning", {"event": "lines of this log were lost, nobody read them"}), lost)
        if _REPEATED in event or level == "debug":
            return event
        fields = {name: value for name, value in event.items() if name != "exc_info"}
        values = repr((fields, _raised(event.get("exc_info"))))
        if self._repeats.new((level, str(event.get("event"))), values, (level, fields)):
            return event
        raise structlog.DropEvent


def _say(line: tuple[str, structlog.typing.EventDict], repeated: int) -> None:
    level, fields = line
    getattr(structlog.get_logger(), level)(**fields, **{_REPEATED: repeated})


class _Libraries(logging.Filter):
    """The same for what libraries say."""

    def __init__(self) -> None:
        super().__init__()
        self._repeats: Repeats[logging.LogRecord] = Repeats(_say_record, different=_OF_LIBRARIES)
        atexit.register(self._repeats.tell)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is said now."""
        if record.levelno <= logging.DEBUG or hasattr(record, _REPEATED):
            return True
        # Its traceback would keep alive what the frames hold.
        bare = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        values = repr((record.args, _raised(record.exc_info)))
        return self._repeats.new((record.name, record.levelno, str(record.msg)), values, bare)


def _say_record(record: logging.LogRecord, repeated: int) -> None:
    setattr(record, _REPEATED, repeated)
    logging.getLogger(record.name).handle(record)


def _raised(exc_info: Any) -> str:
    """Return which exception is told of."""
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    return repr(error) if error else ""
