"""The worker as it runs: nobody waits for somebody else's step, and nothing spins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from astrolabe.override.backend import Job, Result
from astrolabe.override.store import StoreError
from astrolabe.override.worker import Worker
from tests.override.memory import MemoryStore
from tests.override.world import ANN, HOUR, Backend, Service, World

pytestmark = pytest.mark.looptime


class Hanging(Backend):
    """Never finishes in one environment."""

    async def perform(self, job: Job) -> Result:
        if job.environment == "dev":
            await asyncio.Event().wait()
        return await super().perform(job)


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Worker]:
    """Run the worker on the loop's clock."""
    loop = asyncio.get_running_loop()
    begin = service.now
    service.worker._clock = lambda: begin + loop.time()
    stopping = asyncio.Event()
    task = asyncio.create_task(service.worker.run(stopping))
    try:
        yield service.worker
    finally:
        stopping.set()
        await task


async def test_a_step_that_hangs_holds_up_nobody_else() -> None:
    world = World()
    service = Service(world, MemoryStore())
    service.worker._backends = dict.fromkeys(service.names, Hanging(world))
    async with running(service) as worker:
        await service.ask("dev", "sleep", HOUR, ANN)
        worker.nudge()
        await asyncio.sleep(1)
        await service.ask("staging", "sleep", HOUR, ANN)
        worker.nudge()
        await asyncio.sleep(1)
        assert world.awake.get("staging") is False


async def test_it_ends_in_the_middle_of_a_step() -> None:
    world = World()
    service = Service(world, MemoryStore())
    service.worker._backends = dict.fromkeys(service.names, Hanging(world))
    loop = asyncio.get_running_loop()
    async with running(service) as worker:
        await service.ask("dev", "sleep", HOUR, ANN)
        worker.nudge()
        await asyncio.sleep(1)
        start = loop.time()
    assert loop.time() - start < 1


async def test_it_ends_an_override_by_itself() -> None:
    world = World()
    service = Service(world, MemoryStore())
    async with running(service) as worker:
        number = await service.ask("dev", "sleep", HOUR, ANN)
        worker.nudge()
        await asyncio.sleep(HOUR + 1)
        assert service.ledger.state.overrides[number].outcome == "restored"
        assert world.awake["dev"]


async def test_it_does_not_spin_while_another_replica_has_the_lease() -> None:
    world, store = World(), MemoryStore()
    service = Service(world, store)
    looks = 0
    read = store.read

    async def counted(after: int = 0) -> object:
        nonlocal looks
        looks += 1
        return await read(after)

    store.read = counted  # type: ignore[assignment, method-assign]
    async with running(service) as worker:
        store.leased.add("dev")
        await service.ask("dev", "sleep", HOUR, ANN)
        worker.nudge()
        await asyncio.sleep(600)
        assert looks < 300


async def test_it_does_not_spin_over_an_environment_that_is_not_configured() -> None:
    store = MemoryStore()
    service = Service(World(), store)
    service.worker._backends = {}
    await service.ask("dev", "sleep", HOUR, ANN)
    looks = 0
    read = store.read

    async def counted(after: int = 0) -> object:
        nonlocal looks
        looks += 1
        return await read(after)

    store.read = counted  # type: ignore[assignment, method-assign]
    async with running(service):
        await asyncio.sleep(600)
    assert looks < 100


async def test_a_database_that_is_away_is_waited_for() -> None:
    world, store = World(), MemoryStore()
    service = Service(world, store)
    number = await service.ask("dev", "sleep", HOUR, ANN)
    read = store.read
    away = True

    async def unsteady(after: int = 0) -> object:
        if away:
            raise StoreError("the database is away")
        return await read(after)

    store.read = unsteady  # type: ignore[assignment, method-assign]
    async with running(service) as worker:
        await asyncio.sleep(60)
        assert worker.trouble == "the database is away"
        away = False
        await asyncio.sleep(60)
        assert worker.trouble == ""
        assert service.ledger.state.overrides[number].phase == "verified"
