"""Runs the parts of an exporter: data from the API server goes in, responses go out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from random import Random
from time import monotonic, time

import structlog

from astrolabe.api.authorization import Reviewer
from astrolabe.api.http import application, listen
from astrolabe.api.state import State
from astrolabe.derived.sleep.beginning import Progress
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.reflector import ReflectorOptions
from astrolabe.kube.supervisor import Supervisor
from astrolabe.kube.transport import Transport
from astrolabe.parts import Among, Parts, ports_of, protection_by
from astrolabe.persistence.capture import StateSource
from astrolabe.persistence.lease import Lease
from astrolabe.persistence.state import Restored
from astrolabe.persistence.store import REASONS
from astrolabe.persistence.writer import StateWriter
from astrolabe.scheduling.pulse import pulse
from astrolabe.settings import Settings
from astrolabe.settling import Settling

log = structlog.get_logger(__name__)

_CLOCK_INTERVAL = 5.0
"""Seconds between two checks which workloads should be awake by now."""


class Application:
    """One exporter: the graph, its single writer, and everything that listens to it."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        *,
        random: Random | None = None,
        now: Callable[[], float] = time,
        elapsed: Callable[[], float] = monotonic,
        state_writer: StateWriter | None = None,
        lease: Lease | None = None,
        greet: Callable[[], Awaitable[None]] | None = None,
        kinds: tuple[Kind, ...] = KINDS,
        serves: bool = True,
        among: Among | None = None,
    ) -> None:
        """`now` gives Unix seconds, `elapsed` seconds of a clock that nobody sets.

        `greet` is awaited before any other request; see `Supervisor`. `kinds` are the built-in kinds.
        With a `lease` there are several replicas: this one exposes counters only while it holds the lease.
        Without `serves`, HTTP has only telemetry and readiness, not the graph.
        `among` is given if the process follows other clusters too.
        """
        self._lease = lease
        self._state_writer = state_writer
        restored = state_writer.restored if state_writer is not None else Restored()
        self._restored = restored.checkpoints
        self._cluster = among.cluster if among is not None else ""
        self.settings = settings
        self.reviewer = Reviewer(transport)
        """Asks the API server who may read."""
        self._serves = serves
        parts = Parts(
            settings,
            kinds,
            restored,
            progress=self._known,
            now=now,
            elapsed=elapsed,
            leads=self._leads,
            serves=serves,
            among=among,
        )
        self.graph = parts.graph
        self.telemetry = parts.telemetry
        self.watchlist = parts.watchlist
        self.sleep = parts.sleep
        self.overslept = parts.overslept
        self.cost = parts.cost
        self.access = parts.access
        self.access_source = parts.access_source
        self.recent = parts.recent
        self.scheduler = parts.scheduler
        self.bus = parts.bus
        self.exposition = parts.exposition
        self.feed = parts.feed
        self.supervisor: Supervisor[Facts] = Supervisor(
            transport,
            self.watchlist.choose,
            self,
            self.telemetry,
            random=random or Random(),  # noqa: S311  (jitter, no secret)
            options=ReflectorOptions(streaming=settings.streaming_lists, from_cache=settings.list_from_cache),
            restored=restored.checkpoints,
            greet=greet,
            concerns=self.watchlist.concerns,
            now=now,
        )
        self.telemetry.follow(self.supervisor)
        if lease is not None:
            self.telemetry.leading(self._leads)
        self._settling = Settling(self.supervisor, self.graph, self.exposition.snapshot)

    # The writer: what the API server says, in order

    def put(self, item: Facts, old: Facts | None, read_at: float | None) -> None:
        """Add or replace an object."""
        if old is not None and old.resource_version != item.resource_version:
            self.recent.rewritten(item)
        self._publish(self.graph.apply(item), read_at)

    def remove(self, item: Facts, read_at: float | None) -> None:
        """Remove an object."""
        self._publish(self.graph.remove(item.id, item.uid), read_at)

    def covered(self, resource: str, complete: bool) -> None:
        """Note whether all objects of a resource are known."""
        change = self.graph.cover if complete else self.graph.uncover
        for kind, namespace in self.watchlist.complete(resource):
            self._publish(change(kind, namespace), None)

    async def work(self, steps: Iterator[object]) -> None:
        """Do long work in turns. If lists come faster than rows are folded, wait for the fold."""
        done = self.scheduler.begin(steps)
        while not done:
            await self.exposition.relieve()
            done = await self.scheduler.turn(steps)

    def rest_by_the_clock(self) -> None:
        """Update which workloads should have been woken by now."""
        for delta in self.overslept.work():
            self._publish(delta, None)

    async def _watch_the_clock(self) -> None:
        while True:
            await asyncio.sleep(_CLOCK_INTERVAL)
            self.rest_by_the_clock()

    def _publish(self, delta: Delta, read_at: float | None) -> None:
        self.bus.follow(delta)
        if read_at is not None:
            self.telemetry.visible(read_at)

    def _leads(self) -> bool:
        """Whether to expose counters: only one of several replicas does."""
        return self._lease is None or self._lease.held

    def _known(self, kind: str) -> Progress:
        """Return how much of a kind (as in `Facts.kind`) is known."""
        supervisor = self.supervisor
        if not supervisor.discovered:
            return "awaited"
        states = [
            state
            for state in supervisor.states
            if not state.settled and self.watchlist.kind_of(state.resource) == kind
        ]
        if not states:
            return "known"
        return "resuming" if all(state.phase == "waiting" for state in states) else "awaited"

    # Running

    @property
    def state(self) -> State:
        """The parts that answer requests."""
        return State(
            self.graph,
            self.exposition,
            self.telemetry,
            self.supervisor,
            self.bus,
            self.scheduler,
            self.feed,
            self.access,
            self.recent,
            self.sleep,
            self.cost,
            self._cluster,
        )

    async def run(
        self, stopping: asyncio.Event, *ends: Callable[[], Coroutine[object, object, object]]
    ) -> None:
        """Serve until `stopping` is set, or another end comes; raises what that or `greet` raises.

        Raises `ListenError` for a port and `UnusableFile`.
        """
        await self.restore(stopping)
        protection = protection_by(self.settings, lambda _: {"": self.reviewer})
        async with contextlib.AsyncExitStack() as stack:
            for port in ports_of(self.settings, serves=self._serves):
                served = application(self.state, port, protection)
                urls = await stack.enter_async_context(
                    listen(served, self.settings.address, port, protection)
                )
                log.info("listening", url=urls)
            await self.follow(stopping, lambda: pulse(self.telemetry.process.blocked), *ends)

    async def follow(
        self, stopping: asyncio.Event, *ends: Callable[[], Coroutine[object, object, object]]
    ) -> None:
        """Follow until `stopping` is set, or another end comes; raises what that or `greet` raises.

        `restore` comes before it.
        """
        settling = asyncio.create_task(self._settling.wait(self._settling.ready), name="settle")
        keeping = (self._state_writer.run,) if self._state_writer else ()
        try:
            await self._work_until(stopping.wait(), *(end() for end in (*ends, *keeping)))
        finally:
            settling.cancel()
            await asyncio.wait([settling])
            await self.bus.close()
        log.info("stopped")

    async def restore(self, stopping: asyncio.Event) -> None:
        """Restore the state of an earlier process before anything is served; then begin to keep the state."""
        await self.work(self._restored_items(stopping))
        if stopping.is_set():
            # Half of what was kept must not replace it.
            if self._state_writer is not None:
                self.bus.add("persistence", self._state_writer)
            return
        if self._restored:
            self.sleep.restored()
        self._restored = {}
        if self._state_writer is not None:
            subject = StateSource(
                self.graph,
                self.supervisor.versions,
                self.watchlist.kind_of,
                lambda: self.supervisor.ready,
                self.sleep,
                self.cost,
                self.access,
                self.recent,
            )
            self.telemetry.queue("state", self._state_writer.unwritten)
            self._state_writer.begin(subject, self.telemetry.keeping(REASONS), self.scheduler)
            self.bus.add("persistence", self._state_writer)

    def _restored_items(self, stopping: asyncio.Event) -> Iterator[None]:
        for place, checkpoint in self._restored.items():
            self.telemetry.restore(place.resource)
            for item in checkpoint.items:
                if stopping.is_set():
                    return
                self.watchlist.remember(place.resource, item.kind)
                self._publish(self.graph.apply(item), None)
                yield

    async def gather(self, patience: float, stopping: asyncio.Event) -> bool:
        """Follow, without serving, until each kind has listed once or is given up.

        Return whether all have listed; wait no longer than `patience` (seconds).
        """
        settled = self._settling.wait(self._settling.read_once())
        await self._work_until(settled, stopping.wait(), patience=patience)
        return self.supervisor.complete

    async def _work_until(
        self, *ends: Coroutine[object, object, object], patience: float | None = None
    ) -> None:
        """Follow and render until one of the ends comes; raises the exception that ended the work."""
        working = self.access_source.run(
            self.scheduler, lambda: self._settling.frozen and self.supervisor.ready
        )
        tasks = [
            asyncio.create_task(work)
            for work in (
                self.supervisor.run(),
                self.exposition.run(),
                self._watch_the_clock(),
                working,
                *ends,
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
