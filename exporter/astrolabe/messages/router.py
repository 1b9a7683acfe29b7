"""Hands the graph's changes to consumers, as messages, by kind and namespace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from time import monotonic

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.follower import Follower
from astrolabe.graph.relations import Relations
from astrolabe.messages.consumer import Consumer, Supervised
from astrolabe.messages.pending import Pending
from astrolabe.messages.reading import ObjectReader
from astrolabe.messages.subscription import Subscription
from astrolabe.scheduling.scheduler import Scheduler

_LOOK = 0.1
"""Seconds between looks at whether every list is in."""


class MessageRouter(Follower):
    """Follows the graph for its consumers. Without any, it does nothing at all."""

    def __init__(
        self,
        graph: Relations,
        cluster: str,
        ready: Callable[[], bool],
        *,
        scheduler: Scheduler | None = None,
        random: Random | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        """Begin once `ready` says that every list is in: what is not known yet is not gone.

        Tell the time by two clocks: of the day, and seconds that nobody sets.
        """
        self.cluster = cluster
        """The name that messages carry."""
        self.consumers: list[Supervised] = []
        """Those at work."""
        self._graph = graph
        self._ready = ready
        self._scheduler = scheduler or Scheduler()
        self._random = random or Random()  # noqa: S311  (jitter, no secret)
        self._now = now
        self._elapsed = elapsed
        self._tasks: asyncio.TaskGroup | None = None
        self._begun = asyncio.Event()
        self._subscriptions: dict[Supervised, Subscription] = {}

    def add(
        self,
        consumer: Consumer,
        subscription: Subscription | None = None,
        reader: ObjectReader | None = None,
    ) -> Supervised:
        """Hand messages to a consumer, from `Restarted` on; all of them without a subscription.

        With a reader each message has its object, too.
        """
        wanted = subscription or Subscription()
        pending = Pending(self._graph, wanted, lambda: self.cluster, self._now, self._elapsed)
        supervised = Supervised(consumer, pending, self._scheduler, self._random, reader)
        self._subscriptions[supervised] = wanted
        self.consumers.append(supervised)
        if self._tasks is not None:
            self._start(self._tasks, supervised)
        return supervised

    async def run(self) -> None:
        """Serve consumers, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for supervised in list(self.consumers):
                self._start(tasks, supervised)
            while not self._ready():  # noqa: ASYNC110
                await asyncio.sleep(_LOOK)
            self._begun.set()
            # Consumers come and go; this stays.
            await asyncio.Event().wait()

    def follow(self, delta: Delta) -> None:
        """Note what consumers have to hear of."""
        if not self.consumers:
            return
        for node, before in _changed(delta, self._graph):
            for supervised in self.consumers:
                if self._subscriptions[supervised].selects(node.facts):
                    supervised.pending.note(node.id, before)
                    supervised.wake()

    def lost(self) -> None:
        """Let every consumer begin again: not all changes are known."""
        for supervised in self.consumers:
            supervised.restart()

    def _start(self, tasks: asyncio.TaskGroup, supervised: Supervised) -> None:
        task = tasks.create_task(supervised.run(self._begun), name=f"consumer {supervised.consumer.name}")
        task.add_done_callback(lambda _: self._ended(supervised))

    def _ended(self, supervised: Supervised) -> None:
        self.consumers.remove(supervised)
        del self._subscriptions[supervised]


def _changed(delta: Delta, graph: Relations) -> Iterator[tuple[Node, Node | None]]:
    """Yield each object of which something else is to be told now, with what it was before.

    It is another object, it is in another state, or whether something that it names exists has changed.
    """
    for before, after in delta.nodes.values():
        node = after or before
        assert node is not None
        yield node, before
    sources = {missing.source for missing in delta.missing}
    for edge in delta.edges:
        if edge.source in graph.referring(edge.target):
            sources.add(edge.source)
        if edge.target in graph.referring(edge.source):
            sources.add(edge.target)
    for source in sources - delta.nodes.keys():
        found = graph.get(source)
        if found is not None:
            yield found, found
