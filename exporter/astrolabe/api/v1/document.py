"""The whole graph as JSON, kept compressed in blocks from its first reader on.

As with the exposition, each object has rows: its node, the edges accounted to it, what it misses. Rows lie
in blocks of neighbours that are compressed once, and an answer is a sequence of blocks. A change only notes
which objects it touched; their rows are made when somebody asks. Where nobody asks until most has changed,
the blocks are forgotten: the next reader pays for making them again, and nobody else for keeping them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import NamedTuple

import msgspec

from astrolabe.api.v1.bodies import edge_body, missing_body, node_body
from astrolabe.api.v1.consistent import ATTEMPTS, OBJECTS_REREAD, Stamp, touched
from astrolabe.api.v1.query import Filter
from astrolabe.api.v1.selection import ordered
from astrolabe.graph.delta import Delta
from astrolabe.graph.relations import Relations
from astrolabe.metrics.snapshot import Text
from astrolabe.metrics.table import BLOCK_ROWS, SMALL_BLOCK_ROWS, Block, Table
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import at_once, batches

_AT_LEAST = 1024
"""Touched objects that are always remembered, however small the graph is."""
_FOLDED_TOGETHER = 2048
"""Objects whose rows are made before they are compressed."""


class Snapshot(NamedTuple):
    """The whole graph at one moment."""

    stamp: Stamp

    nodes: tuple[Block, ...]
    edges: tuple[Block, ...]
    missing: tuple[Block, ...]

    def pieces(self, *, missing: bool) -> Iterator[Text | Block]:
        """Yield the document, with the references that lead nowhere or without them."""
        yield Text(b'{"nodes":[')
        yield from _joined(self.nodes)
        yield Text(b'],"edges":[')
        yield from _joined(self.edges)
        if missing:
            yield Text(b'],"missing":[')
            yield from _joined(self.missing)
        yield Text(b"]}\n")


class Document:
    """Follows the graph once somebody has asked for all of it."""

    def __init__(self, graph: Relations, scheduler: Scheduler, stamp: Callable[[], Stamp]) -> None:
        self._graph = graph
        self._scheduler = scheduler
        self._stamp = stamp
        self._touched: set[str] | None = None
        """None while there are no blocks."""
        self._forget()
        self._making = asyncio.Lock()
        self._lost = False
        """Whether something was touched, and nobody knows what, while blocks were being made."""

    def follow(self, delta: Delta) -> None:
        """Note what a delta touches."""
        if self._touched is None:
            return
        self._touched |= touched(delta, self._graph)
        # While blocks are being made, everything is touched; afterwards what nobody reads must not grow.
        if not self._making.locked() and len(self._touched) > max(_AT_LEAST, len(self._graph)):
            self._forget()

    def lost(self) -> None:
        """Make everything again for the next reader: what an event touched is not known."""
        if self._making.locked():
            self._lost = True
        else:
            self._forget()

    def _forget(self) -> None:
        self._touched = None
        self._nodes = Table(BLOCK_ROWS)
        self._edges = Table(SMALL_BLOCK_ROWS)
        self._missing = Table(SMALL_BLOCK_ROWS)

    async def snapshot(self) -> Snapshot:
        """Return a moment not before this call. What goes wrong with it costs no later one."""
        async with self._making:
            try:
                return await self._made()
            except BaseException:
                self._forget()
                raise

    async def _made(self) -> Snapshot:
        self._lost = False
        if self._touched is None:
            self._touched = set()
            await self._render(ordered(self._graph, Filter()))
        for _ in range(ATTEMPTS):
            if len(self._touched) <= OBJECTS_REREAD:
                break
            ids, self._touched = self._touched, set()
            await self._render(sorted(ids))
        if self._lost:
            self._forget()
            return await self._made()
        # From here to the fold's first pause nothing else runs: the snapshot is of this moment.
        ids, self._touched = self._touched, set()
        at_once(self._rows(ids))
        stamp = self._stamp()
        await self._scheduler.work(self._fold())
        snapshot = Snapshot(
            stamp, tuple(self._nodes.blocks), tuple(self._edges.blocks), tuple(self._missing.blocks)
        )
        if self._lost:
            self._forget()
        return snapshot

    async def _render(self, ids: Iterable[str]) -> None:
        for batch in batches(ids, _FOLDED_TOGETHER):
            await self._scheduler.work(self._rows(batch))
            # A few wait for the last fold: the longer this takes, the more is touched meanwhile.
            if len(self._nodes.pending) >= _FOLDED_TOGETHER:
                await self._scheduler.work(self._fold())

    def _rows(self, ids: Iterable[str]) -> Generator[None, None, None]:
        """Make the rows of objects again, pausing after each."""
        for node_id in ids:
            node = self._graph.get(node_id)
            if node is None:
                for table in (self._nodes, self._edges, self._missing):
                    table.set(node_id, b"")
            else:
                graph = self._graph
                self._nodes.set(node_id, _row((node_body(node),)))
                self._edges.set(node_id, _row(edge_body(graph, edge) for edge in graph.carried(node)))
                self._missing.set(node_id, _row(missing_body(graph, each) for each in graph.missing_of(node)))
            yield

    def _fold(self) -> Generator[None, None, None]:
        """Bring the rows into their blocks, pausing after each block."""
        frozen = []
        for table in (self._nodes, self._edges, self._missing):
            frozen.append((table, table.pending))
            table.pending = {}
        for table, changes in frozen:
            yield from table.fold(changes)


def _row(bodies: Iterable[msgspec.Struct]) -> bytes:
    """Render some elements of an array, each with a comma behind it."""
    return b"".join(_ENCODER.encode(body) + b"," for body in bodies)


_ENCODER = msgspec.json.Encoder()


def _joined(blocks: tuple[Block, ...]) -> Iterator[Text | Block]:
    """Yield the elements of an array: the last one has no comma."""
    yield from blocks[:-1]
    if blocks:
        yield Text(blocks[-1].text[:-1])
