"""Fixtures: the stores that there are, all held to the same contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from astrolabe.override import postgres, sqlite
from astrolabe.override.store import Store
from tests.override import postgres as servers
from tests.override.memory import MemoryStore

Open: TypeAlias = Callable[[], Awaitable[Store]]
"""Opens the same log, as another process does."""


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.postgres(tmp_path_factory.mktemp("postgres")) as address:
        yield address


@pytest.fixture
def postgres_address(postgres_server: str) -> str:
    """A server whose table is not there yet."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS astrolabe_override_records")
    return postgres_server


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.real)])
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    stores: list[Store] = []
    memory = MemoryStore()
    address = request.getfixturevalue("postgres_address") if request.param == "postgres" else ""

    async def opened() -> Store:
        match request.param:
            case "memory":
                return memory
            case "sqlite":
                # One process at a time has the file for writing; tests open it again after closing it.
                stores.append(sqlite.opened(tmp_path / "override.db"))
            case "postgres":
                stores.append(await postgres.opened(address))
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()
