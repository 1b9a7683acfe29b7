import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import looptime
import pytest

from astrolabe.demo.cluster import open_shop
from astrolabe.demo.day.run import Day
from astrolabe.demo.day.story import Almanac, clock_face
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from astrolabe.testing.store import Snapshot

START = datetime(2026, 3, 2, 9, 30, 20, tzinfo=UTC)


@dataclass
class Recording:
    """A day and a quarter of the shop."""

    server: ApiServer
    almanac: Almanac
    told: list[tuple[str, str]] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    moments: dict[str, Snapshot] = field(default_factory=dict)
    """The cluster at each quarter of an hour of the story; the second day's carry a 2."""

    def at(self, time: str, resource: str) -> list[dict]:
        found = self.moments[time].objects[resource]
        return [found[key] for key in sorted(found)]

    def get(self, time: str, resource: str, namespace: str, name: str) -> dict:
        return self.moments[time].objects[resource][namespace, name]


def record(days: float) -> Recording:
    """Play days on a virtual clock."""

    async def play() -> Recording:
        server = ApiServer(clock=LoopClock(START))
        plane, almanac = open_shop(server)
        recording = Recording(server, almanac)
        for resource in server.resources:
            server.listen(resource, lambda event: recording.versions.append(event.version))
        day = asyncio.create_task(Day(plane, almanac, lambda *told: recording.told.append(told)).run())
        quarter = timedelta(minutes=almanac.minutes) / 96
        for number in range(2, int(days * 96)):
            moment = almanac.begin + number * quarter
            # A second later, when controllers have done what they do about an act of that moment.
            await asyncio.sleep((moment - server.now()).total_seconds() + 1)
            if day.done():
                day.result()
            prefix = "2 " if number >= 96 else ""
            recording.moments[prefix + clock_face(almanac.time_of_day(moment))] = server.snapshot()
        day.cancel()
        await asyncio.wait({day})
        return recording

    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(play())


@pytest.fixture(scope="session")
def recording() -> Recording:
    return record(1.25)
