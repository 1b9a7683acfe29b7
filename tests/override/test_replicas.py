"""Three replicas over one PostgreSQL: each deed is done once, and the work of one that dies goes on."""

from __future__ import annotations

import asyncio

import pytest

from astrolabe.override import events, postgres
from tests.override.world import ANN, EVE, HOUR, Service, World

pytestmark = pytest.mark.real


async def test_three_replicas_do_each_deed_once(postgres_address: str) -> None:
    world = World(asleep=lambda _now: True)
    world.awake = dict.fromkeys(("dev", "prod", "staging"), False)
    replicas = [Service(world, await postgres.opened(postgres_address)) for _ in range(3)]
    try:

        async def work(minutes: float) -> None:
            for replica in replicas:
                replica.now += minutes * 60
            for _ in range(12):
                await asyncio.gather(*(replica.worker.turn() for replica in replicas))

        first = await replicas[0].ask("dev", "wake", HOUR, ANN)
        await replicas[1].ask("staging", "wake", 2 * HOUR, ANN)
        await replicas[2].ask("prod", "wake", HOUR, EVE)
        await work(0)
        assert all(world.awake.values())
        # Another replica hears of it, and the same wish stays one.
        assert await replicas[2].ask("dev", "wake", HOUR, ANN, words="again") == first
        # One dies, and holds nothing up.
        await replicas[0].store.close()
        del replicas[0]
        await work(61)
        await work(60)
        assert not any(world.awake.values())
        assert not world.held
        state = await replicas[0].state()
        assert not state.holds
        assert {each.outcome for each in state.overrides.values()} == {"restored"}
        done = [
            (each.environment, change)
            for each in await replicas[0].happened(events.Done)
            for change in each.changes
        ]
        assert sorted(done) == sorted(world.deeds)
        assert len(world.deeds) == len(set(world.deeds)) == 12
    finally:
        for replica in replicas:
            await replica.store.close()
