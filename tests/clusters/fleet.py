"""The same moments of the demo as several installations of the exporter tell them, side by side.

One cluster is followed by one exporter, by two replicas, or by three shards. A second cluster has the same
names in another state. In the mix each is a cluster of its own; alone it has no label `cluster` at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest.mock import patch

import looptime
import msgspec

from astrolabe.application import Application
from astrolabe.demo.cluster import open_shop
from astrolabe.demo.day.run import Day
from astrolabe.metrics import watches
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from astrolabe.testing.inprocess import InProcess
from tests.dashboards.recording import BEGIN, SCRAPE_SECONDS, scrape, stamped

SHARDS = 3
ROOT = Path(__file__).parents[2]
FIRST, NOON, NIGHT = 75, 225, 660
"""Seconds from the beginning to a moment before much happened, one when much is broken, one when much
sleeps: about 08:20, 12:30 and 21:10 of the demo's first day."""
NAMESPACES = (
    "shop-catalog",
    "shop-checkout",
    "shop-orders",
    "shop-payments",
    "dev-orders",
    "staging-payments",
    "staging-catalog",
    "kube-green",
)
"""Some of the demo's: much happens there, and promtool takes no more."""
_BLOCK = 5
"""Scrapes up to each moment, as many as a rate needs."""

_NEXT = {FIRST: NOON, NOON: NIGHT}
"""What a cluster that is behind shows at a moment: what another one showed at the moment before."""

Page = tuple[str, int, int, bytes]
"""Who says it (`whole`, `shard-0`, …), at which of the moments, how many seconds before, and what."""


@dataclass
class Fleet:
    """What one exporter and three shards of the same cluster said, each at the same moments."""

    pages: list[Page] = field(default_factory=list)

    def alone(self, *, behind: bool = False) -> Iterator[str]:
        """Return what a Prometheus of one cluster holds, of the first or of the one that is `behind`."""
        yield from self._told("", {"whole": "10.0.0.1:8080"}, behind=behind)

    def mixed(self) -> Iterator[str]:
        """Return what a Prometheus of four clusters holds."""
        yield from self.two()
        yield from self.several()

    def two(self) -> Iterator[str]:
        """Return two clusters with the same names, one of which is behind."""
        yield from self._told("east", {"whole": "10.0.0.1:8080"})
        yield from self._told("west", {"whole": "10.0.0.1:8080"}, behind=True)

    def several(self) -> Iterator[str]:
        """Return a cluster of two replicas, and one of three shards."""
        yield from self._told("twice", {"whole": "10.0.0.1:8080"})
        yield from self._told("twice", {"whole": "10.0.0.2:8080"})
        shards = {f"shard-{number}": f"10.0.0.{number + 1}:8080" for number in range(SHARDS)}
        yield from self._told("shards", shards)

    def _told(self, cluster: str, instances: dict[str, str], *, behind: bool = False) -> Iterator[str]:
        for who, end, back, page in self.pages:
            at_end = _NEXT.get(end) if behind else end
            if who in instances and at_end is not None:
                added = f'job="astrolabe",instance="{instances[who]}"'
                added += f',cluster="{cluster}"' if cluster else ""
                yield f"up{{{added}}} 1 {at(at_end - back)}"
                yield from stamped(page, added.encode(), at(at_end - back)).decode().splitlines()


def record() -> Fleet:
    """Play the demo until it sleeps."""
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(_play())


def at(seconds: int) -> int:
    """Return a moment of the recording, Unix seconds."""
    return int(BEGIN.timestamp()) + seconds


async def _play() -> Fleet:
    clock, fleet = LoopClock(BEGIN), Fleet()
    server = ApiServer(clock=clock)
    plane, almanac = open_shop(server)
    with patch.object(watches, "time", lambda: clock().timestamp()):
        whole = Settings(port=0, address="127.0.0.1", namespaces=NAMESPACES)
        settings = {"whole": whole} | {
            f"shard-{number}": msgspec.structs.replace(
                whole, shard=number, total_shards=SHARDS, shard_by="namespace"
            )
            for number in range(SHARDS)
        }
        exporters = {
            who: Application(
                each,
                InProcess(server),
                random=Random(1),
                now=lambda: clock().timestamp(),
                elapsed=asyncio.get_running_loop().time,
            )
            for who, each in settings.items()
        }
        stopping = asyncio.Event()
        day = asyncio.create_task(Day(plane, almanac, lambda *_: None).run())
        running = [asyncio.create_task(each.run(stopping)) for each in exporters.values()]
        backs = [SCRAPE_SECONDS * number for number in reversed(range(_BLOCK))]
        for end, back in ((end, back) for end in (FIRST, NOON, NIGHT) for back in backs):
            await asyncio.sleep(at(end - back) - clock().timestamp())
            for task in (day, *running):
                if task.done():
                    task.result()
            for who, exporter in exporters.items():
                fleet.pages.append((who, end, back, await scrape(exporter)))
        stopping.set()
        day.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*running, day)
    return fleet
