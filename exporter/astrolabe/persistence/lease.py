"""The lease as its holder sees it: until when nobody else can hold it."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable

from astrolabe.persistence.store import LEASE

MARGIN = 3.0
"""Seconds before the store lets the lease go in which its holder does not rely on it any more."""
VALID = LEASE - MARGIN
"""Seconds for which a holder relies on a lease, from when it asked for it."""


def _now() -> float:
    return get_running_loop().time()


class Lease:
    """Whether this process leads its replicas. It says so only while no other process can.

    The clock is one that nobody sets, and that goes on while the process is stopped.
    """

    def __init__(self, clock: Callable[[], float] = _now) -> None:
        self.clock = clock
        self.asked = -LEASE
        """When it was last asked for successfully, by the clock."""
        self._given = False

    @property
    def held(self) -> bool:
        """Whether this process holds it now."""
        return self._given and self.clock() < self.asked + VALID

    def renewed(self, asked: float) -> None:
        """Note that the store gave it, to a question that left at a time by the clock."""
        self.asked = asked
        self._given = True

    def end(self) -> None:
        """Give it up."""
        self._given = False
