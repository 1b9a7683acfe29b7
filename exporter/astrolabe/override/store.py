"""The seam to the database: a log that only grows, and leases for replicas that share it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from astrolabe.override.chain import Record


class StoreError(Exception):
    """The database cannot be used just now. Its text is one line that holds no password."""


class Store(Protocol):
    """Keeps the records of the audit. Every method raises `StoreError`."""

    async def read(self, after: int = 0) -> list[Record]:
        """Return the records after a sequence number, in order."""
        ...

    async def append(self, records: Sequence[Record]) -> bool:
        """Add records that follow the last one; False, and nothing added, where others were added before."""
        ...

    async def cut(self, checkpoint: Record) -> None:
        """Replace all records up to the checkpoint's sequence number by the checkpoint."""
        ...

    def lease(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Hold a name that one process at a time can hold; yields False where another one holds it."""
        ...

    async def close(self) -> None:
        """Give everything back."""
        ...
