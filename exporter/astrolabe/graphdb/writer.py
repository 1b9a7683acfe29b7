"""Keeps one graph database equal to the graph: the only one that writes to it.

At the start, and whenever changes were let go, everything is written with the mark of a new run, and what
does not have it is swept away: so a database that missed a week is right afterwards. From then on changes
are written in batches, each all or none, about twice a second. Whatever goes wrong is tried again, later
and later; what changes meanwhile is noted by its place, so the graph never waits.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from time import perf_counter, time

import structlog

from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.graph.relations import Relations
from astrolabe.graphdb.changes import Changes
from astrolabe.graphdb.resolving import ROWS, Resolver
from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import Target, TargetError
from astrolabe.graphdb.thread import Worker
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import at_once, batches

INTERVAL = 0.5
"""Seconds between writes."""
LONGEST_WAIT = 30.0
"""Seconds between attempts while they fail; they begin at `INTERVAL` and double."""
REMINDER = 60.0
"""Seconds between words about the same failure."""
PROGRESS = 10.0
"""Seconds between words about how far the writing of everything is."""
LAST_WRITE = 2.0
"""Seconds for what is left to write at the end."""
_PLACES = 500
"""Places of change that are looked up for one batch."""
_OBJECTS = 2000
"""Objects that are looked up for one batch when everything is written."""

log = structlog.get_logger(__name__)


class GraphWriter(Follower):
    """Follows the graph and writes to a target. `run` ends only by cancellation."""

    def __init__(
        self,
        graph: Relations,
        schema: Schema,
        target: Target,
        ready: Callable[[], bool],
        scheduler: Scheduler | None = None,
    ) -> None:
        """Begin once `ready` says that every list is in: what is not known yet must not be swept away."""
        self._graph = graph
        self._schema = schema
        self._target = target
        self._ready = ready
        self._scheduler = scheduler or Scheduler()
        self._changes = Changes(graph, schema)
        self._resolver = Resolver(graph, schema)
        self._worker = Worker("graph database")
        self._open = False
        self._run = ""
        self._said = ""
        self._said_at = 0.0
        self.writes = 0
        """Batches that were written."""
        self.failures = 0
        """Attempts that failed."""
        self.equal_at = 0.0
        """When the database last had everything, in Unix seconds; 0 before."""

    def follow(self, delta: Delta) -> None:
        """Note where something changed."""
        self._changes.follow(delta)

    def lost(self) -> None:
        """Write everything next: not all changes are known."""
        self._changes.lost()

    @property
    def equal(self) -> bool:
        """Whether the database has everything that was known a moment ago."""
        return self._open and not self._changes.everything and not len(self._changes)

    @property
    def waiting(self) -> int:
        """How many changes wait to be written."""
        return len(self._changes)

    async def run(self) -> None:
        """Write for ever."""
        wait = INTERVAL
        while True:
            await asyncio.sleep(wait)
            try:
                await self._step()
            except TargetError as trouble:
                wait = min(2 * wait, LONGEST_WAIT)
                await self._failed(str(trouble), wait)
            except Exception:
                # A mistake here costs the database its being up to date, and nothing else.
                log.exception("writing to the graph database crashed")
                wait = LONGEST_WAIT
                self._changes.lost()
                await self._failed("an internal error", wait)
            else:
                wait = INTERVAL

    async def _step(self) -> None:
        """Do what is due; raises `TargetError`."""
        if not self._ready():
            return
        if not self._open:
            run = await self._worker.call(self._target.open, self._schema)
            self._open = True
            if not run or run != self._run:
                # Another database, or one that somebody else wrote to.
                self._changes.lost()
        if self._changes.everything:
            await self._write_everything()
        await self._write_changes()
        self.equal_at = time()
        if self._said:
            # Not as soon as it can be opened: what fails may be the writing.
            self._said = ""
            log.info("the graph database is up to date again", target=self._target.name)

    async def _failed(self, text: str, wait: float) -> None:
        self._open = False
        self.failures += 1
        now = perf_counter()
        if text != self._said or now - self._said_at > REMINDER:
            self._said, self._said_at = text, now
            log.warning("the graph database is not up to date", reason=text, retry=f"{wait:g} s")
        with suppress(Exception):
            await self._worker.call(self._target.close)

    async def _write_changes(self) -> None:
        """Write what has changed up to now."""
        if not len(self._changes):
            return
        await self._scheduler.work(self._changes.explain())
        for _ in range(0, len(self._changes), _PLACES):
            places = self._changes.take(_PLACES)
            try:
                # Nothing happens meanwhile: the batch is of one moment.
                await self._write(at_once(self._resolver.batch(places)))
            except BaseException:
                self._changes.put_back(places)
                raise

    async def _write_everything(self) -> None:
        began = perf_counter()
        run = secrets.token_hex(8)
        await self._worker.call(self._target.begin, run)
        self._run = run
        self._changes.begin()
        rows, told = 0, began
        writing: asyncio.Future[None] | None = None
        try:
            async for batch in self._everything():
                # The next rows are looked up while the database takes these.
                if writing is not None:
                    await writing
                writing = self._worker.ask(self._target.write, batch, run)
                rows += len(batch)
                self.writes += 1
                if perf_counter() - told > PROGRESS:
                    told = perf_counter()
                    log.info("writing everything to the graph database", rows=rows, target=self._target.name)
            if writing is not None:
                await writing
            await self._worker.call(self._target.sweep, run)
        except BaseException:
            if writing is not None:
                writing.cancel()
            self._changes.lost()
            raise
        seconds = round(perf_counter() - began, 1)
        log.info("the graph database is equal", target=self._target.name, rows=rows, seconds=seconds)

    async def _everything(self) -> AsyncIterator[Batch]:
        """Yield all nodes, and then all relationships."""
        # By kind: a batch that is of few labels is written with few statements.
        ids = [node.id for node in sorted(self._graph, key=lambda node: node.facts.kind)]
        root = self._schema.root()
        if root is not None:
            yield Batch(nodes=[root])
        for some in batches(ids, _OBJECTS):
            nodes = await self._scheduler.work(self._resolver.all_nodes(some))
            for part in batches(nodes, ROWS):
                yield Batch(nodes=part)
        for some in batches(ids, _OBJECTS):
            edges = await self._scheduler.work(self._resolver.all_edges(some))
            for each in batches(edges, ROWS):
                yield Batch(edges=each)

    async def _write(self, batch: Batch) -> None:
        if len(batch):
            await self._worker.call(self._target.write, batch, self._run)
            self.writes += 1

    async def close(self) -> None:
        """Write what is left, if that is possible at once, and let go of the database."""
        with suppress(TargetError, TimeoutError):
            async with asyncio.timeout(LAST_WRITE):
                if self._open and not self._changes.everything:
                    await self._write_changes()
                await self._worker.call(self._target.close)
        self._worker.end()
