"""A state store in memory that keeps the promises of the seam, and breaks where it is told to."""

from __future__ import annotations

from collections.abc import Sequence

from astrolabe.persistence.state import Kept
from astrolabe.persistence.store import Commit, LeaseHeld, Reason, StateLost, StoreError


class Memory:
    """What is kept, shared by every process that is handed it."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.blocks: dict[str, list[bytes]] = {}
        self.writer = ""


class MemoryShelf:
    """A `Shelf` of one process."""

    def __init__(self, memory: Memory, writer: str = "host/1") -> None:
        self.memory = memory
        self.name = writer
        self.trouble: Reason | None = None
        """What goes wrong with everything, from now on."""
        self.commits: list[Commit] = []
        self.prepared = 0

    def _meet(self) -> None:
        if self.trouble is not None:
            raise StoreError(self.trouble, f"it is {self.trouble}")

    async def load(self) -> Kept | None:
        self._meet()
        memory = self.memory
        if not memory.parts:
            return None
        return Kept(dict(memory.parts), list(memory.blocks.get(memory.parts["generation"].decode(), ())))

    async def taken_by(self) -> str:
        self._meet()
        return "" if self.memory.writer == self.name else self.memory.writer

    async def prepare(self, generation: str, blocks: Sequence[bytes]) -> None:
        self._meet()
        self.prepared += len(blocks)
        self.memory.blocks.setdefault(generation, []).extend(blocks)

    async def discard(self, generation: str) -> None:
        self._meet()
        self.memory.blocks.pop(generation, None)

    async def commit(self, commit: Commit, *, takeover: bool = False) -> None:
        self._meet()
        memory, generation = self.memory, commit.generation
        if memory.writer not in ("", self.name) and not takeover:
            raise LeaseHeld(memory.writer)
        if len(memory.blocks.get(generation, ())) != commit.before:
            raise StateLost
        old = memory.parts.get("generation", b"").decode()
        if not commit.first and old != generation:
            raise StateLost
        self.commits.append(commit)
        memory.blocks.setdefault(generation, []).extend(commit.blocks)
        if commit.first:
            memory.parts = {"generation": generation.encode()}
            if old != generation:
                memory.blocks.pop(old, None)
        memory.parts |= commit.parts
        memory.writer = self.name if commit.lease > 1 else ""

    async def close(self) -> None:
        """There is nothing to close."""
