"""The configuration as a whole, as data."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

import msgspec

from astrolabe.watch.rules import Rule

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error", "fatal"]
LOG_LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)


class MetricsConfig(msgspec.Struct, frozen=True):
    """Where the library's own metrics are served."""

    enabled: bool = False
    port: int = 8080
    path: str = "/metrics"
    bind_addr: str = "127.0.0.1"


class SinkConfig(msgspec.Struct, frozen=True):
    """One more place that events go to, each a JSON line or a JSON body."""

    type: Literal["stdout", "file", "webhook", "redis", "nats", "kafka"]
    target: str = ""
    """The path, or a URL; nothing for standard output."""
    stream: str = "astrolabe:events"
    """The stream in Redis. In NATS and Kafka, with a dot for the colon, the subject or the topic that a URL
    without one means."""


class WatchConfig(msgspec.Struct, frozen=True):
    """Everything that a configuration file can say. Each field has the default that a file without it has."""

    rules: tuple[Rule, ...] = ()
    output_dir: str = "./output"
    """Folder of logs, exported events and dead letters. Made when something is written."""
    log_level: LogLevel = "info"
    auto_shutdown_sec: float = 0
    """Seconds after which to stop as on SIGTERM; 0 for never."""
    json_export: bool = False
    metrics: MetricsConfig = MetricsConfig()
    sinks: tuple[SinkConfig, ...] = ()
    workers: int = 3
    """Events of different keys that one handler works on at the same time."""
    retries: int = 10
    """Attempts after the first before an event becomes a dead letter."""
    handler_timeout: float = 300
    """Seconds that one attempt may take."""
    queue_size: int = 10_000
    """Events that wait for one handler before only the last one of each key is kept."""
    export_max_mb: int = 100
    """Megabytes (10^6 bytes) after which the file of exported events is compressed and a new one begun."""
    state_file: str = ""
    """Where to remember what was delivered, so that a restart goes on from there; empty for nowhere."""
    warnings: tuple[str, ...] = ()
    """What the file says that has no effect, one line each."""

    @property
    def logs(self) -> Path:
        """Folder of the log and of exported events."""
        return Path(self.output_dir) / "logs"

    @property
    def dead_letters(self) -> Path:
        """File of the events that no handler took."""
        return Path(self.output_dir) / "dead-letters.jsonl"
