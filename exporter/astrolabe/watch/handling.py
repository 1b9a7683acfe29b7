"""Handlers, and how one event is handed to one: in its turn, within its time, again after a failure."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from random import Random
from typing import Any, Protocol, TypeAlias

import msgspec
import structlog

from astrolabe.kube.exchange import one_line
from astrolabe.watch.errors import PermanentError, TemporaryError
from astrolabe.watch.events import MatchedEvent
from astrolabe.watch.metrics import HandlerMetrics
from astrolabe.watch.queues import Delivery, EventQueue, Key
from astrolabe.watch.threads import Threads

FIRST_RETRY, LONGEST_RETRY = 0.5, 300.0
"""Seconds before the first retry, doubling up to the longest; jitter takes up to a fifth off."""
_JITTER = 0.2

log = structlog.get_logger(__name__)


class EventHandler(Protocol):
    """What `add_event_handler` takes: an object with `on_matched`, a plain method or an `async` one."""

    def on_matched(self, event: MatchedEvent, /) -> Any:
        """Take one event. What it returns is ignored; whatever it raises means: try again."""
        ...


HandlerFunction: TypeAlias = Callable[[MatchedEvent], Any]


class HandlerOptions(msgspec.Struct, frozen=True):
    """How events are handed to one handler."""

    workers: int = 3
    """Events of different keys at the same time."""
    retries: int = 10
    """Attempts after the first."""
    timeout: float = 300
    """Seconds that one attempt may take."""
    queue_size: int = 10_000
    latest: bool = False
    """Whether a newer event of a key replaces those that wait, and one that is to be tried again."""


class GivenUp(Protocol):
    """Takes what is not tried again."""

    def __call__(self, handler: str, delivery: Delivery, reason: str) -> None:
        """Keep a delivery as a dead letter; must not raise."""
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
        self._function = function
        self._threads = None if _is_async(function) else Threads(f"handler-{name}")
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
        if self._threads is not None:
            self._threads.close()

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
            error = await self._attempt(delivery)
        finally:
            self.metrics.running -= 1
        self.metrics.attempts.observe(loop.time() - start)
        if error is None:
            self.metrics.handled += 1
            self._end(delivery)
        elif not isinstance(error, _StillRunning):
            self._failed(delivery, error)

    async def attempt(self, event: MatchedEvent) -> Exception | None:
        """Call the handler once, outside of any queue; return what it raised."""
        if self._threads is None:
            return await self._awaited(event)
        future = self._threads.call(lambda: _call(self._function, event))
        done, _ = await asyncio.wait([future], timeout=self.options.timeout)
        return _exception(future) if done else _TookTooLong(self.options.timeout)

    async def _attempt(self, delivery: Delivery) -> Exception | None:
        """Call the handler; return what it raised."""
        event = delivery.event()
        if self._threads is not None:
            return await self._attempt_in_thread(self._threads, delivery, event)
        return await self._awaited(event)

    async def _awaited(self, event: MatchedEvent) -> Exception | None:
        try:
            async with asyncio.timeout(self.options.timeout) as limit:
                await self._function(event)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Raised by something that the handler awaited, and not meant for us.
            return RuntimeError(f"the handler raised {error!r}")
        except TimeoutError as error:
            return _TookTooLong(self.options.timeout) if limit.expired() else error
        except Exception as error:  # noqa: BLE001  (whatever it is, it costs this event a retry)
            return error
        except SystemExit as error:
            return RuntimeError(f"the handler raised {error!r}")
        return None

    async def _attempt_in_thread(
        self, threads: Threads, delivery: Delivery, event: MatchedEvent
    ) -> Exception | None:
        future = threads.call(lambda: _call(self._function, event))
        done, _ = await asyncio.wait([future], timeout=self.options.timeout)
        if not done:
            return await self._hung(delivery, future)
        return _exception(future)

    async def _hung(self, delivery: Delivery, future: asyncio.Future[None]) -> Exception | None:
        """Go on without a call that does not end; nothing can end a thread. Its key waits for it.

        As many calls may hang as there are workers; beyond that the next key has to wait as well.
        """
        log.warning(
            "handler takes too long", handler=self.name, key=delivery.key[1], seconds=self.options.timeout
        )
        self.metrics.timeouts += 1
        if self._hanging >= self.options.workers:
            await asyncio.wait([future])
            return _exception(future)
        self._hanging += 1

        def ended(future: asyncio.Future[None]) -> None:
            self._hanging -= 1
            if not future.cancelled() and not self._closed:
                error = _exception(future)
                if error is None:
                    self.metrics.handled += 1
                    self._end(delivery)
                else:
                    self._failed(delivery, error)

        future.add_done_callback(ended)
        return _StillRunning()

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        said = one_line(str(error))
        reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        if isinstance(error, _TookTooLong):
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
                at=_raised_at(error),
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
        self.metrics.dead_letters += 1
        self._given_up(self.name, delivery, reason)

    def _end(self, delivery: Delivery) -> None:
        was_full = self.queue.full
        self.queue.end(delivery)
        if was_full and not self.queue.full:
            self.relieved()
        if not len(self.queue):
            self._idle.set()


class _TookTooLong(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"the handler took longer than {seconds:g} s")


class _StillRunning(Exception):
    """A call in a thread goes on past its time."""


def _raised_at(error: Exception) -> str:
    """Return file and line at which an error was raised: a whole traceback may show values of Secrets."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def _is_async(function: HandlerFunction) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004  (an object whose call is a coroutine function)
    )


def _call(function: HandlerFunction, event: MatchedEvent) -> None:
    result = function(event)
    if inspect.iscoroutine(result):
        result.close()
        raise PermanentError("the handler returned a coroutine: define it by `async def`")


def _exception(future: asyncio.Future[None]) -> Exception | None:
    error = future.exception()
    return error if isinstance(error, Exception) else None


def function_of(handler: EventHandler | HandlerFunction) -> tuple[str, HandlerFunction]:
    """Return the name and the function of a handler; raises `TypeError` for what is none."""
    function = getattr(handler, "on_matched", None) or handler
    if not callable(function):
        raise TypeError(f"{handler!r} has no on_matched(event) and is no function")
    name = getattr(handler, "name", None) or getattr(handler, "__name__", None) or type(handler).__name__
    return str(name), function
