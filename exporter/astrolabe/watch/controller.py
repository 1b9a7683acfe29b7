"""The controller: follows what rules select and hands each change to the handlers, once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import time
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import structlog

from astrolabe.kube.discovery import Discovery
from astrolabe.kube.observer import WatchState
from astrolabe.kube.reflector import Checkpoint
from astrolabe.kube.supervisor import Place, Supervisor, WatchTarget
from astrolabe.kube.transport import Transport
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.watch.config import WatchConfig
from astrolabe.watch.errors import ConfigError
from astrolabe.watch.events import EventType
from astrolabe.watch.handling import EventHandler, HandlerFunction, HandlerOptions, Handling, function_of
from astrolabe.watch.item import Item
from astrolabe.watch.letters import DeadLetters, Letter
from astrolabe.watch.metrics import FollowingMetrics
from astrolabe.watch.plan import Plan
from astrolabe.watch.positions import Positions, StateFile
from astrolabe.watch.queues import Change, Delivery, EventQueue
from astrolabe.watch.rules import Rule
from astrolabe.watch.watches import Subscription, Watch

F = TypeVar("F", bound=HandlerFunction)

GRACE = 30.0
"""Seconds that handlers get to finish when the controller stops."""
_SAVE = 1.0
"""Seconds between two saved states, at least."""
_LOOK = 0.1
"""Seconds between looks at whether everything has been listed and handed over."""

log = structlog.get_logger(__name__)


class Controller:
    """Follows a cluster. Add handlers, then `run` it, or `async with` it in a program of your own."""

    def __init__(
        self,
        config: WatchConfig | Sequence[Rule] = (),
        *,
        kubeconfig: str = "",
        context: str = "",
        in_cluster: bool = False,
        random: Random | None = None,
        now: Callable[[], float] = time,
    ) -> None:
        """Connect as kubectl does (or as the Pod does in a cluster) unless told otherwise.

        `now` tells Unix seconds.
        """
        self.config = config if isinstance(config, WatchConfig) else WatchConfig(rules=tuple(config))
        self.metrics = FollowingMetrics()
        self.handlers: list[Handling] = []
        """Each handler at work, in the order in which they were added."""
        self._transport: Transport | None = None
        self._credentials = (kubeconfig, context, in_cluster)
        self._random = random or Random()  # noqa: S311  (jitter, no secret)
        self._now = now
        self._letters = DeadLetters(self.config.dead_letters)
        self._general: list[Handling] = []
        self._special: list[Subscription] = []
        self._closers: list[Callable[[], Any]] = []
        self._ready_callbacks: list[Callable[[], Any]] = []
        self._ready = asyncio.Event()
        self._scheduler = Scheduler()
        self._stack = AsyncExitStack()
        self._supervisor: Supervisor[Item] | None = None
        self._plan = Plan(())
        self._working: list[asyncio.Task[None]] = []
        self._following: asyncio.Task[None] | None = None
        self._states: dict[Place, WatchState] = {}
        self._initial = 0
        self._touched: Watch | None = None
        self._room = asyncio.Event()
        self._rechoosing = False
        self._positions: Positions | None = None

    # What is set up before the start

    def add_event_handler(
        self, handler: EventHandler | HandlerFunction, *, name: str = "", **options: Any
    ) -> None:
        """Hand every event of the configuration's rules to a handler.

        A handler is an object with `on_matched(event)`, or a function. What is `async` runs on the event
        loop, what is not in a thread. Options: see `HandlerOptions`. At the end its `close()` is called.
        """
        self._general.append(self._handling(handler, name, options))
        close = getattr(handler, "close", None)
        if close is not None:
            self._closers.append(close)

    def on(
        self,
        gvr: str,
        *,
        namespaces: Sequence[str] = (),
        name_selector: str = "",
        label_selector: str = "",
        values: bool = False,
        name: str = "",
        **options: Any,
    ) -> Callable[[F], F]:
        """Return a decorator: the function handles a rule of its own. Raises `ConfigError`."""
        rule = Rule(gvr, tuple(namespaces), name_selector, label_selector, values=values)

        def add(function: F) -> F:
            handling = self._handling(function, name, options)
            self._special.append(Subscription(rule, (handling.queue,)))
            return function

        return add

    def connect(self, transport: Transport) -> None:
        """Speak to the API server over this transport, in place of a connection of the controller's own."""
        self._transport = transport

    def set_ready_callback(self, callback: Callable[[], Any]) -> None:
        """Call (or await) this once: everything was listed, and its initial events were handed over."""
        self._ready_callbacks.append(callback)

    def _handling(
        self, handler: EventHandler | HandlerFunction, name: str, options: dict[str, Any]
    ) -> Handling:
        if self._supervisor is not None:
            raise RuntimeError("add handlers before the controller starts")
        own, function = function_of(handler)
        taken = {handling.name for handling in self.handlers}
        wanted = name or own
        number = 2
        name = wanted
        while name in taken:
            name = f"{wanted}-{number}"
            number += 1
        config = self.config
        defaults = HandlerOptions(config.workers, config.retries, config.handler_timeout, config.queue_size)
        chosen = msgspec.structs.replace(defaults, **options)
        handling = Handling(name, function, chosen, self._given_up, random=self._random)
        handling.relieved = self._relieved
        self.handlers.append(handling)
        return handling

    # Running

    def run(self) -> None:
        """Follow until SIGTERM or SIGINT, or until `auto_shutdown_sec` is over. For a program without a loop.

        Raises what `serve` raises.
        """
        from astrolabe.watch.signals import until_told  # noqa: PLC0415  (a program that has a loop needs none)

        asyncio.run(until_told(self.serve))

    async def serve(self, stopping: asyncio.Event) -> None:
        """Follow until `stopping` is set, or until `auto_shutdown_sec` is over.

        Raises `ConfigError`, and `ConfigurationError` for credentials.
        """
        async with self:
            assert self._following is not None
            told = asyncio.create_task(stopping.wait())
            limit = self.config.auto_shutdown_sec or None
            try:
                await asyncio.wait(
                    (told, self._following), timeout=limit, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                told.cancel()
            if self._following.done():
                self._following.result()

    async def ready(self) -> None:
        """Wait until everything that is asked for was listed, and its initial events were handed over."""
        await self._ready.wait()

    @property
    def is_ready(self) -> bool:
        """Whether that is so."""
        return self._ready.is_set()

    @property
    def states(self) -> list[WatchState]:
        """How every watch is doing."""
        return self._supervisor.states if self._supervisor is not None else []

    @property
    def watches(self) -> list[Watch]:
        """What is followed now."""
        return list(self._plan.watches.values())

    async def start(self) -> None:
        """Begin to follow. Raises `ConfigError` where nothing is to be followed."""
        if self._supervisor is not None:
            raise RuntimeError("the controller was started before")
        for warning in self.config.warnings:
            log.warning(warning)
        queues = tuple(handling.queue for handling in self._general)
        subscriptions = [*(Subscription(rule, queues) for rule in self.config.rules), *self._special]
        if not subscriptions:
            raise ConfigError("no resource is named: add a rule, or a handler by `on`")
        self._plan = Plan(subscriptions)
        restored = self._restore()
        transport, greet = await self._connection()
        self._supervisor = Supervisor(
            transport,
            self._choose,
            self,
            self.metrics,
            random=self._random,
            restored=restored,
            greet=greet,
            concerns=self._plan.concerns,
            now=self._now,
        )
        self._working = [
            asyncio.create_task(handling.run(), name=f"handler {handling.name}") for handling in self.handlers
        ]
        self._working.append(asyncio.create_task(self._settle(), name="ready"))
        if self._positions is not None:
            self._working.append(asyncio.create_task(self._save(self._positions), name="state"))
        self._following = asyncio.create_task(self._supervisor.run(), name="following")

    async def _connection(self) -> tuple[Transport, Callable[[], Awaitable[None]] | None]:
        if self._transport is not None:
            return self._transport, None
        from astrolabe.watch.connecting import connection  # noqa: PLC0415  (HTTP is not needed in tests)

        return await self._stack.enter_async_context(connection(*self._credentials))

    async def stop(self) -> None:
        """Follow no more, let handlers finish (30 s at most), keep the rest as dead letters."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        if self._working:
            try:
                async with asyncio.timeout(GRACE):
                    await asyncio.gather(*(handling.drain() for handling in self.handlers))
            except TimeoutError:
                log.warning("handlers did not finish in time", seconds=GRACE)
            for task in self._working:
                task.cancel()
            await asyncio.wait(self._working)
        for handling in self.handlers:
            handling.close()
        if self._positions is not None and self._supervisor is not None:
            self._positions.save(self._snapshot(self._positions, clean=True))
        await self._close()
        await self._stack.aclose()

    def _restore(self) -> dict[Place, Checkpoint[Item]]:
        """Load what an earlier process left, and return from where to go on; raises `ConfigError`."""
        if not self.config.state_file:
            return {}
        self._positions = positions = Positions(StateFile(Path(self.config.state_file)))
        positions.check()
        restored = {}
        for saved in positions.saved.watches:
            watch = self._plan.restore(saved.resource, saved.scope, saved.rules, saved.delivered)
            if watch is not None:
                positions.restore(saved)
                items = [
                    Item(key, uid, version, b"", watch) for key, (uid, version) in saved.delivered.items()
                ]
                restored[watch.place] = Checkpoint(saved.version, items, saved.resource.api_version)
        return restored

    async def _save(self, positions: Positions) -> None:
        """Save how far everything is, again and again, but spend no more than a tenth of the time on it."""
        loop = asyncio.get_running_loop()
        took = 0.0
        while True:
            await asyncio.sleep(max(_SAVE, took * 10))
            start = loop.time()
            await asyncio.to_thread(positions.save, self._snapshot(positions, clean=False))
            took = loop.time() - start

    def _snapshot(self, positions: Positions, *, clean: bool) -> bytes:
        assert self._supervisor is not None
        versions = self._supervisor.versions()
        return positions.snapshot(self._plan.positioned(versions), versions, clean=clean)

    async def _close(self) -> None:
        for close in self._closers:
            try:
                await _called(close)
            except Exception:
                log.exception("handler cannot be closed")
        self._closers.clear()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def redeliver(self, lines: Iterable[tuple[bytes, Letter | None]]) -> tuple[int, list[bytes]]:
        """Hand dead letters to the handlers of their names, in order, without following anything.

        Return how many were taken, and the lines that stay: those of handlers that are not here, those that
        fail, and those that cannot be read.
        """
        handlers = {handling.name: handling for handling in self.handlers}
        taken, kept = 0, []
        for line, letter in lines:
            handling = handlers.get(letter.handler) if letter is not None else None
            if letter is None or handling is None:
                log.warning(
                    "dead letter kept",
                    reason="it cannot be read" if letter is None else f"no handler {letter.handler}",
                )
                kept.append(line)
                continue
            error = await handling.attempt(letter.event())
            if error is None:
                taken += 1
            else:
                log.warning("dead letter kept", key=letter.key, handler=handling.name, error=str(error))
                kept.append(line)
        for handling in self.handlers:
            handling.close()
        await self._close()
        return taken, kept

    # The sink: what the API server says, in order

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
        """Take in much, in turns. A watch stops being read while every handler that it feeds is full."""
        gate = _Gate(steps, self)
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

    async def _wait_for_room(self, watch: Watch | None) -> None:
        while watch is not None and watch.congested:
            self._room.clear()
            await self._room.wait()

    def _relieved(self) -> None:
        self._room.set()

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
            self.metrics.matched[watch.gvr, type_.value] += 1
            for queue in match.subscription.queues:
                change.outstanding += 1
                self._initial += initial
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
        self._initial -= 1

    def _choose(self, discovery: Discovery) -> list[WatchTarget[Item]]:
        self._rechoosing = False
        return self._plan.choose(discovery)

    def _namespace(self, name: str, *, exists: bool) -> None:
        self._plan.namespace(name, exists=exists)
        if self._plan.selects(name) and self._supervisor is not None:
            self._rechoosing = True
            self._supervisor.reconsider()

    def _listed(self, watch: Watch) -> bool:
        """Whether a watch has told all that there was, or was missed; False for one that is not followed."""
        state = self._states.get(watch.place)
        if state is None:
            place = (watch.resource.name, watch.scope)
            state = next((state for state in self.states if (state.resource, state.scope) == place), None)
            if state is None:
                return False
            self._states[watch.place] = state
        return state.listed

    async def _settle(self) -> None:
        supervisor = self._supervisor
        assert supervisor is not None
        while not (supervisor.ready and not self._rechoosing and self._initial == 0):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)
        self._ready.set()
        log.info("ready", watches=len(supervisor.states), objects=sum(s.objects for s in supervisor.states))
        for callback in self._ready_callbacks:
            try:
                await _called(callback)
            except Exception:
                log.exception("ready callback failed")

    def _given_up(self, handler: str, delivery: Delivery, reason: str) -> None:
        self._letters.write(Letter.of(delivery.event(), handler, reason, delivery.attempts))


class _Gate:
    """The steps of a sink's work, up to the first after which there is no room."""

    def __init__(self, steps: Iterator[object], controller: Controller) -> None:
        self._steps = steps
        self._controller = controller
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
        self.watch = self._controller.congested()
        return step


async def _called(function: Callable[[], Any]) -> None:
    result = function()
    if asyncio.iscoroutine(result):
        await result
