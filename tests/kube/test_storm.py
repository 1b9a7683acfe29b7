"""Whatever goes wrong in whatever order: afterwards the contents equal a fresh full list."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from astrolabe.kube.reflector import ReflectorOptions
from astrolabe.testing import faults
from astrolabe.testing.requests import Verb
from tests.kube.world import World, pod

pytestmark = pytest.mark.looptime

FAULTS = (
    faults.EmptyClose(),
    faults.ErrorEvent(410, "too old resource version", after=1),
    faults.ErrorEvent(500, retry_after=2),
    faults.Refuse(410),
    faults.Refuse(429, retry_after=1),
    faults.Refuse(503),
    faults.ExpiredPage(1),
    faults.Slow(7),
    faults.Silent(),
    faults.HalfOpen(after=2),
    faults.Cut(1, 20),
    faults.Truncate(2),
    faults.CutBeforeBookmark(),
    faults.Split(11),
    faults.Insert(b'{"type": "ADDED", "obj\n', after=1),
)


@pytest.mark.parametrize("seed", range(40))
async def test_a_storm(seed: int) -> None:
    random = Random(seed)
    world = World()
    world.pods(20)
    snapshots = [world.server.snapshot()]
    async with world.following(options=ReflectorOptions(streaming=seed % 2 == 0)) as reflector:
        for _ in range(60):
            for _ in range(random.randrange(5)):
                name = f"p{random.randrange(30):04}"
                if random.random() < 0.4 and world.server.has("pods", "default", name):
                    world.server.delete("pods", "default", name)
                else:
                    world.server.put(pod(name, value=str(random.random())))
            match random.randrange(10):
                case 0 | 1 | 2:
                    world.server.faults.order("pods", random.choice(FAULTS), times=random.randint(1, 3))
                case 3 | 4:
                    world.server.break_connections()
                case 5:
                    world.server.compact()
                case 6:
                    world.server.go_away()
                    await asyncio.sleep(random.uniform(0, 60))
                    world.server.come_back()
                case 7:
                    for watch in world.server.watches():
                        watch.freeze()
                case 8:
                    snapshots.append(world.server.snapshot())
            await asyncio.sleep(random.expovariate(1 / 20))
        world.server.faults.clear()
        # The longest watch, should its connection be half open.
        await asyncio.sleep(700)
        assert world.known() == world.fresh()
        world.server.restore(random.choice(snapshots))
        await asyncio.sleep(120)
        assert world.known() == world.fresh()
        assert world.sink.contents == reflector.known
        assert reflector.state.phase == "synced"
        assert reflector.state.objects == len(world.fresh())
        span = world.server.requests[-1].time - world.server.requests[0].time
        assert len(world.requests(Verb.LIST, Verb.STREAM, Verb.WATCH)) < span / 4
