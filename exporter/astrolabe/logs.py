"""Structured logs on the standard error stream."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def configure(form: Literal["text", "json"] = "text", verbosity: int = 0) -> None:
    """Send logs to the standard error stream: text for people, JSON (one object a line) for collectors.

    At verbosity 0 libraries say warnings and Astrolabe what an operator wants to know.
    """
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
        processors=[*prepare, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # What libraries say comes out in the same form.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=prepare,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(level=_LEVELS[min(verbosity, len(_LEVELS) - 1)], handlers=[handler], force=True)
