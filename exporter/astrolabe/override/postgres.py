"""The log in PostgreSQL, for several replicas. Leases are advisory locks of a connection of their own."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict

from astrolabe.override.chain import Record
from astrolabe.override.store import StoreError

_CONNECT_TIMEOUT = 10
"""Seconds."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS astrolabe_override_records (
    sequence bigint PRIMARY KEY,
    body bytea NOT NULL,
    code text NOT NULL
);
CREATE OR REPLACE FUNCTION astrolabe_override_unchanged() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'records of the audit are not changed'; END $$;
CREATE OR REPLACE TRIGGER records_are_not_changed BEFORE UPDATE ON astrolabe_override_records
FOR EACH ROW EXECUTE FUNCTION astrolabe_override_unchanged();
"""
_SCHEMA_LOCK = 0x6173_7472_6F6C
"""Replicas that start together make the table one after the other."""

T = TypeVar("T")
Connection = AsyncConnection[tuple[object, ...]]


class PostgresStore:
    """A `Store` in a table. Made by `opened`. A connection that breaks is made again."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._place = _shown(address)
        self._log: Connection | None = None
        self._leases: Connection | None = None
        self._held: set[str] = set()
        self._turn = asyncio.Lock()
        self._lease_turn = asyncio.Lock()

    async def read(self, after: int = 0) -> list[Record]:
        """Return the records after a sequence number."""

        async def select(connection: Connection) -> list[Record]:
            cursor = await connection.execute(
                "SELECT sequence, body, code FROM astrolabe_override_records"
                " WHERE sequence > %s ORDER BY sequence",
                (after,),
            )
            return [Record(int(str(row[0])), bytes(row[1]), str(row[2])) for row in await cursor.fetchall()]  # type: ignore[call-overload]

        return await self._run(select)

    async def append(self, records: Sequence[Record]) -> bool:
        """Add records that follow the last one."""

        async def insert(connection: Connection) -> bool:
            async with connection.transaction():
                # One writer at a time; readers go on.
                await connection.execute("LOCK TABLE astrolabe_override_records IN EXCLUSIVE MODE")
                cursor = await connection.execute("SELECT max(sequence) FROM astrolabe_override_records")
                row = await cursor.fetchone()
                if ((row and row[0]) or 0) != records[0].sequence - 1:
                    return False
                await self._insert(connection, records)
            return True

        return await self._run(insert)

    async def cut(self, checkpoint: Record) -> None:
        """Replace all records up to the checkpoint's sequence number by the checkpoint."""

        async def replace(connection: Connection) -> None:
            async with connection.transaction():
                await connection.execute(
                    "DELETE FROM astrolabe_override_records WHERE sequence <= %s", (checkpoint.sequence,)
                )
                await self._insert(connection, [checkpoint])

        await self._run(replace)

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[bool]:
        """Hold a name among all replicas; a process that dies lets go of it with its connection."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        if name in self._held or not await self._locked(key):
            yield False
            return
        self._held.add(name)
        try:
            yield True
        finally:
            self._held.discard(name)
            await self._unlocked(key)

    async def close(self) -> None:
        """Close the connections, and with them let go of every lease."""
        for connection in (self._log, self._leases):
            if connection is not None:
                await connection.close()

    async def prepare(self) -> None:
        """Make the table where there is none."""

        async def make(connection: Connection) -> None:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
                cursor = await connection.execute("SELECT to_regclass('astrolabe_override_records')")
                row = await cursor.fetchone()
                if row is None or row[0] is None:
                    await connection.execute(sql.SQL(_SCHEMA))

        await self._run(make)

    async def _locked(self, key: int) -> bool:
        async with self._lease_turn:
            try:
                if self._leases is None or self._leases.closed:
                    self._leases = await self._connected()
                    # Locks of a connection that broke are gone, whatever we thought to hold.
                cursor = await self._leases.execute("SELECT pg_try_advisory_lock(%s)", (key,))
                row = await cursor.fetchone()
            except (psycopg.Error, OSError) as error:
                raise self._trouble(error) from None
            return bool(row and row[0])

    async def _unlocked(self, key: int) -> None:
        async with self._lease_turn:
            if self._leases is None or self._leases.closed:
                return
            try:
                await self._leases.execute("SELECT pg_advisory_unlock(%s)", (key,))
            except (psycopg.Error, OSError):
                # A connection that is dropped lets go as well.
                await self._leases.close()

    @staticmethod
    async def _insert(connection: Connection, records: Sequence[Record]) -> None:
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO astrolabe_override_records VALUES (%s, %s, %s)",
                [(record.sequence, record.body, record.code) for record in records],
            )

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._turn:
            try:
                if self._log is None or self._log.closed:
                    self._log = await self._connected()
                return await work(self._log)
            except psycopg.errors.UniqueViolation:
                raise StoreError(f"{self._place}: somebody else wrote at the same time") from None
            except (psycopg.Error, OSError) as error:
                if self._log is not None:
                    await self._log.close()
                raise self._trouble(error) from None
            except BaseException:
                # Whether a transaction was open is not known: the connection is not used again.
                if self._log is not None:
                    await self._log.close()
                raise

    async def _connected(self) -> Connection:
        return await AsyncConnection.connect(self._address, autocommit=True, connect_timeout=_CONNECT_TIMEOUT)

    def _trouble(self, error: Exception) -> StoreError:
        return StoreError(f"{self._place}: {' '.join(str(error).split()) or type(error).__name__}")


async def opened(address: str) -> PostgresStore:
    """Connect, and make the table where there is none; raises `StoreError`."""
    try:
        conninfo_to_dict(address)
    except psycopg.Error:
        raise StoreError("database: no address of PostgreSQL: expected postgresql://HOST/NAME") from None
    store = PostgresStore(address)
    await store.prepare()
    return store


def _shown(address: str) -> str:
    """Return an address without user and password."""
    fields = conninfo_to_dict(address)
    return f"postgresql://{fields.get('host', '')}/{fields.get('dbname', '')}"
