"""Delivers one event to a handler: in order, and again after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Protocol

import structlog

from astrolabe.kube.exchange import one_line
from astrolabe.watch.calling import Caller, Outcome, StillRunning, TookTooLong, outcome, raised_at
from astrolabe.watch.errors import PermanentError, TemporaryError
from astrolabe.watch.events import MatchedEvent
from astrolabe.watch.handler import HandlerFunction, HandlerOptions
from astrolabe.watch.metrics import HandlerMetrics
from astrolabe.watch.queues import Delivery, EventQueue, Key

FIRST_RETRY, LONGEST_RETRY = 0.5, 300.0
"""Seconds before the first retry, doubling up to the longest; jitter takes up to a fifth off."""
_JITTER = 0.2

log = structlog.get_logger(__name__)


class GivenUp(Protocol):
    """Takes what is not tried again."""

    def __call__(self, handler: str, delivery: Delivery, reason: str) -> bool:
        """Keep a delivery as a dead letter; return whether that worked. Must not raise."""
        ...


class Handling:
    """One handler at work. What it raises, and how long it takes, is nobody else's concern."""

    def __init__(
        self,
        name: str,
        function: HandlerFunction,
        options: HandlerOptions,
        given_up: GivenUp,
        *,
        random: Random,
    ) -> None:
        self.name = name
        self.options = options
        self.queue = EventQueue(name, options.queue_size, latest=options.latest)
        self.metrics = HandlerMetrics()
        self.relieved: Callable[[], None] = lambda: None
        """Called when the queue is no longer full."""
        self._caller = Caller(name, function, options.timeout)
        self._given_up = given_up
        self._random = random
        self._turn = asyncio.Event()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._hanging = 0
        self._ending = False
        self._closed = False
        self._idle = asyncio.Event()
        self.queue.turn = self._turn.set

    @property
    def oldest(self) -> float:
        """Seconds that the oldest event has waited, 0 where none waits."""
        received = self.queue.oldest
        return 0.0 if received is None else max(0.0, asyncio.get_running_loop().time() - received)

    async def run(self) -> None:
        """Hand over what comes, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.options.workers):
                tasks.create_task(self._work(), name=f"{self.name} {number}")

    async def drain(self) -> None:
        """Wait until nothing waits any more. What is to be tried again is tried once more, at once."""
        self._ending = True
        for timer in self._timers.values():
            timer.cancel()
        for key in self.queue.pausing():
            self.queue.resume(key)
        while len(self.queue):
            self._idle.clear()
            await self._idle.wait()

    def close(self) -> None:
        """Give up what still waits, after `run` has been cancelled."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        for delivery in list(self.queue.rest()):
            self._dead(delivery, "the program stopped before this was handled")
        self._caller.close()

    async def attempt(self, event: MatchedEvent) -> Outcome:
        """Call the handler once, outside of any queue; return what it raised."""
        error = await self._caller.call(event)
        return TookTooLong(self.options.timeout) if isinstance(error, StillRunning) else error

    async def _work(self) -> None:
        while True:
            delivery = self.queue.next()
            if delivery is None:
                self._turn.clear()
                await self._turn.wait()
                continue
            await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        self.metrics.running += 1
        try:
            error = await self._caller.call(delivery.event())
            if isinstance(error, StillRunning):
                error = await self._hung(delivery, error)
        finally:
            self.metrics.running -= 1
        self.metrics.attempts.observe(loop.time() - start)
        if not isinstance(error, StillRunning):
            self._ended(delivery, error)

    async def _hung(self, delivery: Delivery, running: StillRunning) -> Outcome:
        """Go on without a call that does not end. Its key waits for it.

        As many calls may hang as there are workers; beyond that the next key has to wait as well.
        """
        log.warning(
            "handler takes too long", handler=self.name, key=delivery.key[1], seconds=self.options.timeout
        )
        self.metrics.timeouts += 1
        if self._hanging >= self.options.workers:
            await asyncio.wait([running.future])
            return outcome(running.future)
        self._hanging += 1

        def ended(future: asyncio.Future[None]) -> None:
            self._hanging -= 1
            if not future.cancelled() and not self._closed:
                self._ended(delivery, outcome(future))

        running.future.add_done_callback(ended)
        return running

    def _ended(self, delivery: Delivery, error: Outcome) -> None:
        """Take note of how a call ended."""
        if error is None:
            self.metrics.handled += 1
            self._end(delivery)
        else:
            self._failed(delivery, error)

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        said = one_line(str(error))
        reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        if isinstance(error, TookTooLong):
            self.metrics.timeouts += 1
        self.metrics.failures += 1
        last = delivery.attempts > self.options.retries
        if isinstance(error, PermanentError) or last or self._ending:
            log.error(
                "event given up",
                handler=self.name,
                key=delivery.key[1],
                attempts=delivery.attempts,
                error=reason,
                at=raised_at(error),
            )
            self._dead(delivery, reason)
            self._end(delivery)
            return
        delay = self._delay(delivery.attempts, error)
        log.warning(
            "handler failed", handler=self.name, key=delivery.key[1], error=reason, retry=round(delay, 2)
        )
        self.metrics.retries += 1
        key = delivery.key
        self.queue.pause(delivery)
        self._timers[key] = asyncio.get_running_loop().call_later(delay, self._resume, key)

    def _resume(self, key: Key) -> None:
        del self._timers[key]
        self.queue.resume(key)

    def _delay(self, attempts: int, error: Exception) -> float:
        if isinstance(error, TemporaryError) and error.delay is not None:
            return max(0.0, error.delay)
        usual = min(LONGEST_RETRY, FIRST_RETRY * 2.0 ** min(attempts - 1, 30))
        return usual * (1 - _JITTER * self._random.random())

    def _dead(self, delivery: Delivery, reason: str) -> None:
        if self._given_up(self.name, delivery, reason):
            self.metrics.dead_letters += 1
        else:
            self.metrics.lost += 1

    def _end(self, delivery: Delivery) -> None:
        was_full = self.queue.full
        self.queue.end(delivery)
        if was_full and not self.queue.full:
            self.relieved()
        if not len(self.queue):
            self._idle.set()
