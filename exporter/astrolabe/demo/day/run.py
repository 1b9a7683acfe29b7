"""Plays days, one after another, on the event loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from astrolabe.demo.controllers.controlplane import ControlPlane
from astrolabe.demo.controllers.kubegreen import KubeGreen
from astrolabe.demo.day.story import STORY, Almanac, clock_face
from astrolabe.demo.day.traffic import Autoscalers
from astrolabe.demo.day.world import World

_AUTOSCALING_SECONDS = 15


class Day:
    """The life of the cluster: controllers, schedules, traffic, and the story."""

    def __init__(
        self, plane: ControlPlane, almanac: Almanac, tell: Callable[[str, str], None] | None = None
    ) -> None:
        """Have `tell` called with the time of day and a sentence for whatever happens."""
        self._plane = plane
        self._almanac = almanac
        self._tell = tell or (lambda _time, _what: None)
        self._kube_green = KubeGreen(plane)
        self._autoscalers = Autoscalers(plane)
        self._world = World(plane, self._kube_green)

    async def run(self) -> None:
        """Play until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._plane.loop.run())
            group.create_task(self._story())
            group.create_task(self._minutes(group))
            group.create_task(self._traffic())

    def _now(self) -> datetime:
        return self._plane.server.now()

    def _say(self, what: str) -> None:
        self._tell(clock_face(self._almanac.time_of_day(self._now())), what)

    async def _until(self, time: datetime) -> None:
        # The loop's clock may wake a moment early; a tick before its minute would be none.
        while (left := (time - self._now()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock tells nobody
            await asyncio.sleep(left)

    async def _story(self) -> None:
        day = 0
        while True:
            for time, act in STORY:
                await self._until(self._almanac.when(day, time))
                self._say(act(self._world))
            day += 1

    async def _minutes(self, group: asyncio.TaskGroup) -> None:
        while True:
            minute = self._now().replace(second=0, microsecond=0) + timedelta(minutes=1)
            await self._until(minute)
            self._plane.jobs.tick(minute)
            group.create_task(self._kube_green.tick(minute))

    async def _traffic(self) -> None:
        while True:
            for done in self._autoscalers.follow(self._almanac.time_of_day(self._now())):
                self._say(done)
            await asyncio.sleep(_AUTOSCALING_SECONDS)
