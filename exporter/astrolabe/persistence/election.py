"""Which of several replicas leads, and that its counters go on where those of the last leader stopped.

Every replica counts by itself. The leader alone exposes what it counted, and keeps it. So whoever takes over
has counted already what happened since the last write of the one before. It begins once it has all that was
kept. A replica that lacks something starts over from what is kept: at once where it is to lead, else after
a while.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from astrolabe.derived.cost.sleepers import Remembered
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.persistence.capture import StateSource
from astrolabe.persistence.codec import Unreadable, decode
from astrolabe.persistence.lease import VALID, Lease
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.state import Mismatch, match
from astrolabe.persistence.store import LEASE, RELEASED, StateStore

FOLLOW_INTERVAL = 10.0
"""Seconds between two looks of a replica that stands by at what the leader keeps."""
CATCH_UP = 1.5
"""Seconds that a new leader waits until it has seen what the last one counted."""
LASTING = 180.0
"""Seconds for which a replica that stands by may lack what the leader counted.

One that was just started judges operations later, by 90 seconds at most.
"""
UNSURE = 30.0
"""Seconds from a start that found no state to another that looks for it."""
_PARTS = ("format", "followed", "ledger", "cost", RELEASED)

log = structlog.get_logger(__name__)


class NotYet(Exception):
    """This process may not lead yet."""


class Outdated(Exception):
    """What this process counted lacks what is kept: start over from there. Its text is one line."""


class Election:
    """One replica's part in it."""

    def __init__(self, state_store: StateStore, followed: StateScope, lease: Lease) -> None:
        self._state_store = state_store
        self._followed = followed
        self.lease = lease
        self._begun = lease.clock()
        self._free_from: float | None = None
        """From when on nobody can rely on a lease that was given before; None while that is not known."""
        self._followed_at = 0.0
        self._lacking_since: float | None = None
        self._led = False
        self.unsure = False
        """Whether this process counts from nothing because what is kept could not be read."""

    async def stand_by(self, left: float, subject: StateSource) -> None:
        """Note that another process holds the lease; raises `Outdated` and `StoreError`."""
        now = self.lease.clock()
        self._free_from = now + left
        self.resign()
        if now - self._followed_at < FOLLOW_INTERVAL:
            return
        self._followed_at = now
        kept = self._kept(await self._state_store.peek(_PARTS))
        if kept is not None:
            self._compare(kept[0], subject, LASTING)

    def _compare(self, kept: Ledger, subject: StateSource, patience: float) -> bool:
        """Return whether all that is kept was counted here as well.

        Raises `Outdated` where that has not been so for `patience` seconds.
        """
        now = self.lease.clock()
        if self.unsure:
            if now - self._begun >= UNSURE:
                raise Outdated("the stored state can be read now")
            return False
        if not kept.ahead_of(subject.sleep.ledger()):
            self._lacking_since = None
            return True
        since = self._lacking_since = now if self._lacking_since is None else self._lacking_since
        if now - since >= patience:
            raise Outdated("another replica counted what this one did not see")
        return False

    async def stand(self, subject: StateSource) -> None:
        """Hold the lease, with counters that go on from what is kept.

        Raises `NotYet`, `LeaseHeld` and `StoreError`, and `Outdated`.
        """
        if not self.lease.held:
            await self._catch_up(subject)
        await self.renew_if_due(0.0)

    async def renew_if_due(self, interval: float) -> None:
        """Renew the lease, if that is longer ago than an interval in seconds; raises as `stand` does."""
        asked = self.lease.clock()
        if asked - self.lease.asked >= interval:
            await self._state_store.acquire(LEASE)
            self.elected(asked)

    async def _catch_up(self, subject: StateSource) -> None:
        now = self.lease.clock()
        parts = await self._state_store.peek(_PARTS)
        kept = self._kept(parts)
        all_counted = kept is None or self._compare(kept[0], subject, CATCH_UP)
        if self._free_from is None:
            # Somebody may rely on a lease that the store forgot. Who has all that was counted goes first.
            self._free_from = now + VALID + (LEASE if self.unsure and not parts else 0.0)
        if now < self._free_from and RELEASED not in parts:
            raise NotYet
        if not all_counted:
            raise NotYet
        if kept is not None:
            subject.cost.take_up(kept[1])

    def _kept(self, parts: Mapping[str, bytes]) -> tuple[Ledger, Remembered] | None:
        """Return the counters in some parts; None if this process cannot use them."""
        try:
            match(parts, self._followed)
            return decode(parts["ledger"], Ledger), decode(parts["cost"], Remembered)
        except (Mismatch, Unreadable, KeyError):
            return None

    def elected(self, asked: float) -> None:
        """Note that the store took a write that left at a time by the lease's clock."""
        self.lease.renewed(asked)
        self.unsure = False
        if not self._led:
            self._led = True
            log.info("leading", consequence="this replica exposes counters of sleep and savings")

    def resign(self) -> None:
        """Stop leading now, even if the lease has time left."""
        self.lease.end()
        if self._led:
            self._led = False
            log.info("no longer leading", consequence="another replica exposes counters of sleep and savings")

    def cut_off(self) -> None:
        """Note that the store cannot be reached."""
        if not self.lease.held:
            self._free_from = None
            if self._led:
                self._led = False
                log.warning("no longer leading", consequence="counters of sleep and savings are not exposed")
