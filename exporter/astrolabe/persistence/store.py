"""The seam between what is kept and where: one writer at a time, and nothing half-written is ever read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

import msgspec

from astrolabe.persistence.state import Kept

Reason: TypeAlias = Literal[
    "unreachable", "timeout", "refused", "full", "readonly", "garbage", "lost", "other"
]
REASONS: tuple[Reason, ...] = Reason.__args__  # type: ignore[attr-defined]


LEASE = 10.0
"""Seconds after the last write from which on another process may write."""
RELEASED = "released"
"""The part that a process writes last, when it ends properly; the next one to write takes it away."""


class StoreError(Exception):
    """Keeping did not work. Its text is one line that names the cause, and holds no password."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason


class StateLost(Exception):
    """What was written is there no more, or not whole: only a whole snapshot helps."""


class LeaseHeld(Exception):
    """Another process keeps its state here. Its text is that one's name."""

    def __init__(self, name: str, left: float = LEASE) -> None:
        """Another process may write after `left` seconds, unless this one writes again."""
        super().__init__(name)
        self.left = left


class Holder(NamedTuple):
    """Who keeps its state here."""

    name: str
    """Empty where nobody does."""
    left: float = 0.0
    """Seconds until another process may, unless this one writes again."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One step from one consistent state to the next."""

    generation: str
    """The whole snapshot that it belongs to."""
    before: int
    """Blocks of it that have to be there."""
    blocks: Sequence[bytes] = ()
    """What is added to them."""
    parts: Mapping[str, bytes]
    first: bool = False
    """Whether this generation becomes the valid one. The one before is then deleted."""
    lease: float
    """Seconds for which nobody else may write from now on."""


class StateStore(Protocol):
    """Where state is kept. Everything raises `StoreError`."""

    async def load(self) -> Kept | None:
        """Return what is kept as of one moment, None where nothing is."""
        ...

    async def peek(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Return some of the parts, those that are there, as of one moment."""
        ...

    async def taken_by(self) -> Holder:
        """Return which other process keeps its state here, if any.

        Where something else holds that place, this raises `StoreError`, and makes it go unless it is renewed.
        """
        ...

    async def acquire(self, lease: float) -> None:
        """Let nobody else write for some seconds, without writing anything; raises `LeaseHeld`."""
        ...

    async def prepare(self, generation: str, blocks: Sequence[bytes]) -> None:
        """Lay down blocks of a generation that does not count yet."""
        ...

    async def discard(self, generation: str) -> None:
        """Take away the blocks of a generation that will not count."""
        ...

    async def commit(self, commit: Commit, *, takeover: bool = False) -> None:
        """Take one step, or none at all; raises `StateLost`, and `LeaseHeld` unless this is to take over."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
