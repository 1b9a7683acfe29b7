"""What waits for one handler: a lane for each key, in order. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from astrolabe.watch.events import EventType, MatchedEvent
from astrolabe.watch.item import Item
from astrolabe.watch.rules import Rule

if TYPE_CHECKING:
    from astrolabe.watch.positions import Epoch

Key: TypeAlias = tuple[str, str]
"""Resource (`plural.group`) and `namespace/name`."""


class Change(msgspec.Struct, eq=False):
    """One change of one object, whoever hears of it."""

    type: EventType
    item: Item
    old: Item | None
    received: datetime
    initial: bool
    redelivered: bool
    at: float
    """The loop's time at which it was received."""
    done: Callable[[Change], None]
    """Called once nobody waits for it any more."""
    epoch: Epoch | None = None
    """Where it counts until it is dealt with."""
    outstanding: int = 0
    """Deliveries that have not ended."""
    tried: Callable[[], None] | None = None
    """Called when a first attempt has ended, for each handler."""

    def finish(self) -> None:
        """Take note that one delivery has ended, in whatever way."""
        self.outstanding -= 1
        if not self.outstanding:
            self.done(self)


class Delivery(msgspec.Struct, eq=False):
    """One change on its way to one handler by one rule."""

    change: Change
    rule: Rule
    left_out: int = 0
    attempts: int = 0
    told: bool = False

    @property
    def key(self) -> Key:
        """What is kept in order."""
        return self.change.item.watch.resource.name, self.change.item.id

    def event(self) -> MatchedEvent:
        """Return what the handler is given; each attempt gets objects of its own."""
        change = self.change
        return MatchedEvent(
            change.type,
            change.item.watch.gvr,
            change.item.id,
            self.rule,
            change.received,
            change.initial,
            change.redelivered,
            self.left_out,
            self.attempts,
            item=change.item,
            old_item=change.old,
        )

    def tried(self) -> None:
        """Take note that the first attempt is over, or that there will be none."""
        if not self.told:
            self.told = True
            if self.change.tried is not None:
                self.change.tried()

    def finish(self) -> None:
        """Take note that this has ended, in whatever way."""
        self.tried()
        self.change.finish()


class _Lane:
    """The deliveries of one key, at least one. What happens to the first one is its state."""

    __slots__ = ("state", "waiting")

    def __init__(self, first: Delivery) -> None:
        self.waiting = deque((first,))
        self.state: Literal["turn", "running", "pausing"] = "turn"


class EventQueue:
    """Lanes by key, and the keys whose turn it is. Full, it keeps for each key what happened last."""

    def __init__(self, name: str, size: int, *, latest: bool = False) -> None:
        """Hold `size` deliveries before any is left out; with `latest` only the last one of each key ever."""
        self.name = name
        self._size = size
        self._latest = latest
        self._lanes: dict[Key, _Lane] = {}
        self._turns: deque[Key] = deque()
        self._count = 0
        self.left_out = 0
        """Deliveries that newer ones replaced, since the start."""
        self.turn: Callable[[], None] = lambda: None
        """Called when a key's turn has come."""

    def __len__(self) -> int:
        return self._count

    @property
    def full(self) -> bool:
        """Whether nothing more fits in."""
        return self._count >= self._size

    @property
    def oldest(self) -> float | None:
        """The loop's time at which the oldest delivery that waits was received; None where none waits."""
        return min((lane.waiting[0].change.at for lane in self._lanes.values()), default=None)

    def put(self, delivery: Delivery) -> None:
        """Take in a delivery."""
        key = delivery.key
        self._count += 1
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes[key] = _Lane(delivery)
            self._take_turn(key)
            return
        for old in self._replaceable(lane, delivery):
            lane.waiting.remove(old)
            self._count -= 1
            self.left_out += 1
            delivery.left_out += old.left_out + 1
            delivery.attempts = old.attempts
            old.finish()
        lane.waiting.append(delivery)

    def _replaceable(self, lane: _Lane, newer: Delivery) -> list[Delivery]:
        """Return what a newer delivery stands for. What is under way stays."""
        if not self._latest and self._count <= self._size:
            return []
        ours = [old for old in lane.waiting if old.rule is newer.rule]
        if lane.state == "running" and ours and ours[0] is lane.waiting[0]:
            del ours[0]
        if self._latest:
            return ours
        # A deletion is kept, and what was tried already.
        return [old for old in ours[-1:] if old.change.type is not EventType.DELETED and not old.attempts]

    def next(self) -> Delivery | None:
        """Return the delivery whose turn it is; None where no key has a turn."""
        if not self._turns:
            return None
        lane = self._lanes[self._turns.popleft()]
        lane.state = "running"
        delivery = lane.waiting[0]
        delivery.attempts += 1
        return delivery

    def pause(self, delivery: Delivery) -> None:
        """Let a delivery wait for its next attempt; `resume` gives its key a turn again."""
        delivery.tried()
        lane = self._lanes[delivery.key]
        lane.state = "pausing"
        if self._latest and len(lane.waiting) > 1:
            newest = lane.waiting.pop()
            self._count -= 1
            self.put(newest)

    def resume(self, key: Key) -> None:
        """Give a key that pauses its turn."""
        lane = self._lanes.get(key)
        if lane is not None and lane.state == "pausing":
            self._take_turn(key)

    def end(self, delivery: Delivery) -> None:
        """Take out a delivery that ended, and give the next one of its key its turn."""
        lane = self._lanes[delivery.key]
        lane.waiting.popleft()
        self._count -= 1
        if lane.waiting:
            self._take_turn(delivery.key)
        else:
            del self._lanes[delivery.key]
        delivery.finish()

    def pausing(self) -> list[Key]:
        """Return the keys whose first delivery waits for its next attempt."""
        return [key for key, lane in self._lanes.items() if lane.state == "pausing"]

    def rest(self) -> Iterator[Delivery]:
        """Return everything that is still here, in order by key."""
        for lane in self._lanes.values():
            yield from lane.waiting

    def _take_turn(self, key: Key) -> None:
        self._lanes[key].state = "turn"
        self._turns.append(key)
        self.turn()
