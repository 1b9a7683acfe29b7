"""One consumer, and its supervision: it fails alone, and begins again with `Restarted`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from random import Random

import msgspec
import structlog

from astrolabe.kube.exchange import one_line
from astrolabe.messages.message import Action, KubeMessage, Listing
from astrolabe.messages.pending import Pending
from astrolabe.messages.reading import ObjectReader
from astrolabe.scheduling.scheduler import Scheduler

FIRST_WAIT, LONGEST_WAIT = 0.5, 300.0
"""Seconds before a consumer that failed begins again, doubling up to the longest; jitter takes up to a fifth
off. One that worked for longer than the longest begins at the first."""
_JITTER = 0.2

log = structlog.get_logger(__name__)


class Consumer(ABC):
    """Takes messages. Whatever it raises restarts it, and nobody else."""

    name: str

    @abstractmethod
    async def take(self, message: KubeMessage) -> None:
        """Take one message. The next one comes when this returns."""

    async def close(self) -> None:  # noqa: B027  (most hold nothing open)
        """End; called once, after the last message."""


class Supervised:
    """A consumer at work."""

    def __init__(
        self,
        consumer: Consumer,
        pending: Pending,
        scheduler: Scheduler,
        random: Random,
        reader: ObjectReader | None = None,
    ) -> None:
        """Give each message its object, where there is a reader."""
        self.consumer = consumer
        self.pending = pending
        self.failures = 0
        """How often it raised something."""
        self.restarts = 0
        """How often it began again: after a failure, and where changes were lost."""
        self.taken: Counter[Action] = Counter()
        """Messages that it took, by action."""
        self._scheduler = scheduler
        self._random = random
        self._reader = reader
        self._news = asyncio.Event()
        self._ending = False

    def wake(self) -> None:
        """Take note that something is pending."""
        self._news.set()

    def restart(self) -> None:
        """Begin again with `Restarted`: it is not known any more what the consumer knows."""
        self.restarts += 1
        self.pending.restart()
        self.wake()

    def end(self) -> None:
        """Let it end when nothing is pending any more."""
        self._ending = True
        self._news.set()

    async def run(self, begun: asyncio.Event) -> None:
        """Hand over what comes once it has `begun`, until it has ended or is cancelled; then close it."""
        loop = asyncio.get_running_loop()
        wait = FIRST_WAIT
        try:
            await begun.wait()
            while True:
                began = loop.time()
                error = await self._attempt()
                if error is None:
                    return
                self.failures += 1
                self.restart()
                if loop.time() - began > LONGEST_WAIT:
                    wait = FIRST_WAIT
                delay = wait * (1 - _JITTER * self._random.random())
                log.warning(
                    "consumer failed",
                    consumer=self.consumer.name,
                    error=f"{type(error).__name__}: {one_line(str(error))}",
                    retry=round(delay, 2),
                )
                await asyncio.sleep(delay)
                wait = min(2 * wait, LONGEST_WAIT)
        finally:
            await self._close()

    async def _attempt(self) -> BaseException | None:
        """Tell everything from the beginning; return what the consumer raised, None where it has ended."""
        try:
            await self._work()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Raised by something that the consumer awaited, and not meant for us.
            return error
        except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever it is, it restarts this one alone)
            return error
        return None

    async def _work(self) -> None:
        while True:
            if self.pending.everything:
                await self._take(await self._scheduler.work(self.pending.begin()))
            elif len(self.pending):
                for message in self.pending.take():
                    await self._take(message)
                    # One that never waits must not hold up the others.
                    await asyncio.sleep(0)
            elif self._ending:
                return
            else:
                self._news.clear()
                await self._news.wait()

    async def _take(self, message: KubeMessage) -> None:
        resource = message.resource
        if self._reader is not None and message.action == "Applied" and not isinstance(resource, Listing):
            whole = await self._reader.read(resource)
            message = msgspec.structs.replace(message, object=whole)
        await self.consumer.take(message)
        self.taken[message.action] += 1

    async def _close(self) -> None:
        try:
            await self.consumer.close()
        except Exception:
            log.exception("consumer cannot be closed", consumer=self.consumer.name)
