"""The audit and the state that follows from it. Every change of state goes through `commit`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from astrolabe.override import chain, events
from astrolabe.override.chain import Broken, Head, Record
from astrolabe.override.state import State
from astrolabe.override.store import Store

Decide = Callable[[State], Iterable[events.AnyEvent]]
Listener = Callable[[events.AnyEvent, State], None]

_DAY = 86400.0


class Ledger:
    """One writer at a time decides on the newest state; a decision that came too late is made again."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key
        self._turn = asyncio.Lock()
        self._listeners: list[Listener] = []
        self.state = State()
        self.head = Head()
        self.broken = ""
        """What is wrong with the chain; empty while it holds."""

    def listen(self, listener: Listener) -> None:
        """Call with every event that this process adds, and the state after it."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Read everything and check its chain; raises `Broken` and `StoreError`."""
        self.state, self.head = replay(self._key, await self._store.read())

    async def commit(self, decide: Decide) -> Sequence[events.AnyEvent]:
        """Add the events that `decide` gives for the newest state; raises `Broken` and `StoreError`.

        `decide` is called again where another process was quicker, and what it raises adds nothing.
        """
        async with self._turn:
            while True:
                await self._catch_up()
                new = list(decide(self.state))
                if not new:
                    return ()
                records = chain.seal(self._key, self.head, new)
                if await self._store.append(records):
                    break
                if not await self._catch_up():
                    self.broken = f"records before {self.head.sequence + 1} are gone from the database"
                    raise Broken(self.broken)
            for record, event in zip(records, new, strict=True):
                self.head = Head(record.sequence, record.code)
                self.state.fold(event)
                for listener in self._listeners:
                    listener(event, self.state)
            return new

    async def refresh(self) -> None:
        """Take in what other processes added; raises `Broken` and `StoreError`."""
        async with self._turn:
            await self._catch_up()

    async def verify(self) -> int:
        """Check the chain from its beginning; returns how many records there are. Raises `Broken`."""
        async with self._turn:
            records = await self._store.read()
            try:
                _, head = replay(self._key, records)
                _reaches(head, self.head)
            except Broken as broken:
                self.broken = str(broken)
                raise
            self.broken = ""
            return len(records)

    async def retain(self, now: float, days: float) -> int:
        """Replace records older than `days` by a checkpoint; returns how many went."""
        async with self._turn:
            await self._catch_up()
            since = now - days * _DAY
            state, cut, last = State(), 0, None
            for record, head in chain.follow(self._key, await self._store.read()):
                event = record.event
                if event.at >= since:
                    break
                state.fold(event)
                cut, last = cut + 1, head
            if cut <= 1 or last is None:
                return 0
            event = state.checkpoint(since, last.code, since)
            await self._store.cut(chain.checkpoint(self._key, last.sequence, event))
            return cut

    async def records(self, after: int = 0) -> list[Record]:
        """Return the records after a sequence number."""
        return await self._store.read(after)

    async def _catch_up(self) -> int:
        """Take in what others added; returns how many records that was."""
        news = await self._store.read(self.head.sequence)
        try:
            for record, head in chain.follow(self._key, news, self.head if self.head.sequence else None):
                self.state.fold(record.event)
                self.head = head
        except Broken as broken:
            self.broken = str(broken)
            raise
        return len(news)


def replay(key: bytes, records: Iterable[Record]) -> tuple[State, Head]:
    """Return the state that records add up to, and where they end; raises `Broken`."""
    state, head = State(), Head()
    for record, after in chain.follow(key, records):
        state.fold(record.event)
        head = after
    return state, head


def _reaches(head: Head, known: Head) -> None:
    if head.sequence < known.sequence:
        raise Broken(f"the records after {head.sequence} are gone: there were {known.sequence}")
