"""Where log lines go besides the standard error stream: files, or whatever a program plugs in."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog

from astrolabe.watch.config import LogLevel

_LEVELS = {"warning": logging.WARNING, "error": logging.ERROR, "fatal": logging.CRITICAL}


class LogHandler(Protocol):
    """Takes log lines. What it raises is ignored: a log must not stop a program."""

    def write(self, level: str, message: str, fields: dict[str, Any], timestamp: datetime) -> None:
        """Take one line."""
        ...


class FileLog:
    """Adds lines to a file, as text or as JSON."""

    def __init__(self, path: Path, *, json: bool = False) -> None:
        """Open the file; raises `OSError`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._json = json

    def write(self, level: str, message: str, fields: dict[str, Any], timestamp: datetime) -> None:
        """Add one line."""
        time = timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._json:
            entry = {"timestamp": time, "level": level, "event": message, **fields}
            line = msgspec.json.encode(entry, enc_hook=str)
        else:
            words = [time, f"[{level}]", message, *(f"{name}={value!r}" for name, value in fields.items())]
            line = " ".join(words).replace("\n", "\\n").encode(errors="replace")
        os.write(self._file, line + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def add_log_handlers(*handlers: LogHandler, level: LogLevel = "info") -> None:
    """Send what Astrolabe logs to these as well, from a level on. Call it after structlog was configured."""
    config = structlog.get_config()
    numeric = _LEVELS.get(level, logging.DEBUG if level == "debug" else logging.INFO)
    structlog.configure(
        processors=[*config["processors"][:-1], _Tee(handlers), config["processors"][-1]],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
    )


class _Tee:
    """A processor that shows each line to handlers before it is rendered."""

    def __init__(self, handlers: tuple[LogHandler, ...]) -> None:
        self._handlers = handlers

    def __call__(
        self, _logger: object, level: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        fields = {
            name: value
            for name, value in event.items()
            if name not in ("event", "level", "timestamp", "exc_info")
        }
        for handler in self._handlers:
            try:
                handler.write(level, str(event.get("event", "")), fields, datetime.now(UTC))
            except Exception:  # noqa: BLE001, S112  (see LogHandler)
                continue
        return event
