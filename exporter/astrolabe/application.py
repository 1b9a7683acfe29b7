"""The one place that wires everything: API server, graph, exposition, HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from random import Random
from time import monotonic, perf_counter, time

import structlog

from astrolabe.api.authorization import Reviewer
from astrolabe.api.http import Port, listen
from astrolabe.api.protection import Protection
from astrolabe.api.state import State
from astrolabe.api.v1.feed import Feed
from astrolabe.bus import Bus
from astrolabe.derived.access.access import Access
from astrolabe.derived.access.findings.catalogue import Silences
from astrolabe.derived.access.source import AccessSource
from astrolabe.derived.changes.recent import Recent
from astrolabe.derived.cost.pricefile import PriceFile
from astrolabe.derived.cost.prices import PriceError
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.beginning import Progress
from astrolabe.derived.sleep.environment import EnvironmentsError, Rule, parse
from astrolabe.derived.sleep.overslept import Notes as Overslept
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.coverage import Coverage
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.reflector import ReflectorOptions
from astrolabe.kube.supervisor import Supervisor
from astrolabe.kube.transport import Transport
from astrolabe.metrics.exposed import ExposedMetrics
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.shares import Shares
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.persistence.capture import StateSource
from astrolabe.persistence.state import Restored
from astrolabe.persistence.store import REASONS
from astrolabe.persistence.writer import StateWriter
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.settings import Settings, SettingsError
from astrolabe.watchlist import Watchlist

log = structlog.get_logger(__name__)

_CLOCK_INTERVAL = 5.0
"""Seconds between two looks at what should be awake by now."""
_SYNC_CHECK_INTERVAL = 0.1
"""Seconds between looks at whether the first lists are through."""
_COLLECTOR_THRESHOLD = 100
"""New containers from which on the collector looks at them: many a small stop instead of some long ones."""
_PROGRESS_INTERVAL = 2.0
"""Seconds between words about what is still missing, while that changes."""
_PROGRESS_REMINDER = 60.0
"""Seconds between them while it does not."""
FAILING_KIND_PATIENCE = 30.0
"""Seconds that a failing kind gets to list after all others have, where nothing is served."""


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
        greet: Callable[[], Awaitable[None]] | None = None,
        kinds: tuple[Kind, ...] = KINDS,
    ) -> None:
        """Tell the time by two clocks: Unix seconds, and seconds that nobody sets.

        Await `greet` before the API server is asked anything; see `Supervisor`. `kinds` are those built in.
        """
        self._state_writer = state_writer
        restored = state_writer.restored if state_writer is not None else Restored()
        self._restored = restored.checkpoints
        self.settings = settings
        self._transport = transport
        self.watchlist = Watchlist(settings, kinds)
        part = self.watchlist.part
        self.graph = Graph(JUDGES, Coverage(part.within if part is not None else None))
        self.telemetry = Telemetry(shard=settings.shard, total_shards=settings.total_shards)
        self._frozen = False
        """Whether the collector leaves alone what was listed: work that makes much garbage waits for that."""
        self.sleep = SleepSource(
            self.graph,
            environments=_environments(settings),
            environment_label=settings.environment_label,
            ledger=restored.ledger,
            progress=self._known,
            now=now,
            elapsed=elapsed,
        )
        self.overslept = Overslept(self.graph, self.sleep.overslept)
        self.cost = CostSource(
            self.graph,
            self.sleep,
            _prices(settings),
            co2=settings.co2_per_pod_year,
            remembered=restored.cost,
            now=now,
        )
        self.access = Access(
            self.graph,
            guarded=settings.access_guarded_namespaces,
            silences=Silences(settings.access_silence),
            remembered=restored.access,
            now=now,
        )
        self.access_source = AccessSource(
            self.access, hide_names=settings.access_hide_names, faults=self.telemetry.faults
        )
        self.recent = Recent(self.graph, now)
        sources = (self.sleep, self.cost, self.recent)
        self.scheduler = Scheduler()
        """For whatever takes a while."""
        self.bus = Bus(self.telemetry.faults)
        """Tells everybody below what became of the graph, in this order."""
        self.exposition = Exposition(
            self.graph,
            _selection(settings, self.watchlist),
            more=[family for source in (*sources, self.access_source) for family in source.families],
            refresh=self.bus.refresh,
            scheduler=self.scheduler,
            now=now,
            faults=self.telemetry.faults,
        )
        self.feed = Feed(self.graph, self.telemetry.faults)
        self.access_source.attach(self.exposition.publish_derived)
        self.access.listen(self.feed.access)
        self.bus.add("rows", self.exposition)
        self.bus.add_sources(sources, self.exposition.publish_derived, self.graph)
        self.bus.add("access", self.access_source)
        self.bus.add("changes", self.feed)
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

    # The writer: what the API server says, in order

    def put(self, item: Facts, old: Facts | None, read_at: float | None) -> None:
        """Take in an object as it is now."""
        if old is not None and old.resource_version != item.resource_version:
            self.recent.rewritten(item)
        self._publish(self.graph.apply(item), read_at)

    def remove(self, item: Facts, read_at: float | None) -> None:
        """Take out an object."""
        self._publish(self.graph.remove(item.id, item.uid), read_at)

    def covered(self, resource: str, complete: bool) -> None:
        """Learn whether everything of a resource is known."""
        change = self.graph.cover if complete else self.graph.uncover
        for kind, namespace in self.watchlist.complete(resource):
            self._publish(change(kind, namespace), None)

    async def work(self, steps: Iterator[object]) -> None:
        """Take in much, in turns; where lists come faster than rows are folded, wait for the fold."""
        done = self.scheduler.begin(steps)
        while not done:
            await self.exposition.relieve()
            done = await self.scheduler.turn(steps)

    def rest_by_the_clock(self) -> None:
        """Bring up to date which workloads should have been woken by now."""
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

    def _known(self, kind: str) -> Progress:
        """Tell how far a kind, as in `Facts.kind`, is known."""
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

    async def run(
        self, stopping: asyncio.Event, *ends: Callable[[], Coroutine[object, object, object]]
    ) -> None:
        """Serve until `stopping` is set, or another end comes; raises what that or `greet` raises.

        Raises `ListenError` for a port and `UnusableFile`.
        """
        await self._restore(stopping)
        settings = self.settings
        protection = protection_by(settings, self._transport)
        state = State(
            self.graph,
            self.exposition,
            self.telemetry,
            self.supervisor,
            self.bus,
            self.scheduler,
            self.feed,
            self.access,
            self.recent,
        )
        pages = [Port(settings.port, telemetry=settings.telemetry_port == 0)]
        if settings.telemetry_port:
            pages.append(Port(settings.telemetry_port, telemetry=True, graph=False))
        async with contextlib.AsyncExitStack() as stack:
            for page in pages:
                urls = await stack.enter_async_context(listen(state, settings.address, page, protection))
                log.info("listening", url=urls)
            settling = asyncio.create_task(self._settle(lambda: self.supervisor.ready), name="settle")
            keeping = (self._state_writer.run,) if self._state_writer else ()
            try:
                await self._work_until(stopping.wait(), *(end() for end in (*ends, *keeping)))
            finally:
                settling.cancel()
                await asyncio.wait([settling])
                await self.bus.close()
            log.info("stopped")

    async def _restore(self, stopping: asyncio.Event) -> None:
        """Take in what an earlier process knew, before anything is served; then keep what comes."""
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
            )
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
        await self._work_until(self._settle(self._read_once()), stopping.wait(), patience=patience)
        return self.supervisor.complete

    def _read_once(self) -> Callable[[], bool]:
        """Return what says whether each kind has listed, or has failed for long while the others had."""
        clock = asyncio.get_running_loop().time
        ready_at: float | None = None

        def read() -> bool:
            nonlocal ready_at
            if self.supervisor.complete:
                return True
            if not self.supervisor.ready:
                ready_at = None
            elif ready_at is None:
                ready_at = clock()
            return ready_at is not None and clock() - ready_at >= FAILING_KIND_PATIENCE

        return read

    async def _work_until(
        self, *ends: Coroutine[object, object, object], patience: float | None = None
    ) -> None:
        """Follow and render until one of the ends comes; raises what the work dies of."""
        working = self.access_source.run(self.scheduler, lambda: self._frozen and self.supervisor.ready)
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

    async def _settle(self, settled: Callable[[], bool]) -> None:
        """Say when everything is known, and then keep the collector away from what will stay."""
        start = told = perf_counter()
        said: dict[str, object] = {}
        while not settled():
            await asyncio.sleep(_SYNC_CHECK_INTERVAL)
            waited = perf_counter() - told
            if waited > _PROGRESS_INTERVAL and not settled():
                progress = self._progress()
                # Of an API server that does not answer the supervisor tells.
                if self.supervisor.discovered and (progress != said or waited > _PROGRESS_REMINDER):
                    log.info("syncing", **progress)
                    said, told = progress, perf_counter()
        log.info("synced", objects=len(self.graph), seconds=round(perf_counter() - start, 1))
        # The graph holds no cycles; walking it again and again would stop the world for what lives on.
        gc.collect()
        gc.freeze()
        # A look at a hundred new objects is short, and what it finds in use is soon left alone.
        gc.set_threshold(_COLLECTOR_THRESHOLD)
        self._frozen = True

    def _progress(self) -> dict[str, object]:
        states = self.supervisor.states
        waiting = sorted({state.resource for state in states if not state.settled})
        return {
            "objects": sum(state.objects for state in states),
            "done": len(states) - len(waiting),
            "waiting": waiting[:5],
        }


def _selection(settings: Settings, watchlist: Watchlist) -> ExposedMetrics:
    return ExposedMetrics(
        metrics=settings.metrics,
        metrics_denied=settings.metrics_denied,
        metrics_opt_in=settings.metrics_opt_in,
        edge_types=settings.edge_types,
        template_edges=settings.template_edges,
        labels=watchlist.labels,
        cause_messages=settings.cause_messages,
        shard=settings.shard,
        total_shards=settings.total_shards,
        shares=Shares(watchlist.part.shard) if watchlist.part is not None else None,
    )


def _environments(settings: Settings) -> tuple[Rule, ...]:
    try:
        return parse(settings.environments)
    except EnvironmentsError as error:
        raise SettingsError(f"environments: {error}") from None


def _prices(settings: Settings) -> PriceFile:
    try:
        return PriceFile(settings.price_file)
    except PriceError as error:
        raise SettingsError(str(error)) from None


def protection_by(settings: Settings, transport: Transport) -> Protection:
    """Return who may read, and how, as the settings have it. Raises `UnusableFile`."""
    return Protection(
        cert_file=settings.tls_cert_file,
        key_file=settings.tls_key_file,
        client_ca_file=settings.tls_client_ca_file,
        token_file=settings.web_token_file,
        users_file=settings.web_users_file,
        reviewer=Reviewer(transport) if settings.authorization == "kubernetes" else None,
        cors_origins=settings.cors_origins,
    )
