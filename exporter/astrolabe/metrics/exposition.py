"""The exposition: follows the graph's deltas and keeps every family's text up to date.

Each change makes the rows that it touches stale, and nothing else. They are rendered a moment later, between
scrapes, or by the scrape that comes first. A scrape takes a snapshot: the changes so far are folded into
their blocks in short turns of the event loop, while newer ones wait for the next snapshot. So a snapshot is
one moment, and neither readers nor the writer ever wait long for each other.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from time import time

from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.graph.graph import Graph
from astrolabe.metrics import families
from astrolabe.metrics.clusters import labelled
from astrolabe.metrics.deflate import LEVEL_OF_ALIKE
from astrolabe.metrics.explaining import Explainer
from astrolabe.metrics.exposed import ExposedMetrics
from astrolabe.metrics.families import FAMILIES
from astrolabe.metrics.family import Family, encode
from astrolabe.metrics.graphrows import GraphRows
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.snapshot import Section, Snapshot
from astrolabe.metrics.source import Publish
from astrolabe.metrics.table import BLOCK_ROWS, SMALL_BLOCK_ROWS, Table
from astrolabe.scheduling.beat import beat
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import Steps

_EXPLAINED = frozenset(
    {families.ROOT_CAUSE_INFO, families.IMPACT, families.CAUSE_INFO, families.CAUSE_AFFECTED}
)
"""Families that come of causes; where none is exposed, none are looked for."""

FOLD_INTERVAL = 0.25
"""Seconds between two checks for changes."""

EXPLAINED_IN_SNAPSHOT = 32
"""Changed places that are explained without a pause, so that a snapshot is one moment."""

RENDERED_IN_SNAPSHOT = 20
"""Changed nodes that are rendered without a pause, for the same reason."""

_LOOKED_AFTER = 64
"""Nodes that are rendered between two looks at how many rows wait."""

BACKLOG = 4096
"""So many changed rows are folded without waiting for a scrape, to limit memory."""


class Exposition(Follower):
    """All metrics of the graph at /metrics."""

    def __init__(
        self,
        graph: Graph,
        selection: ExposedMetrics | None = None,
        *,
        more: Sequence[Family] = (),
        refresh: Callable[[float], None] = lambda _: None,
        scheduler: Scheduler | None = None,
        now: Callable[[], float] = time,
        faults: InternalErrors | None = None,
        withheld: Callable[[], Collection[Family]] = tuple,
        cluster: str = "",
    ) -> None:
        """Show more families than the graph's own; call `refresh` with the time before each snapshot.

        What is `withheld` when a snapshot is taken is kept up to date, and left out of that snapshot.
        `cluster` is the value of a label of that name on every row; without one there is no such label.
        """
        self._withheld = withheld
        self._selection = selection or ExposedMetrics()
        self._among = self._selection.total_shards if self._selection.shares is None else 1
        """How many shards divide these series."""
        self._faults = faults = faults or InternalErrors()
        self._now = now
        self._cluster = cluster
        self._refresh_all = refresh
        self._scheduler = scheduler or Scheduler()
        offered = (*FAMILIES, *more)
        self._tables: dict[Family, Table] = {family: _table(family) for family in self._selection.of(offered)}
        self._rows = GraphRows(graph, self._selection, self._tables.keys(), self.publish, faults)
        self._explained = not _EXPLAINED.isdisjoint(self._tables)
        self._explainer = Explainer(
            graph,
            self.publish,
            faults,
            messages=self._selection.cause_messages,
            shares=self._selection.shares,
        )
        self.statuses = self._rows.counts.statuses
        """Nodes by kind, namespace and status."""
        self.broken = self._rows.counts.broken
        """Ids of the nodes that are in error or pending."""
        self.resting = self._rows.counts.resting
        """Ids of the nodes that are at rest."""
        self._sections: dict[Family, Section] = {}
        self._folded: set[Family] = set()
        """Families whose blocks have changed since their sections were made."""
        self._running: asyncio.Task[Snapshot] | None = None
        self._queued: asyncio.Task[Snapshot] | None = None
        self._caught_up = asyncio.Event()
        """Set while no snapshot is rendered. Lists wait for it: otherwise rows would come too fast."""
        self._caught_up.set()

    # Writing

    def follow(self, delta: Delta) -> None:
        """Note what a delta may change."""
        self._rows.follow(delta)
        if self._explained:
            self._explainer.follow(delta)

    def publish(self, family: Family, key: str, text: str) -> None:
        """See `source.Publish`; what is not exposed, or another shard's, is left out."""
        table = self._tables.get(family)
        if table is None:
            return
        if self._among > 1 and zlib.crc32(encode(key)) % self._among != self._selection.shard:
            return
        if self._cluster:
            text = labelled(text, self._cluster)
        table.set(key, encode(text))

    async def run(self) -> None:
        """Explain, render and fold changes between scrapes, so that scrapes do not wait for it."""
        seen = -1
        while True:
            await beat(FOLD_INTERVAL)
            # While much is listed, the next object may well make the same rows stale again.
            if (waiting := self._rows.waiting) > BACKLOG:
                if waiting == seen:
                    await self._fold_early()
            else:
                if self._explainer.waiting:
                    await self._scheduler.work(self._explainer.work())
                if waiting:
                    await self._scheduler.work(self._rows.work())
            seen = waiting
            if self.backlog > BACKLOG:
                await self._fold_early()

    async def relieve(self) -> None:
        """Wait while a snapshot is being rendered; fold if many rows wait."""
        if not self._caught_up.is_set():
            await self._caught_up.wait()
        elif self.backlog > BACKLOG:
            await self._fold_early()

    async def _fold_early(self) -> None:
        # What goes wrong is told already, and told to scrapes as well.
        with suppress(Exception):
            await self.snapshot()

    @property
    def publish_derived(self) -> Publish:
        """Publishes rows of sources: families that are not the graph's own."""
        shares = self._selection.shares
        return self.publish if shares is None else shares.among(self.publish)

    # Reading

    @property
    def backlog(self) -> int:
        """Changed rows that are not yet folded into blocks."""
        return sum(len(table.pending) for table in self._tables.values())

    async def snapshot(self) -> Snapshot:
        """Return a snapshot of a moment after this call. Calls that come together share one.

        Raises its exceptions; the next snapshot is not affected.
        """
        if self._queued is None or self._queued.done():
            self._queued = asyncio.create_task(self._take(self._running))
        return await asyncio.shield(self._queued)

    async def _take(self, earlier: asyncio.Task[Snapshot] | None) -> Snapshot:
        if earlier is not None:
            await asyncio.wait([earlier])
        try:
            self._retry()
            self._caught_up.clear()
            await self._catch_up()
            await self._scheduler.work(self._begin())
        except Exception as error:
            self._faults.note("snapshot", error)
            raise
        finally:
            self._caught_up.set()
        return self._snapshot()

    async def _catch_up(self) -> None:
        """Explain and render until the rest is small enough to do without a pause."""
        # One place of change may have much to explain; what comes meanwhile is little.
        most = 0
        while (
            self._explainer.under_way
            or self._explainer.waiting > most
            or self._rows.waiting > RENDERED_IN_SNAPSHOT
        ):
            await self._scheduler.work(self._explainer.work())
            await self._scheduler.work(self._render())
            most = EXPLAINED_IN_SNAPSHOT

    def _render(self) -> Steps[None]:
        """Render changed rows. Fold them if they are many, so that not all their text is in memory."""
        for number, _ in enumerate(self._rows.work()):
            yield
            if number % _LOOKED_AFTER == 0 and self.backlog > BACKLOG:
                yield from self._fold_changes()

    def _retry(self) -> None:
        """Try again what failed since the last snapshot."""
        self._rows.retry()
        self._explainer.retry()

    def _begin(self) -> Steps[None]:
        """Fold. Requests that come from now on wait for the next snapshot."""
        self._running, self._queued = self._queued, None
        yield from self._fold()

    def snapshot_now(self) -> Snapshot:
        """Return a snapshot at once, without pauses. Do not call it while `snapshot` runs."""
        self._retry()
        for _ in self._render():
            pass
        for _ in self._fold():
            pass
        return self._snapshot()

    def _snapshot(self) -> Snapshot:
        withheld = self._withheld()
        return Snapshot(
            tuple(section for family, section in self._sections.items() if family not in withheld)
        )

    def _refresh(self) -> None:
        """Bring up to date what is worked out for a snapshot alone, and what little is stale."""
        for steps in (self._explainer.work(), self._rows.work()):
            for _ in steps:
                pass
        self._refresh_all(self._now())

    def _fold(self) -> Steps[None]:
        """Fold the changes up to now, a block at a time. When it ends, all sections are of one moment."""
        # Up to the first pause nothing else runs: the snapshot is of this moment.
        self._refresh()
        self._caught_up.set()
        yield from self._fold_changes()
        for family, table in self._tables.items():
            if family in self._folded or family not in self._sections:
                self._sections[family] = Section(family, table)
                self._folded.discard(family)
                yield

    def _fold_changes(self) -> Steps[None]:
        """Put the rows that changed up to now into their blocks."""
        changed: list[tuple[Table, dict[str, bytes]]] = []
        for family, table in self._tables.items():
            if table.pending:
                changed.append((table, table.pending))
                table.pending = {}
                self._folded.add(family)
        try:
            yield
            for table, changes in changed:
                yield from table.fold(changes)
        except BaseException:
            # Folded or not, the changes are for the next snapshot; what came meanwhile is newer.
            for table, changes in changed:
                table.pending = changes | table.pending
            raise


def _table(family: Family) -> Table:
    """Return a table with a block size that suits a family."""
    if family is families.EDGE_INFO:
        return Table(BLOCK_ROWS, LEVEL_OF_ALIKE)
    if family is families.RESOURCE_STATUS:
        return Table(SMALL_BLOCK_ROWS, LEVEL_OF_ALIKE)
    return Table(BLOCK_ROWS)
