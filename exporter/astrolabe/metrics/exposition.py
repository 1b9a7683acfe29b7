"""The exposition: follows the graph's deltas and keeps every family's text up to date.

Each change renders the rows that it touches, once, and nothing else. A scrape takes a snapshot: the changes
so far are folded into their blocks in short turns of the event loop, while newer ones wait for the next
snapshot. So a snapshot is one moment, and neither readers nor the writer ever wait long for each other.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from time import time

from astrolabe.graph.delta import Delta, Edge, Node
from astrolabe.graph.dependencies import unhealthy
from astrolabe.graph.explanations import Explanations
from astrolabe.graph.facts import EdgeType
from astrolabe.graph.graph import Graph
from astrolabe.metrics import families, rows
from astrolabe.metrics.families import FAMILIES
from astrolabe.metrics.family import Family, encode
from astrolabe.metrics.releases import Releases
from astrolabe.metrics.selection import Selection
from astrolabe.metrics.snapshot import Section, Snapshot
from astrolabe.metrics.source import Source
from astrolabe.metrics.table import BLOCK_ROWS, SMALL_BLOCK_ROWS, Table
from astrolabe.metrics.turns import Turns

_REST = 0.1
"""Seconds between two looks at what changed."""

FEW = 32
"""Places of change that are explained at once, so that a snapshot is one moment."""

BACKLOG = 4096
"""Changed rows from which on they are folded without waiting for a scrape, to bound memory."""

_FROM_TEMPLATE: frozenset[EdgeType] = frozenset({"uses-configmap", "uses-secret", "uses-sa"})


class Exposition:
    """Everything that /metrics says of the graph."""

    def __init__(
        self,
        graph: Graph,
        selection: Selection | None = None,
        sources: Sequence[Source] = (),
        now: Callable[[], float] = time,
    ) -> None:
        self._graph = graph
        self._selection = selection or Selection()
        self._sources = sources
        self._now = now
        self.turns = Turns()
        """For whatever reads the graph or the exposition and takes a while."""
        offered = (*FAMILIES, *(family for source in sources for family in source.families))
        self._tables: dict[Family, Table] = {
            family: Table(SMALL_BLOCK_ROWS if family is families.RESOURCE_STATUS else BLOCK_ROWS)
            for family in self._selection.of(offered)
        }
        for source in sources:
            source.attach(self._set)
        node_rows = [*rows.NODE_ROWS, (families.RESOURCE_LABELS, rows.labels(self._selection.labels))]
        self._node_rows = [item for item in node_rows if item[0] in self._tables]
        self._edge_types = frozenset(self._selection.edge_types)
        self._explained = families.ROOT_CAUSE_INFO in self._tables or families.IMPACT in self._tables
        self._explanations = Explanations(graph)
        self._walks: list[Iterator[str]] = []
        self._releases = Releases()
        self.statuses: Counter[tuple[str, str, str]] = Counter()
        """Nodes by kind, namespace and status."""
        self.broken: set[str] = set()
        """Ids of the nodes that are in error or pending."""
        self._edge_counts: Counter[EdgeType] = Counter()
        self._sections: dict[Family, Section] = {}
        self._running: asyncio.Task[Snapshot] | None = None
        self._queued: asyncio.Task[Snapshot] | None = None

    # Writing

    def follow(self, delta: Delta) -> None:
        """Render what a delta changes."""
        for node_id, (before, after) in delta.nodes.items():
            self._node(node_id, before, after)
        if delta.edges:
            self._edges(delta.edges)
        if delta.missing:
            self._missing({missing.source for missing in delta.missing})
        if self._explained:
            self._explanations.follow(delta)
        for source in self._sources:
            source.follow(delta)
        for release, values in self._releases.follow(delta):
            text = families.HELM_RELEASE_INFO.line(values) if values is not None else ""
            self._set(families.HELM_RELEASE_INFO, f"{release.namespace}/{release.name}", text)

    def _node(self, node_id: str, before: Node | None, after: Node | None) -> None:
        for family, row in self._node_rows:
            old = row(before) if before is not None else None
            new = row(after) if after is not None else None
            if old != new:
                self._set(family, node_id, family.line(*new) if new is not None else "")
        if before is not None and after is not None and before.status == after.status:
            return
        (self.broken.add if unhealthy(after) else self.broken.discard)(node_id)
        for node, step in ((before, -1), (after, 1)):
            if node is not None:
                self._count_status((node.facts.kind, node.facts.namespace, node.status), step)

    def _count_status(self, key: tuple[str, str, str], step: int) -> None:
        self.statuses[key] += step
        count = self.statuses[key]
        if not count:
            del self.statuses[key]
        self._set(families.RESOURCES, "/".join(key), families.RESOURCES.line(key, count) if count else "")

    def _edges(self, changes: dict[Edge, bool]) -> None:
        carriers: set[str] = set()
        for edge, came in changes.items():
            if edge.type not in self._edge_types:
                continue
            carriers.add(edge.carrier)
            if self._selection.template_edges == "workload" and edge.type in _FROM_TEMPLATE:
                carriers.update(self._controlled_by(edge.source))
            self._edge_counts[edge.type] += 1 if came else -1
        for edge_type in {edge.type for edge in changes if edge.type in self._edge_types}:
            count = self._edge_counts[edge_type]
            self._set(families.EDGES, edge_type, families.EDGES.line((edge_type,), count) if count else "")
        for carrier in carriers:
            node = self._graph.get(carrier)
            text = "" if node is None else "".join(map(_edge_line, self._exposed(node)))
            self._set(families.EDGE_INFO, carrier, text)

    def _exposed(self, node: Node) -> Iterator[Edge]:
        """Yield the edges accounted to a node that the operator wants to see."""
        skipped: set[tuple[EdgeType, str]] = set()
        if self._selection.template_edges == "workload" and node.facts.kind in ("Pod", "ReplicaSet"):
            parent = self._graph.controller(node)
            if parent is not None:
                skipped = {(ref.type, ref.target) for ref in parent.facts.refs if ref.type in _FROM_TEMPLATE}
        for edge in self._graph.carried(node):
            if edge.type in self._edge_types and (edge.type, edge.target) not in skipped:
                yield edge

    def _controlled_by(self, node_id: str) -> set[str]:
        node = self._graph.get(node_id)
        return {edge.target for edge in self._graph.owned(node)} if node is not None else set()

    def _missing(self, sources: set[str]) -> None:
        family = families.REFERENCE_MISSING_INFO
        for source in sources:
            node = self._graph.get(source)
            found = self._graph.missing_of(node) if node is not None else []
            self._set(family, source, "".join(family.line(rows.missing(missing)) for missing in found))

    def _explain(self) -> Iterator[None]:
        """Render causes and impact of what may have other ones now, pausing after each object."""
        self._walks.append(self._explanations.stale())
        # A walk that paused elsewhere is gone on with here: a snapshot must not miss the rest of it.
        while self._walks:
            node_id = next(self._walks[0], None)
            if node_id is None:
                del self._walks[0]
                continue
            node = self._graph.get(node_id)
            causes = impact = ""
            if node is not None and unhealthy(node):
                causes = "".join(map(families.ROOT_CAUSE_INFO.line, rows.causes(self._graph, node)))
                impact = families.IMPACT.line(*rows.impact(self._graph, node))
            self._set(families.ROOT_CAUSE_INFO, node_id, causes)
            self._set(families.IMPACT, node_id, impact)
            yield

    def _set(self, family: Family, key: str, text: str) -> None:
        table = self._tables.get(family)
        if table is None:
            return
        shards = self._selection.total_shards
        if shards > 1 and zlib.crc32(key.encode()) % shards != self._selection.shard:
            return
        table.set(key, encode(text))

    async def run(self) -> None:
        """Do between scrapes what would make them wait: explain what changed, bound the memory of changes."""
        while True:
            await asyncio.sleep(_REST)
            if self._explanations.waiting:
                await self.turns.work(self._explain())
            if self.backlog > BACKLOG:
                await self.snapshot()

    # Reading

    @property
    def backlog(self) -> int:
        """Changed rows that are not yet folded into blocks."""
        return sum(len(table.pending) for table in self._tables.values())

    async def snapshot(self) -> Snapshot:
        """Return a moment not before this call. Calls that come together share one."""
        if self._queued is None:
            self._queued = asyncio.create_task(self._take(self._running))
        return await asyncio.shield(self._queued)

    async def _take(self, earlier: asyncio.Task[Snapshot] | None) -> Snapshot:
        if earlier is not None:
            await asyncio.wait([earlier])
        # One place of change may have much to explain; what comes meanwhile is little.
        most = 0
        while self._walks or self._explanations.waiting > most:
            await self.turns.work(self._explain())
            most = FEW
        await self.turns.work(self._begin())
        return Snapshot(tuple(self._sections.values()))

    def _begin(self) -> Iterator[None]:
        """Fold; who asks from now on waits for the next snapshot."""
        self._running, self._queued = self._queued, None
        yield from self._fold()

    def snapshot_now(self) -> Snapshot:
        """Return this moment, without turns for others; not while `snapshot` is under way."""
        for _ in self._fold():
            pass
        return Snapshot(tuple(self._sections.values()))

    def _refresh(self) -> None:
        """Bring up to date what is worked out for a snapshot alone."""
        for _ in self._explain():
            pass
        now = self._now()
        for source in self._sources:
            source.refresh(now)

    def _fold(self) -> Iterator[None]:
        """Fold the changes up to now, a block at a time; the sections are of one moment when it ends."""
        # Up to the first pause nothing else runs: the snapshot is of this moment.
        self._refresh()
        frozen: list[tuple[Table, dict[str, bytes]]] = []
        for table in self._tables.values():
            frozen.append((table, table.pending))
            table.pending = {}
        yield
        for table, changes in frozen:
            yield from table.fold(changes)
        for (family, table), (_, changes) in zip(self._tables.items(), frozen, strict=True):
            if changes or family not in self._sections:
                self._sections[family] = Section(family, table)
                yield


def _edge_line(edge: Edge) -> str:
    return families.EDGE_INFO.line(rows.edge(edge))
