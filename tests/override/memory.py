"""A log in memory, which a test can crash: the seam of the real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from astrolabe.override.chain import Record


class MemoryStore:
    """Several processes of a test share its records."""

    def __init__(self, records: list[Record] | None = None) -> None:
        self.records = [] if records is None else records
        self.leased: set[str] = set()

    async def read(self, after: int = 0) -> list[Record]:
        return [record for record in self.records if record.sequence > after]

    async def append(self, records: Sequence[Record]) -> bool:
        if (self.records[-1].sequence if self.records else 0) != records[0].sequence - 1:
            return False
        self.records.extend(records)
        return True

    async def cut(self, checkpoint: Record) -> None:
        self.records[:] = [
            checkpoint,
            *(record for record in self.records if record.sequence > checkpoint.sequence),
        ]

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[bool]:
        if name in self.leased:
            yield False
            return
        self.leased.add(name)
        try:
            yield True
        finally:
            self.leased.discard(name)

    async def close(self) -> None:
        """Nothing to close."""
