"""The sink: takes events of the API server in order, and puts them into the queues of their handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from astrolabe.kube.discovery import Discovery
from astrolabe.kube.observer import WatchState
from astrolabe.kube.supervisor import Place, Supervisor, WatchTarget
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.watch.events import EventType
from astrolabe.watch.item import Item
from astrolabe.watch.metrics import FollowingMetrics
from astrolabe.watch.plan import Plan
from astrolabe.watch.positions import Positions
from astrolabe.watch.queues import Change, Delivery, EventQueue
from astrolabe.watch.watches import Watch


class Receiver:
    """Receives for one controller. A watch stops being read while every handler that it feeds is full."""

    def __init__(
        self, plan: Plan, metrics: FollowingMetrics, positions: Positions | None, now: Callable[[], float]
    ) -> None:
        """Take note in `positions`, where there are any; `now` tells Unix seconds."""
        self._plan = plan
        self._metrics = metrics
        self._positions = positions
        self._now = now
        self._scheduler = Scheduler()
        self._supervisor: Supervisor[Item] | None = None
        self._states: dict[Place, WatchState] = {}
        self._untried = 0
        self._touched: Watch | None = None
        self._room = asyncio.Event()
        self._rechoosing = False

    def attach(self, supervisor: Supervisor[Item]) -> None:
        """Receive from this supervisor."""
        self._supervisor = supervisor

    @property
    def settled(self) -> bool:
        """Whether all that may be read was listed, and each initial event was tried once by its handlers."""
        supervisor = self._supervisor
        return supervisor is not None and supervisor.complete and not self._rechoosing and self._untried == 0

    def choose(self, discovery: Discovery) -> list[WatchTarget[Item]]:
        """Return what to follow of what is served."""
        self._rechoosing = False
        return self._plan.choose(discovery)

    def put(self, item: Item, old: Item | None, read_at: float | None) -> None:
        """Take in an object as it is now."""
        watch = self._touched = item.watch
        if old is None and watch.selects_namespaces:
            self._namespace(item.id, exists=True)
        position = self._positions.of(watch) if self._positions is not None else None
        if position is not None and watch.remembers and position.seen(item):
            return
        initial = old is None and read_at is None and not watch.remembers and not self._listed(watch)
        self._tell(watch, EventType.ADDED if old is None else EventType.UPDATED, item, old, initial=initial)

    def remove(self, item: Item, read_at: float | None) -> None:  # noqa: ARG002
        """Take out an object."""
        if item.watch.selects_namespaces:
            self._namespace(item.id, exists=False)
        last = item.watch.last
        if not item.raw and last is not None and (last.id, last.uid) == (item.id, item.uid):
            # All that is known of it is what the server has just said.
            item = last
        self._tell(item.watch, EventType.DELETED, item, None, initial=False)

    def covered(self, resource: str, complete: bool) -> None:
        """Forget how watches of a resource are doing when they may begin afresh."""
        if not complete:
            for place in [place for place in self._states if place.resource == resource]:
                del self._states[place]

    async def work(self, steps: Iterator[object]) -> None:
        """Take in much, in turns, and stop where there is no room for more of it."""
        gate = _Gate(steps, self.congested)
        while True:
            if not self._scheduler.begin(gate):
                while not await self._scheduler.turn(gate):
                    pass
            if gate.done:
                return
            await self._wait_for_room(gate.watch)
            gate.watch = None

    def congested(self) -> Watch | None:
        """Return the watch of the last object that came, if there is no room for more of it."""
        watch, self._touched = self._touched, None
        return watch if watch is not None and watch.congested else None

    def relieved(self) -> None:
        """Take note that there is room in a queue again."""
        self._room.set()

    async def _wait_for_room(self, watch: Watch | None) -> None:
        while watch is not None and watch.congested:
            self._room.clear()
            await self._room.wait()

    def _tell(self, watch: Watch, type_: EventType, item: Item, old: Item | None, *, initial: bool) -> None:
        name = item.id.rpartition("/")[2]
        change: Change | None = None
        positions = self._positions
        position = positions.of(watch) if positions is not None else None
        redelivered = (
            positions is not None and positions.unclean and watch.remembers and not self._listed(watch)
        )
        deliveries: list[tuple[EventQueue, Delivery]] = []
        for match in watch.matches:
            if not match.selects(name):
                continue
            if change is None:
                change = Change(
                    type_,
                    item,
                    old,
                    datetime.fromtimestamp(self._now(), UTC),
                    initial,
                    redelivered,
                    asyncio.get_running_loop().time(),
                    self._done,
                    tried=self._tried if initial else None,
                )
            self._metrics.matched[watch.gvr, type_.value] += 1
            for queue in match.subscription.queues:
                change.outstanding += 1
                self._untried += initial
                deliveries.append((queue, Delivery(change, match.subscription.rule)))
        if position is not None:
            epoch = position.begin()
            if change is None or not deliveries:
                position.end(epoch, item, deleted=type_ is EventType.DELETED)
            else:
                change.epoch = epoch
        for queue, delivery in deliveries:
            queue.put(delivery)

    def _done(self, change: Change) -> None:
        """Take note that every handler has dealt with a change."""
        if self._positions is not None and change.epoch is not None:
            position = self._positions.of(change.item.watch)
            position.end(change.epoch, change.item, deleted=change.type is EventType.DELETED)

    def _tried(self) -> None:
        self._untried -= 1

    def _namespace(self, name: str, *, exists: bool) -> None:
        self._plan.namespace(name, exists=exists)
        if self._plan.selects(name) and self._supervisor is not None:
            self._rechoosing = True
            self._supervisor.reconsider()

    def _listed(self, watch: Watch) -> bool:
        """Whether a watch has told all that there was, or was missed; False for one that is not followed."""
        state = self._states.get(watch.place)
        if state is None:
            states = self._supervisor.states if self._supervisor is not None else []
            place = (watch.resource.name, watch.scope)
            state = next((state for state in states if (state.resource, state.scope) == place), None)
            if state is None:
                return False
            self._states[watch.place] = state
        return state.listed


class _Gate:
    """The steps of a sink's work, up to the first after which there is no room."""

    def __init__(self, steps: Iterator[object], congested: Callable[[], Watch | None]) -> None:
        self._steps = steps
        self._congested = congested
        self.watch: Watch | None = None
        self.done = False

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        if self.watch is not None:
            raise StopIteration
        try:
            step = next(self._steps)
        except StopIteration:
            self.done = True
            raise
        self.watch = self._congested()
        return step
