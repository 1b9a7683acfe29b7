"""The controller: follows what rules select and hands each change to the handlers, once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from time import time
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from astrolabe.kube.observer import WatchState
from astrolabe.kube.supervisor import Supervisor
from astrolabe.kube.transport import Transport
from astrolabe.watch.config import WatchConfig
from astrolabe.watch.errors import ConfigError, OtherCluster
from astrolabe.watch.handler import EventHandler, HandlerFunction
from astrolabe.watch.handlers import Handlers
from astrolabe.watch.handling import Handling
from astrolabe.watch.item import Item
from astrolabe.watch.letters import Letter
from astrolabe.watch.metrics import FollowingMetrics
from astrolabe.watch.plan import Plan
from astrolabe.watch.readiness import Readiness
from astrolabe.watch.receiving import Receiver
from astrolabe.watch.rules import Rule
from astrolabe.watch.saving import Saver
from astrolabe.watch.watches import Watch

F = TypeVar("F", bound=HandlerFunction)

GRACE = 30.0
"""Seconds that handlers get to finish when the controller stops."""

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
        self._random = random or Random()  # noqa: S311  (jitter, no secret)
        self._now = now
        self._transport: Transport | None = None
        self._credentials = (kubeconfig, context, in_cluster)
        self._handlers = Handlers(self.config, self._random)
        self._readiness = Readiness()
        self._stack = AsyncExitStack()
        self._plan = Plan(())
        self._supervisor: Supervisor[Item] | None = None
        self._saver: Saver | None = None
        self._working: list[asyncio.Task[None]] = []
        self._following: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()

    # What is set up before the start

    def add_event_handler(
        self, handler: EventHandler | HandlerFunction, *, name: str = "", **options: Any
    ) -> None:
        """Hand every event of the configuration's rules to a handler.

        A handler is an object with `on_matched(event)`, or a function. What is `async` runs on the event
        loop, what is not in a thread. Options: see `HandlerOptions`. At the end its `close()` is called.
        """
        self._not_started()
        self._handlers.add(handler, name, options)

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
            self._not_started()
            self._handlers.add_for(rule, function, name, options)
            return function

        return add

    def connect(self, transport: Transport) -> None:
        """Speak to the API server over this transport, in place of a connection of the controller's own."""
        self._transport = transport

    def set_ready_callback(self, callback: Callable[[], Any]) -> None:
        """Call (or await) this once: everything was listed, and its initial events were handed over."""
        self._readiness.tell(callback)

    def _not_started(self) -> None:
        if self._supervisor is not None:
            raise RuntimeError("add handlers before the controller starts")

    # Running

    def run(self) -> None:
        """Follow until SIGTERM or SIGINT, or until `auto_shutdown_sec` is over. For a program without a loop.

        Raises what `serve` raises.
        """
        from astrolabe.watch.signals import until_told  # noqa: PLC0415  (a program that has a loop needs none)

        asyncio.run(until_told(self.serve))

    async def serve(self, stopping: asyncio.Event) -> None:
        """Follow until `stopping` is set, or until `auto_shutdown_sec` is over.

        Raises `ConfigError`, also for credentials, and `OtherCluster` once they name another cluster: a new
        controller can follow that one. Positions in a state file are forgotten then.
        """
        async with self:
            assert self._following is not None
            told = asyncio.create_task(stopping.wait())
            moved = asyncio.create_task(self._moved.wait())
            limit = self.config.auto_shutdown_sec or None
            try:
                await asyncio.wait(
                    (told, moved, self._following), timeout=limit, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                told.cancel()
                moved.cancel()
            if self._following.done():
                self._following.result()
            if self._moved.is_set():
                raise OtherCluster("the credentials name another cluster")

    async def ready(self) -> None:
        """Wait until everything that is asked for was listed, and its initial events were handed over."""
        await self._readiness.wait()

    @property
    def is_ready(self) -> bool:
        """Whether that is so."""
        return bool(self._readiness)

    @property
    def handlers(self) -> list[Handling]:
        """Each handler at work, in the order in which they were added."""
        return self._handlers.all

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
        subscriptions = self._handlers.subscriptions()
        if not subscriptions:
            raise ConfigError("no resource is named: add a rule, or a handler by `on`")
        self._plan = Plan(subscriptions)
        saver = Saver(Path(self.config.state_file), self._plan) if self.config.state_file else None
        receiver = Receiver(
            self._plan, self.metrics, saver.positions if saver is not None else None, self._now
        )
        transport, greet = await self._connection()
        self._saver = saver

        async def met() -> None:
            # Positions are of use in their own cluster only, and which one this is, is known from here on.
            cluster = await greet()
            if saver is not None:
                supervisor.restore(saver.restored(cluster))

        self._supervisor = supervisor = Supervisor(
            transport,
            receiver.choose,
            receiver,
            self.metrics,
            random=self._random,
            greet=met,
            concerns=self._plan.concerns,
            now=self._now,
        )
        receiver.attach(supervisor)
        self._working = list(self._handlers.begin(receiver.relieved))
        settling = self._readiness.run(lambda: receiver.settled, self._measure)
        self._working.append(asyncio.create_task(settling, name="ready"))
        if saver is not None:
            self._working.append(asyncio.create_task(saver.run(supervisor.versions), name="state"))
        self._following = asyncio.create_task(supervisor.run(), name="following")

    async def _connection(self) -> tuple[Transport, Callable[[], Awaitable[str]]]:
        if self._transport is not None:
            return self._transport, _unknown
        from astrolabe.watch.connecting import connection  # noqa: PLC0415  (HTTP is not needed in tests)

        made = await self._stack.enter_async_context(connection(*self._credentials))
        self._moved = made.moved
        return made.transport, made.greet

    def _measure(self) -> dict[str, int]:
        return {"watches": len(self.states), "objects": sum(state.objects for state in self.states)}

    async def stop(self) -> None:
        """Follow no more, let handlers finish (30 s at most), keep the rest as dead letters."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        if self._working:
            await self._handlers.drain(GRACE)
            for task in self._working:
                task.cancel()
            await asyncio.wait(self._working)
        self._handlers.end()
        if self._saver is not None and self._supervisor is not None:
            if self._moved.is_set():
                self._saver.forget()
            else:
                self._saver.end(self._supervisor.versions)
        await self._handlers.close()
        await self._stack.aclose()

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
        return await self._handlers.redeliver(lines)


async def _unknown() -> str:
    """Return nothing: who brings a connection of its own also chooses the state file for it."""
    return ""
