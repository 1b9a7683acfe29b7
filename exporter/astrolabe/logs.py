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
    logging.basicConfig(
        level=_LEVELS[min(verbosity, len(_LEVELS) - 1)], stream=sys.stderr, format="%(message)s", force=True
    )
    renderer: structlog.typing.Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks if form == "json" else _keep,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _keep(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event
