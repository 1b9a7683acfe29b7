"""The log in a SQLite file, for one replica: write-ahead log, every commit on the disk."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TypeVar

from astrolabe.override.chain import Record
from astrolabe.override.store import StoreError

_BUSY = 5.0
"""Seconds to wait for another process that writes."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    sequence INTEGER PRIMARY KEY,
    body BLOB NOT NULL,
    code TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS records_are_not_changed BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'records of the audit are not changed'); END;
"""

T = TypeVar("T")


class SqliteStore:
    """A `Store` in a file. Made by `opened`."""

    def __init__(self, path: Path, lock: int | None) -> None:
        self._path = path
        self._lock = lock
        self._leased: set[str] = set()
        self._connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False, isolation_level=None)
        self._turn = asyncio.Lock()

    async def read(self, after: int = 0) -> list[Record]:
        """Return the records after a sequence number."""

        def select() -> list[Record]:
            query = "SELECT sequence, body, code FROM records WHERE sequence > ? ORDER BY sequence"
            return [Record(*row) for row in self._connection.execute(query, (after,))]

        return await self._run(select)

    async def append(self, records: Sequence[Record]) -> bool:
        """Add records that follow the last one."""

        def insert() -> bool:
            with _transaction(self._connection):
                (last,) = self._connection.execute("SELECT max(sequence) FROM records").fetchone()
                if (last or 0) != records[0].sequence - 1:
                    return False
                self._insert(records)
            return True

        return await self._run(insert)

    async def cut(self, checkpoint: Record) -> None:
        """Replace all records up to the checkpoint's sequence number by the checkpoint."""

        def replace() -> None:
            with _transaction(self._connection):
                self._connection.execute("DELETE FROM records WHERE sequence <= ?", (checkpoint.sequence,))
                self._insert([checkpoint])

        await self._run(replace)

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[bool]:
        """Hold a name. The file is locked by one process, so the names are its own."""
        if name in self._leased:
            yield False
            return
        self._leased.add(name)
        try:
            yield True
        finally:
            self._leased.discard(name)

    async def close(self) -> None:
        """Close the file, and let another process have it."""
        async with self._turn:
            self._connection.close()
            if self._lock is not None:
                os.close(self._lock)

    def _insert(self, records: Sequence[Record]) -> None:
        rows = [(record.sequence, record.body, record.code) for record in records]
        self._connection.executemany("INSERT INTO records VALUES (?, ?, ?)", rows)

    async def _run(self, work: Callable[[], T]) -> T:
        async with self._turn:
            try:
                # Who is cancelled must not leave the thread at work on a connection that others then use.
                return await asyncio.shield(asyncio.to_thread(work))
            except sqlite3.Error as error:
                raise StoreError(f"{self._path}: {error}") from None


def opened(path: Path, *, writing: bool = True) -> SqliteStore:
    """Open the file, and make it where it is to be written; raises `StoreError`.

    One process at a time can have it for writing.
    """
    if not writing and not path.exists():
        raise StoreError(f"{path}: there is no such database")
    lock = _locked(path) if writing else None
    try:
        store = SqliteStore(path, lock)
        if writing:
            with closing(store._connection.cursor()) as cursor:  # noqa: SLF001
                cursor.execute("PRAGMA journal_mode=WAL")
                cursor.execute("PRAGMA synchronous=FULL")
                cursor.executescript(_SCHEMA)
    except sqlite3.Error as error:
        if lock is not None:
            os.close(lock)
        raise StoreError(f"{path}: {error}") from None
    return store


def _locked(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StoreError(
            f"{path}: another process works with it: run one replica, or use PostgreSQL for several"
        ) from None
    return lock


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
