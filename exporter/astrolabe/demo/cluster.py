"""The demo's cluster: the shop, its day, and an API server on loopback that shows both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from astrolabe.demo.controllers.controlplane import ControlPlane
from astrolabe.demo.day.run import Day
from astrolabe.demo.day.story import Almanac
from astrolabe.demo.shop.populate import Installer
from astrolabe.demo.shop.sleepers import sleepinfos
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving

DAY_MINUTES = 20
_HISTORY = 500
_REQUESTS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that runs."""

    url: str
    """Address of the API server: plain HTTP, no credentials."""
    server: ApiServer
    day: asyncio.Task[None]
    """Ends only by a fault of its own, or when the demo is left."""


def open_shop(
    server: ApiServer, *, minutes: int = DAY_MINUTES, seed: int = 0
) -> tuple[ControlPlane, Almanac]:
    """Install the shop on a server, its SleepInfos on schedules that fit days of so many real minutes.

    Raises `ValueError` for a length that is not in `astrolabe.demo.day.story.LENGTHS`.
    """
    almanac = Almanac.starting(server.now(), minutes)
    plane = ControlPlane(server, seed)
    Installer(plane).install(sleepinfos(*almanac.schedules()))
    server.compact()
    return plane, almanac


@asynccontextmanager
async def demo_cluster(
    *,
    minutes: int = DAY_MINUTES,
    seed: int = 0,
    port: int = 0,
    tell: Callable[[str, str], None] | None = None,
) -> AsyncIterator[Demo]:
    """Run the demo's cluster on a loopback port (a free one for 0) until the context is left.

    A day takes so many real minutes; `tell` hears the story's time of day and what happens then.
    """
    server = ApiServer(history=_HISTORY, seed=seed, requests_kept=_REQUESTS_KEPT)
    plane, almanac = open_shop(server, minutes=minutes, seed=seed)
    async with serving(server, port) as url:
        day = asyncio.create_task(Day(plane, almanac, tell).run())
        try:
            yield Demo(url, server, day)
        finally:
            day.cancel()
            await asyncio.wait({day})
