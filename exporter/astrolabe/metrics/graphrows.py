"""The rows of the graph's own families. What events touch is noted, and rendered later, as it is by then.

So what many events touch, as while a cluster is listed, is rendered once. Counting is done at once and cannot
fail; rendering may, and costs that row alone until `retry`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from itertools import islice
from typing import TypeVar

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Release
from astrolabe.graph.graph import Graph
from astrolabe.kinds.models.details import ElsewhereDetail
from astrolabe.metrics import families, rows
from astrolabe.metrics.exposed import ExposedMetrics
from astrolabe.metrics.exposededges import ExposedEdges
from astrolabe.metrics.family import Family, row_key
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.nodecounts import NodeCounts
from astrolabe.metrics.releases import Releases
from astrolabe.metrics.rows import Row
from astrolabe.metrics.source import Publish
from astrolabe.scheduling.steps import Steps

_OF_STATUS = (families.RESOURCE_STATUS, families.RESOURCE_SINCE)

T = TypeVar("T")

_ROWS_RETRIED = 1000
"""Rows that are tried again at once."""

_SORTED_TOGETHER = 2048
"""Ids that are put in order at once: neighbours are folded into one block."""


class GraphRows:
    """Publishes a row for each node, edge, missing reference and release, and the counts."""

    def __init__(
        self,
        graph: Graph,
        selection: ExposedMetrics,
        exposed: Collection[Family],
        publish: Publish,
        faults: InternalErrors,
    ) -> None:
        self._graph = graph
        self._shares = selection.shares
        self._edges = ExposedEdges(graph, selection)
        self.counts = NodeCounts(selection.shares)
        self._publish = publish
        self._faults = faults
        node_rows = [*rows.NODE_ROWS, (families.RESOURCE_LABELS, rows.labels(selection.labels))]
        self._node_rows = [item for item in node_rows if item[0] in exposed]
        self._status_rows = [item for item in self._node_rows if item[0] in _OF_STATUS]
        self._remote = families.REMOTE_EDGE_INFO in exposed
        self._releases = Releases()
        self._stale_nodes: dict[str, Node | None] = {}
        """The last rendered state of each node whose rows may have changed."""
        self._stale_sources: dict[str, None] = {}
        """Ids of the nodes whose missing references may have changed, in the order of their changes."""
        self._stale_releases: set[Release] = set()
        self._next: list[str] = []
        """Ids that are rendered next, the last first."""
        self._failed: dict[tuple[Family, str], Callable[[], str]] = {}
        """Rows that could not be rendered, with what renders them."""

    @property
    def waiting(self) -> int:
        """How many rows wait; all rows of a node count as one."""
        return (
            len(self._stale_nodes)
            + len(self._edges.stale_carriers)
            + len(self._stale_sources)
            + len(self.counts.stale)
            + len(self._edges.stale_types)
            + len(self._stale_releases)
        )

    def follow(self, delta: Delta) -> None:
        """Count, and note which rows a delta may change."""
        nodes, count = self._stale_nodes, self.counts.follow
        for node_id, (before, after) in delta.nodes.items():
            nodes.setdefault(node_id, before)
            count(node_id, before, after)
        if delta.edges:
            self._edges.follow(delta.edges)
        if delta.missing:
            self._stale_sources.update((missing.source, None) for missing in delta.missing)
        self._stale_releases |= self._releases.follow(delta)

    def work(self) -> Steps[None]:
        """Render what waits, and what comes meanwhile; pause after each node.

        Another call may continue the work that a paused one has begun.
        """
        nodes, carriers, sources = self._stale_nodes, self._edges.stale_carriers, self._stale_sources
        statuses, types = self.counts.stale, self._edges.stale_types
        while self._next or self._put_in_order():
            node_id = self._next.pop()
            if node_id in nodes:
                self._node(node_id, nodes.pop(node_id))
            if node_id in carriers:
                del carriers[node_id]
                self._draw(families.EDGE_INFO, node_id, self._edges.lines, node_id)
            if node_id in sources:
                del sources[node_id]
                self._draw(families.REFERENCE_MISSING_INFO, node_id, self._missing, node_id)
            yield
        while statuses:
            status = statuses.pop()
            self._draw(families.RESOURCES, "/".join(status), self.counts.line, status)
            yield
        while types:
            edge_type = types.pop()
            self._draw(families.EDGES, edge_type, self._edges.count_line, edge_type)
        while self._stale_releases:
            release = self._stale_releases.pop()
            key = row_key(release.namespace, release.name)
            self._draw(families.HELM_RELEASE_INFO, key, self._release, release)
            yield

    def _put_in_order(self) -> bool:
        """Choose the ids to render next; return whether there are any."""
        found: set[str] = set()
        for stale in (self._stale_nodes, self._edges.stale_carriers, self._stale_sources):
            if stale:
                found.update(islice(stale, _SORTED_TOGETHER))
            else:
                # Else it would keep room for all that it ever held, and looking into it would pass over that.
                stale.clear()
        self._next = sorted(found, reverse=True)
        return bool(found)

    def retry(self) -> None:
        """Render again rows that failed; only so many at once."""
        failed, self._failed = self._failed, {}
        rest = iter(failed.items())
        for (family, key), make in islice(rest, _ROWS_RETRIED):
            self._draw(family, key, _call, make)
        self._failed.update(rest)

    def _draw(self, family: Family, key: str, make: Callable[[T], str], of: T) -> None:
        """Render the row of something, as it is now."""
        try:
            text = make(of)
        except Exception as error:  # noqa: BLE001  (whatever it is, it costs this row alone)
            self._fail(error, family, key, partial(make, of))
        else:
            self._publish(family, key, text)

    def _fail(self, error: Exception, family: Family, key: str, make: Callable[[], str]) -> None:
        """Leave a row out: its old text may be wrong now."""
        self._faults.note("rows", error)
        self._failed[family, key] = make
        self._publish(family, key, "")

    # Nodes

    def _node(self, node_id: str, before: Node | None) -> None:
        after = self._graph.get(node_id)
        if self._shares is not None:
            before, after = self._shares.mine(before), self._shares.mine(after)
        changing = self._node_rows
        if before is not None and after is not None and rows.differ_in_status_alone(before, after):
            changing = self._status_rows
        elif self._remote and _elsewhere(before) != _elsewhere(after):
            self._draw(families.REMOTE_EDGE_INFO, node_id, self._remote_lines, node_id)
        for family, row in changing:
            try:
                old = row(before) if before is not None else None
                new = row(after) if after is not None else None
                if old != new:
                    self._publish(family, node_id, family.line(*new) if new is not None else "")
            except Exception as error:  # noqa: BLE001  (whatever it is, it costs this row alone)
                self._fail(error, family, node_id, partial(self._again, family, row, node_id))

    def _remote_lines(self, node_id: str) -> str:
        node = self._mine(self._graph.get(node_id))
        if node is None:
            return ""
        return families.REMOTE_EDGE_INFO.lines(
            [values for values in rows.remote(node) if values[0] in self._edges.types]
        )

    def _again(self, family: Family, row: Callable[[Node], Row | None], node_id: str) -> str:
        node = self._mine(self._graph.get(node_id))
        found = row(node) if node is not None else None
        return family.line(*found) if found is not None else ""

    def _mine(self, node: Node | None) -> Node | None:
        return node if self._shares is None else self._shares.mine(node)

    # Missing references

    def _missing(self, source: str) -> str:
        node = self._graph.get(source)
        found = self._graph.missing_of(node) if node is not None else []
        if self._shares is not None:
            found = [missing for missing in found if self._shares.missing(missing)]
        return families.REFERENCE_MISSING_INFO.lines([*map(rows.missing, found)])

    # Releases

    def _release(self, release: Release) -> str:
        if self._shares is not None and not self._shares.release(release):
            return ""
        values = self._releases.values(release)
        return families.HELM_RELEASE_INFO.line(values) if values is not None else ""


def _elsewhere(node: Node | None) -> ElsewhereDetail | None:
    """Return a node's relations to other clusters."""
    detail = node.facts.detail if node is not None else None
    return detail if isinstance(detail, ElsewhereDetail) else None


def _call(make: Callable[[], str]) -> str:
    return make()
