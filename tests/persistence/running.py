"""Exporters that keep their state in a real Redis, without an API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from astrolabe.persistence.access import Access
from astrolabe.persistence.redis import RedisShelf
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.writer import LAST_WRITE_TIMEOUT
from tests.persistence.test_writer import FOLLOWED, Process, contents

KEY = FOLLOWED.key
START_SECONDS = 2.5
"""The longest that a start may take: two seconds of patience, and what a busy machine adds."""


def state_store(
    access: str | Access, *, password: str = "", writer: str = "host/1", key: str = KEY
) -> RedisShelf:
    access = Access(access, password=password) if isinstance(access, str) else access
    return RedisShelf(access, key=key, writer=writer)


@asynccontextmanager
async def process(
    access: str | Access, *, password: str = "", writer: str = "host/1", followed: StateScope = FOLLOWED
) -> AsyncIterator[Process]:
    """Start an exporter that keeps its state, in time whatever is there."""
    started = Process(state_store(access, password=password, writer=writer, key=followed.key), followed)  # type: ignore[arg-type]
    before = perf_counter()
    started.restored = await started.start()  # type: ignore[attr-defined]
    assert perf_counter() - before < START_SECONDS
    running = asyncio.create_task(started.state_writer.run())
    try:
        yield started
    finally:
        assert not running.done(), running
        running.cancel()
        await asyncio.wait([running])
        before = perf_counter()
        await started.state_writer.close()
        assert perf_counter() - before < LAST_WRITE_TIMEOUT + 0.5


async def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition: real sockets know no virtual clock."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def kept(access: str | Access, **options: Any) -> dict[str, Any]:
    """What a fresh process would restore."""
    another = Process(state_store(access, **options))  # type: ignore[arg-type]
    found = contents(await another.start())
    await another.state_writer._state_store.close()
    return found


async def settled(running: Process) -> None:
    """Wait until everything that happened is written."""
    await until(lambda: running.state_writer._generation and not running.state_writer._journal.changes)


def warnings(logs: list[Any]) -> list[str]:
    return [f"{log['event']}: {log.get('reason', '')}" for log in logs if log["log_level"] == "warning"]


def errors(running: Process, reason: str) -> float:
    return running.value("astrolabe_persistence_errors_total", reason=reason) or 0


def up(running: Process) -> bool:
    return running.value("astrolabe_persistence_up") == 1
