"""The program: delivers events of a configuration's rules to its outputs, and prints a summary at the end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog

from astrolabe.watch.config import SinkConfig, WatchConfig
from astrolabe.watch.controller import Controller
from astrolabe.watch.errors import ConfigError, OtherCluster
from astrolabe.watch.handler import EventHandler
from astrolabe.watch.letters import DeadLetters
from astrolabe.watch.logfiles import FileLog, add_log_handlers
from astrolabe.watch.sinks import FileSink, sink

PROGRESS = 30.0
"""Seconds between lines of progress, where there was any."""

log = structlog.get_logger(__name__)


def outputs(config: WatchConfig, started: datetime) -> list[EventHandler]:
    """Return where events go; raises `ConfigError` for what cannot be written.

    Without an export and without a sink that is the standard output.
    """
    most = config.export_max_mb * 1_000_000
    stamp = f"{started:%Y%m%d-%H%M%S}"
    found: list[EventHandler] = []
    try:
        if config.json_export:
            exported = FileSink("json-export", config.logs / f"events-{stamp}.json", most)
            _say(f"FARO_JSON_FILE: {exported.file.path}")
            found.append(exported)
    except OSError as error:
        raise _unwritable(error) from None
    try:
        found += [sink(each, most) for each in config.sinks]
    except OSError as error:
        raise _unwritable(error, "target") from None
    return found or [sink(SinkConfig("stdout"), most)]


def open_log(config: WatchConfig, started: datetime) -> None:
    """Write the log into a file as well; raises `ConfigError`."""
    path = config.logs / f"faro-{started:%Y%m%d-%H%M%S}.log"
    try:
        handler = FileLog(path)
    except OSError as error:
        raise _unwritable(error) from None
    add_log_handlers(handler, level=config.log_level)
    _say(f"FARO_LOG_FILE: {path}")


async def watch(config: WatchConfig, stopping: asyncio.Event, **connection: Any) -> None:
    """Follow until told to stop, or until `auto_shutdown_sec` is over; raises as `Controller.serve` does.

    Once the credentials name another cluster, follow that one.
    """
    open_log(config, datetime.now().astimezone())
    while True:
        try:
            await _follow(config, stopping, connection)
        except OtherCluster as reason:
            log.info("starting over", reason=str(reason))
        else:
            return


async def _follow(config: WatchConfig, stopping: asyncio.Event, connection: dict[str, Any]) -> None:
    """Follow one cluster, and tell at the end what happened."""
    controller = Controller(config, **connection)
    for handler in outputs(config, datetime.now().astimezone()):
        controller.add_event_handler(handler)
    progress = asyncio.create_task(_progress(controller))
    begun = True
    try:
        if config.metrics.enabled:
            from astrolabe.watch.serving import serving  # noqa: PLC0415  (only who serves imports a server)

            async with serving(controller, config.metrics):
                await controller.serve(stopping)
        else:
            await controller.serve(stopping)
    except ConfigError:
        begun = False
        raise
    finally:
        progress.cancel()
        with suppress(asyncio.CancelledError):
            await progress
        if begun:
            sys.stderr.writelines(f"{line}\n" for line in summary(controller))


async def replay(config: WatchConfig) -> int:
    """Deliver dead letters again to the configuration's outputs, in order; return 1 if some stay.

    Raises `ConfigError` where there is no file that can be read.
    """
    letters = DeadLetters(config.dead_letters)
    try:
        lines = list(letters.read())
    except OSError as error:
        raise ConfigError(f"{letters.path} cannot be read: {error.strerror}") from None
    handlers = {
        str(getattr(handler, "name", "")): handler for handler in outputs(config, datetime.now().astimezone())
    }
    controller = Controller(config)
    for handler in handlers.values():
        controller.add_event_handler(handler)
    delivered, kept = await controller.redeliver(lines)
    try:
        letters.replace(kept)
    except OSError as error:
        raise ConfigError(f"{letters.path} cannot be written: {error.strerror}") from None
    log.info("dead letters replayed", delivered=delivered, kept=len(kept))
    return 1 if kept else 0


def summary(controller: Controller) -> Iterator[str]:
    """Tell, in lines, what happened: events by resource and type, and what became of them."""
    matched = controller.metrics.matched
    resources = sorted({gvr for gvr, _ in matched})
    width = max((len(gvr) for gvr in (*resources, "resource")), default=0)
    yield f"{'resource':{width}}  {'ADDED':>8}  {'UPDATED':>8}  {'DELETED':>8}"
    for gvr in resources:
        counts = "  ".join(f"{matched[gvr, type_]:8}" for type_ in ("ADDED", "UPDATED", "DELETED"))
        yield f"{gvr:{width}}  {counts}"
    for handling in controller.handlers:
        counted = handling.metrics
        yield (
            f"{handling.name}: {counted.handled} handled, {counted.retries} retries,"
            f" {counted.dead_letters} dead letters, {handling.queue.left_out} left out"
            + (f", {counted.lost} lost" if counted.lost else "")
        )


async def _progress(controller: Controller) -> None:
    told = -1
    while True:
        await asyncio.sleep(PROGRESS)
        events = controller.metrics.matched.total()
        if events != told:
            told = events
            waiting = sum(len(handling.queue) for handling in controller.handlers)
            log.info("progress", events=events, waiting=waiting, ready=controller.is_ready)


def _unwritable(error: OSError, key: str = "output_dir") -> ConfigError:
    what = error.filename or "the output folder"
    return ConfigError(f"{what} cannot be written: {error.strerror}; choose another `{key}`")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
