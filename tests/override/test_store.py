"""The log: what was added stays, in one order, whoever writes."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from astrolabe.override import chain, events, postgres, sqlite
from astrolabe.override.chain import Head, Record
from astrolabe.override.ledger import Ledger
from astrolabe.override.store import StoreError
from tests.override.conftest import Open
from tests.override.world import ANN, KEY, MONDAY


def refused(number: int, at: float = MONDAY) -> events.Refused:
    return events.Refused(
        at=at, by=ANN, environment="dev", action="wake", rule="roles", message=f"number {number}, ünïcode ☃"
    )


def some(count: int, head: Head | None = None) -> list[Record]:
    return chain.seal(KEY, head or Head(), [refused(number) for number in range(count)])


async def test_what_was_added_is_read(open_store: Open) -> None:
    store = await open_store()
    records = some(3)
    assert await store.append(records[:2])
    assert await store.append(records[2:])
    assert await store.read() == records
    assert await store.read(2) == records[2:]


async def test_who_comes_too_late_adds_nothing(open_store: Open) -> None:
    store = await open_store()
    assert await store.append(some(2))
    assert not await store.append(some(1))
    assert not await store.append(some(1, Head(5, "")))
    assert len(await store.read()) == 2


async def test_a_cut_leaves_a_checkpoint(open_store: Open) -> None:
    store = await open_store()
    ledger = Ledger(store, KEY)
    await ledger.commit(lambda _state: [refused(number, MONDAY + number) for number in range(5)])
    day = 86400.0
    assert await ledger.retain(MONDAY + 3 + 90 * day, 90) == 3
    assert [record.sequence for record in await store.read()] == [3, 4, 5]
    assert await ledger.verify() == 3
    again = Ledger(store, KEY)
    await again.load()
    assert again.head == ledger.head
    await again.commit(lambda _state: [refused(6)])
    assert await again.verify() == 4
    # The same cut again is none.
    assert await again.retain(MONDAY + 3 + 90 * day, 90) == 0


async def test_leases(open_store: Open) -> None:
    store = await open_store()
    async with store.lease("dev") as held:
        assert held
        async with store.lease("dev") as again:
            assert not again
        async with store.lease("prod") as other:
            assert other
    async with store.lease("dev") as held:
        assert held


@pytest.mark.real
async def test_replicas_hold_a_lease_one_at_a_time(postgres_address: str) -> None:
    one, two = [await postgres.opened(postgres_address) for _ in range(2)]
    try:
        async with one.lease("dev") as first, two.lease("dev") as second, two.lease("prod") as third:
            assert (first, second, third) == (True, False, True)
        async with two.lease("dev") as held:
            assert held
            await two.close()
        # A process that dies lets go, as soon as the server notices.
        async with asyncio.timeout(10):
            while not await _free(one, "dev"):  # noqa: ASYNC110  (the server has no event of ours)
                await asyncio.sleep(0.05)
    finally:
        await one.close()
        await two.close()


async def _free(store: postgres.PostgresStore, name: str) -> bool:
    async with store.lease(name) as held:
        return held


@pytest.mark.real
async def test_replicas_write_in_one_order(postgres_address: str) -> None:
    stores = [await postgres.opened(postgres_address) for _ in range(3)]
    ledgers = [Ledger(store, KEY) for store in stores]
    try:

        async def write(ledger: Ledger, replica: int) -> None:
            for number in range(10):
                await ledger.commit(lambda _state, number=number: [refused(100 * replica + number)])  # type: ignore[misc]

        await asyncio.gather(*(write(ledger, replica) for replica, ledger in enumerate(ledgers)))
        assert await ledgers[0].verify() == 30
        found = [record.event for record in await stores[0].read()]
        assert len({event.message for event in found if isinstance(event, events.Refused)}) == 30
    finally:
        for store in stores:
            await store.close()


@pytest.mark.real
async def test_postgres_that_is_away_is_one_line() -> None:
    with pytest.raises(StoreError) as error:
        await postgres.opened("postgresql://astrolabe:secret@127.0.0.1:1/override")
    assert str(error.value).startswith("postgresql://127.0.0.1/override: ")
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


async def test_no_address_of_postgres() -> None:
    with pytest.raises(StoreError, match="no address of PostgreSQL"):
        await postgres.opened("postgresql://a b:secret@x y")


async def test_one_process_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "override.db"
    store = sqlite.opened(path)
    with pytest.raises(
        StoreError, match=r"another process works with it: run one replica, or use PostgreSQL"
    ):
        sqlite.opened(path)
    assert await sqlite.opened(path, writing=False).read() == []
    await store.close()
    await sqlite.opened(path).close()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such database"):
        sqlite.opened(tmp_path / "override.db", writing=False)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "override.db"
    path.write_bytes(b"no database at all, but long enough to look like one" * 20)
    with pytest.raises(StoreError, match="file is not a database"):
        sqlite.opened(path)
    # The lock is given back, so that the next one hears the same.
    with pytest.raises(StoreError, match="file is not a database"):
        sqlite.opened(path)


async def test_the_database_refuses_changes(tmp_path: Path) -> None:
    path = tmp_path / "override.db"
    store = sqlite.opened(path)
    await store.append(some(2))
    await store.close()
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="are not changed"):
        connection.execute("UPDATE records SET code = 'x' WHERE sequence = 1")
    connection.close()


@pytest.mark.real
async def test_postgres_refuses_changes(postgres_address: str) -> None:
    import psycopg

    store = await postgres.opened(postgres_address)
    try:
        await store.append(some(2))
        async with await psycopg.AsyncConnection.connect(postgres_address) as connection:
            with pytest.raises(psycopg.Error, match="are not changed"):
                await connection.execute("UPDATE astrolabe_override_records SET code = 'x'")
    finally:
        await store.close()


@pytest.mark.real
async def test_postgres_that_went_away_comes_back(tmp_path: Path) -> None:
    import psycopg

    from tests.override import postgres as servers

    with servers.postgres(tmp_path) as address:
        store = await postgres.opened(address)
        records = some(2)
        await store.append(records[:1])
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
        with pytest.raises(StoreError):
            await store.append(records[1:])
        assert await store.append(records[1:])
        assert await store.read() == records
        await store.close()
