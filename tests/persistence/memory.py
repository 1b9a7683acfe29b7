"""A state store in memory that keeps the promises of the seam, and breaks where it is told to."""

from __future__ import annotations

from collections.abc import Sequence

from astrolabe.persistence.state import Kept
from astrolabe.persistence.store import Commit, Holder, LeaseHeld, Reason, StateLost, StoreError


class Memory:
    """What is kept, shared by every process that is handed it."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.blocks: dict[str, list[bytes]] = {}
        self.writer = ""

    def hold(self, name: str, seconds: float) -> None:
        """Let one process write from now on; here that does not expire."""
        self.writer = name if seconds > 1 else ""

    def left(self) -> float:
        """Seconds until another may."""
        return 0.0


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

    async def peek(self, names: Sequence[str]) -> dict[str, bytes]:
        self._meet()
        return {name: self.memory.parts[name] for name in names if name in self.memory.parts}

    async def taken_by(self) -> Holder:
        self._meet()
        writer = self.memory.writer
        return Holder("" if writer == self.name else writer, self.memory.left())

    async def acquire(self, lease: float) -> None:
        self._meet()
        if self.memory.writer not in ("", self.name):
            raise LeaseHeld(self.memory.writer, self.memory.left())
        self.memory.hold(self.name, lease)

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
        memory.hold(self.name, commit.lease)

    async def close(self) -> None:
        """There is nothing to close."""
