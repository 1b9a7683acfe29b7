"""A day of the demo as a Prometheus would have scraped it, played on a virtual clock.

The exporter is whole and real: it follows the simulated cluster, and each scrape is its OpenMetrics page of
that moment. What Prometheus adds by itself (`job`, `instance`) is added here. An override service stands
beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from unittest.mock import patch

import looptime
from prometheus_client.openmetrics.exposition import generate_latest

from astrolabe.application import Application
from astrolabe.demo.cluster import DAY_MINUTES, open_shop
from astrolabe.demo.day.run import Day
from astrolabe.demo.day.story import Almanac
from astrolabe.metrics import watches
from astrolabe.metrics.snapshot import plain
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from astrolabe.testing.inprocess import InProcess
from tests.dashboards.overriding import Overriding

BEGIN = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""When the demo starts: a Monday, at the beginning of a block of Prometheus' storage."""
SCRAPE_SECONDS = 15
DAYS = 1.25
"""The second day begins as the first, which began with everything new."""
_ADDED = b'job="astrolabe",instance="127.0.0.1:8080"'
_ADDED_OVERRIDE = b'job="astrolabe-override",instance="127.0.0.1:8091"'


@dataclass
class Recording:
    """What was scraped, and when what was told."""

    almanac: Almanac
    lines: Path
    """OpenMetrics with timestamps, without its end."""
    scrapes: list[int] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def samples(self) -> Iterator[str]:
        """Return the lines."""
        with self.lines.open(encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file)

    def time_of_day(self, moment: int) -> timedelta:
        """Return the story's time of a scrape, since midnight."""
        return self.almanac.time_of_day(datetime.fromtimestamp(moment, UTC))

    def at(self, time_of_day: str, day: int = 0) -> int:
        """Return the first scrape after a time of the story, Unix seconds."""
        told = self.almanac.when(day, time_of_day).timestamp()
        return next(moment for moment in self.scrapes if moment > told)


def record(folder: Path) -> Recording:
    """Play the demo and scrape it."""
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(_play(folder / "day.om"))


async def _play(lines: Path) -> Recording:
    clock = LoopClock(BEGIN)
    server = ApiServer(clock=clock)
    plane, almanac = open_shop(server)
    recording = Recording(almanac, lines)
    overriding = Overriding(lambda told: almanac.when(0, told).timestamp())
    with patch.object(watches, "time", lambda: clock().timestamp()):
        application = Application(
            Settings(port=0, address="127.0.0.1"),
            InProcess(server),
            random=Random(1),
            now=lambda: clock().timestamp(),
            elapsed=asyncio.get_running_loop().time,
        )
        stopping = asyncio.Event()
        day = asyncio.create_task(Day(plane, almanac, lambda *told: recording.told.append(told)).run())
        running = asyncio.create_task(application.run(stopping))
        with lines.open("wb") as file:
            for number in range(1, int(DAYS * DAY_MINUTES * 60 / SCRAPE_SECONDS)):
                moment = int(BEGIN.timestamp()) + number * SCRAPE_SECONDS
                await asyncio.sleep(moment - clock().timestamp())
                for task in (day, running):
                    if task.done():
                        task.result()
                file.write(stamped(await scrape(application), _ADDED, moment))
                file.write(stamped(await overriding.page(moment), _ADDED_OVERRIDE, moment))
                recording.scrapes.append(moment)
        stopping.set()
        day.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(running, day)
    return recording


async def scrape(application: Application) -> bytes:
    started = time.perf_counter()
    snapshot = await application.exposition.snapshot()
    page = b"".join(plain(snapshot.pieces(openmetrics=True)))
    page += generate_latest(application.telemetry.registry)
    application.telemetry.exposed(snapshot)
    application.telemetry.process.scraped(time.perf_counter() - started)
    return page


def stamped(page: bytes, added: bytes, moment: int) -> bytes:
    """Add the labels of the target and the time of the scrape to each sample of a page."""
    return b"".join(_sample(line, added, moment) for line in page.splitlines() if not line.startswith(b"#"))


def _sample(line: bytes, added: bytes, moment: int) -> bytes:
    name, brace, rest = line.partition(b"{")
    if brace:
        return b"%s{%s,%s %d\n" % (name, added, rest, moment)
    name, _, value = line.partition(b" ")
    return b"%s{%s} %s %d\n" % (name, added, value, moment)
