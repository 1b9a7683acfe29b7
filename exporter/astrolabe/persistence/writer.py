"""Keeps what this process learns: the task beside the writer of the graph.

What changed is written about once a second, together with the resource versions and the memories of sleep
and cost as they are at that moment, in one step. A whole snapshot replaces it now and then, and after any
trouble: it is laid down beside the one that counts and takes its place in one step. So whatever happens, what
is kept is one moment of the past.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Generator
from contextlib import suppress

import structlog

from astrolabe import tracing
from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.metrics.persistence import PersistenceMetrics
from astrolabe.persistence import restoring
from astrolabe.persistence.capture import Parts, StateSource
from astrolabe.persistence.codec import BLOCK, Change, encode, pack
from astrolabe.persistence.election import Election, NotYet, Outdated
from astrolabe.persistence.journal import Journal
from astrolabe.persistence.scope import FORMAT, StateScope
from astrolabe.persistence.state import Restored
from astrolabe.persistence.store import (
    LEASE,
    RELEASED,
    Commit,
    LeaseHeld,
    Reason,
    StateLost,
    StateStore,
    StoreError,
)
from astrolabe.scheduling.scheduler import Scheduler

WRITE_INTERVAL = 1.0
"""Seconds between writes."""
SELDOM_INTERVAL = 30.0
"""Seconds between writes of the memories of access and of recent changes."""
HEARTBEAT_INTERVAL = 2.0
"""Seconds after which something is written though nothing changed."""
STANDBY_INTERVAL = 1.0
"""Seconds between two checks whether another process still keeps its state here."""
LAST_WRITE_TIMEOUT = 1.0
"""Seconds for the last write."""
RETRY_INTERVAL = 30.0
"""Seconds between attempts while they fail; they begin at one and double."""
REPLICA_RETRY_INTERVAL = 5.0
"""The same where there are several replicas: until one of them writes, none exposes counters."""
UNREADY_TIMEOUT = 60.0
"""Seconds for which incomplete lists do not replace the state of an earlier process."""
MINIMUM_CHANGES = 1000
"""The least number of changes that makes a whole snapshot due."""
_BLOCKS_PER_WRITE = 16
"""Blocks that are sent together."""
_NO_LEASE = 0.001

log = structlog.get_logger(__name__)


class StateWriter(Follower):
    """Writes the state of its subject to a state store, in order. Only cancellation ends `run`."""

    def __init__(
        self,
        state_store: StateStore,
        followed: StateScope,
        *,
        host: str,
        interval: float,
        election: Election | None = None,
    ) -> None:
        """Take over at once from an earlier process of the same host; snapshot every `interval` seconds.

        With an `election` there are several replicas: the process that writes is the one that leads.
        """
        self._election = election
        self._state_store = state_store
        self._followed = followed
        self._host = host
        self._interval = interval
        self._outcome = restoring.Outcome()
        self._journal = Journal()
        self._parts = Parts()
        self._subject: StateSource | None = None
        self._keeping: PersistenceMetrics | None = None
        self._scheduler = Scheduler()
        self._generation = ""
        """The whole snapshot that changes are added to; empty when a new one is due."""
        self._blocks = 0
        self._logged = 0
        """Changes since that snapshot."""
        self._objects = 0
        self._snapshot_at = self._written_at = self._seldom_at = 0.0
        self._unkept: set[str] = set()
        """Objects that cannot be written: their kinds are listed again after a restart."""
        self._claimed = False
        """Whether this process has written once."""
        self._complete = False
        """Whether everything is known. Before that, the kept state is better than the new one."""
        self._started = 0.0
        self._known = 0.0
        """Everything that happened up to this time, in Unix seconds, is known from an earlier process."""
        self._said = ""
        """The last logged disturbance; empty while there is none."""

    def unwritten(self) -> int:
        """Return how many objects changed since the last write."""
        return len(self._journal.changes)

    async def restore(self) -> None:
        """Read the kept state. This never fails, and does not delay a start for long."""
        self._outcome = await restoring.restore(self._state_store, self._followed)
        if self._election is not None:
            self._election.unsure = self._outcome.trouble is not None

    @property
    def restored(self) -> Restored:
        """The state of an earlier process."""
        return self._outcome.restored

    def begin(self, subject: StateSource, keeping: PersistenceMetrics, scheduler: Scheduler) -> None:
        """Begin to keep the subject's state, after everything restored is in it."""
        self._subject, self._keeping, self._scheduler = subject, keeping, scheduler
        self._started = asyncio.get_running_loop().time()
        trouble = self._outcome.trouble
        if trouble is not None:
            keeping.failed(trouble)
        else:
            keeping.reachable(True)
        ledger = self.restored.ledger or subject.sleep.ledger()
        self._known = ledger.at
        # What was restored is in the graph by now.
        self._complete = bool(self.restored.checkpoints)
        self._outcome = self._outcome._replace(restored=Restored())

    def follow(self, delta: Delta) -> None:
        """Note what one event changed."""
        self._journal.follow(delta)

    def lost(self) -> None:
        """Write a whole snapshot next: not all changes are known."""
        self._journal.lose()

    async def run(self) -> None:
        """Write for ever; raises `Outdated` if a restart would know more."""
        wait, failures = WRITE_INTERVAL, 0
        longest = REPLICA_RETRY_INTERVAL if self._election is not None else RETRY_INTERVAL
        this = asyncio.current_task()
        assert this is not None
        # The client waits with asyncio.wait_for, which up to Python 3.11 forgets a cancellation that comes
        # together with what it waits for.
        while not this.cancelling():
            await asyncio.sleep(wait)
            try:
                wait, failures = await self._attempt(), 0
            except Outdated:
                raise
            except StateLost:
                self._disturbed("lost", "what was written is not there any more")
            except StoreError as trouble:
                self._disturbed(trouble.reason, str(trouble))
            except Exception:
                # A mistake here costs what is kept, never what is served.
                log.exception("writing the state crashed")
                self._disturbed("other", "an internal error")
                failures += 5
            else:
                continue
            wait = min(WRITE_INTERVAL * 2**failures, longest)
            failures += 1

    async def _attempt(self) -> float:
        """Write, or stand by; return how long to wait until the next time."""
        try:
            await self._write(LEASE)
        except LeaseHeld as other:
            self._stand_by(str(other))
            if self._election is not None:
                assert self._subject is not None
                await self._election.stand_by(other.left, self._subject)
            return STANDBY_INTERVAL
        except NotYet:
            return STANDBY_INTERVAL
        return WRITE_INTERVAL

    async def close(self) -> None:
        """Write for the last time, if that is possible without a wait. Then others may write."""
        keeps = self._election is None or self._election.lease.held
        if self._election is not None:
            # Whoever takes over may do so from the last write on.
            self._election.resign()
        if self._subject is not None and keeps:
            with suppress(StoreError, StateLost, LeaseHeld, NotYet, Outdated, TimeoutError):
                async with asyncio.timeout(LAST_WRITE_TIMEOUT):
                    await self._write(_NO_LEASE)
        await self._state_store.close()

    # Writing

    async def _write(self, lease: float) -> None:
        """Write what is due; whatever goes wrong, the next write is a whole snapshot."""
        subject, now = self._subject, asyncio.get_running_loop().time()
        assert subject is not None
        if not self._complete:
            self._complete = subject.ready()
            if not self._complete and now - self._started < UNREADY_TIMEOUT:
                return
        if subject.sleep.holding and now - self._started < UNREADY_TIMEOUT:
            # Facts and ledger fit together only once sleep has taken in what the facts say.
            return
        parting = lease < WRITE_INTERVAL
        idle = not self._journal.changes and now - self._written_at < HEARTBEAT_INTERVAL
        generation, self._generation = self._generation, ""
        old = now - self._snapshot_at >= self._interval
        if not generation or self._journal.overflowed or (not parting and (old or self._long)):
            self._snapshot_at = now
            generation = secrets.token_hex(8)
            try:
                with tracing.span("write state", {"astrolabe.state.form": "snapshot"}):
                    await self._snapshot(subject, generation, lease)
            except Exception:
                # Half a snapshot takes room until it expires.
                with suppress(StoreError):
                    await self._state_store.discard(generation)
                raise
        elif parting or not idle:
            with tracing.span("write state", {"astrolabe.state.form": "changes"}):
                await self._step(subject, generation, lease)
        self._generation = generation

    @property
    def _long(self) -> bool:
        return self._logged > max(MINIMUM_CHANGES, self._objects)

    async def _snapshot(self, subject: StateSource, generation: str, lease: float) -> None:
        """Write everything as it is now, then add what happened meanwhile and make it the valid state."""
        takeover = await self._claim(subject)
        self._journal.begin()
        self._unkept.clear()
        # Images have no UID: they are there as long as something refers to them.
        known = [node.facts for node in subject.graph if node.facts.uid]
        known += subject.graph.hidden()
        self._parts.forget()
        self._blocks = self._logged = 0
        self._objects = len(known)
        for start in range(0, len(known), _BLOCKS_PER_WRITE * BLOCK):
            facts = known[start : start + _BLOCKS_PER_WRITE * BLOCK]
            blocks = await self._scheduler.work(self._pack([(item.id, item) for item in facts]))
            if blocks:
                await self._state_store.prepare(generation, blocks)
                self._blocks += len(blocks)
            if self._election is not None:
                await self._election.renew_if_due(HEARTBEAT_INTERVAL)
        await self._step(subject, generation, lease, first=True, takeover=takeover)

    async def _claim(self, subject: StateSource) -> bool:
        """Return whether to take over; raises `LeaseHeld`, and `NotYet` and `Outdated`."""
        other = await self._state_store.taken_by()
        # A writer of this host is the predecessor, which was killed; unless it is one that took over since.
        # Of several replicas none takes over before it is sure that the other one knows.
        takeover = (
            bool(other.name)
            and not self._claimed
            and self._election is None
            and other.name.partition("/")[0] == self._host
        )
        if other.name and not takeover:
            raise LeaseHeld(*other)
        if self._election is not None:
            await self._election.stand(subject)
        return takeover

    async def _step(
        self,
        subject: StateSource,
        generation: str,
        lease: float,
        *,
        first: bool = False,
        takeover: bool = False,
    ) -> None:
        """Write the changes and the other parts, all of one moment."""
        # Nothing happens between these two lines: facts and versions fit together.
        changes = self._journal.take()
        moment = subject.moment(self._known)
        if self._journal.overflowed:
            raise StoreError("other", "too much changed while a snapshot was written")
        blocks = await self._scheduler.work(self._pack(list(changes.items())))
        kept_cost = None if self._complete else self._outcome.cost
        moment = moment.without(self._unkept)
        parts = await self._scheduler.work(self._parts.differing(moment, cost=kept_cost))
        parting = lease < WRITE_INTERVAL
        if first or parting or self._seldom_due():
            parts |= await self._scheduler.work(self._parts.seldom(subject))
        if parting:
            parts[RELEASED] = b"1"
        parts["blocks"] = b"%d" % (self._blocks + len(blocks))
        if first:
            parts |= {"format": b"%d" % FORMAT, "followed": encode(self._followed)}
        commit = Commit(
            generation=generation,
            before=self._blocks,
            blocks=blocks,
            parts=parts,
            first=first,
            lease=lease,
        )
        asked = asyncio.get_running_loop().time()
        await self._state_store.commit(commit, takeover=takeover)
        if self._election is not None and not parting:
            self._election.elected(asked)
        self._blocks += len(blocks)
        self._logged += len(changes)
        self._claimed = True
        self._written_at = asyncio.get_running_loop().time()
        self._written()

    def _seldom_due(self) -> bool:
        """Whether it is time to write the memories of access and of changes: they are large, and can wait."""
        now = asyncio.get_running_loop().time()
        due = now - self._seldom_at >= SELDOM_INTERVAL
        if due:
            self._seldom_at = now
        return due

    def _pack(self, changes: list[Change]) -> Generator[None, None, list[bytes]]:
        """Return changes as blocks."""
        blocks = []
        for start in range(0, len(changes), BLOCK):
            blocks.append(pack(changes[start : start + BLOCK], self._unkept))
            yield
        return blocks

    # What is said of it

    def _written(self) -> None:
        assert self._keeping is not None
        self._keeping.written()
        if self._said:
            self._said = ""
            log.info("state is kept again")

    def _stand_by(self, other: str) -> None:
        assert self._keeping is not None
        self._keeping.reachable(True)
        if self._said != other:
            self._said = other
            log.info("another process keeps its state here", process=other, consequence="this one stands by")

    def _disturbed(self, reason: Reason, text: str) -> None:
        assert self._keeping is not None
        self._keeping.failed(reason)
        if self._election is not None:
            self._election.cut_off()
        if self._said != reason:
            self._said = reason
            log.warning(
                "state is not kept", reason=text, consequence="a restart continues from an older state"
            )
