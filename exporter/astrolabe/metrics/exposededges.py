"""The edges that the operator wants to see: all, or some types, or not those that a controller has too."""

from __future__ import annotations

from collections.abc import Mapping

from astrolabe.graph.delta import CARRIED_BY_TARGET, Edge, Node
from astrolabe.graph.facts import EDGE_TYPES, EdgeType
from astrolabe.graph.graph import Graph
from astrolabe.metrics import edges, families
from astrolabe.metrics.exposed import ExposedMetrics

_FROM_TEMPLATE: frozenset[EdgeType] = frozenset({"uses-configmap", "uses-secret", "uses-sa", "prioritizes"})


class ExposedEdges:
    """Counts the exposed edges, and renders those of a node."""

    def __init__(self, graph: Graph, selection: ExposedMetrics) -> None:
        self._graph = graph
        self._shares = selection.shares
        self.types = frozenset(selection.edge_types)
        """The types that are exposed."""
        self._of_workloads = selection.template_edges == "workload"
        self._all = self._shares is None and not self._of_workloads and self.types.issuperset(EDGE_TYPES)
        self._counts = dict.fromkeys(selection.edge_types, 0)
        self.stale_types: set[EdgeType] = set()
        """Types whose counts are not rendered yet."""
        self.stale_carriers: dict[str, None] = {}
        """Ids of the nodes whose edges are not rendered yet, in the order of their changes."""

    def follow(self, changed: Mapping[Edge, bool]) -> None:
        """Count edges that came (True) or went, and note the nodes whose rows they change."""
        counts, types, carriers = self._counts, self.stale_types, self.stale_carriers
        shares, of_workloads = self._shares, self._of_workloads
        for edge, came in changed.items():
            edge_type = edge.type
            if edge_type not in counts:
                continue
            carrier = edge.target if edge_type in CARRIED_BY_TARGET else edge.source
            carriers[carrier] = None
            if shares is None or shares.edge(edge):
                counts[edge_type] += 1 if came else -1
                types.add(edge_type)
            if of_workloads and edge_type in _FROM_TEMPLATE:
                node = self._graph.get(carrier)
                if node is not None:
                    carriers.update(dict.fromkeys(self._graph.owned_ids(node)))

    def count_line(self, edge_type: EdgeType) -> str:
        """Render how many edges of a type there are; empty where there are none."""
        count = self._counts[edge_type]
        return families.EDGES.line((edge_type,), count) if count else ""

    def lines(self, carrier: str) -> str:
        """Render the edges that are accounted to a node."""
        node = self._graph.get(carrier)
        return "" if node is None else edges.lines(node.id, self._exposed(node))

    def _exposed(self, node: Node) -> list[Edge]:
        carried = self._graph.carried(node)
        if self._all:
            return carried
        skipped: set[tuple[EdgeType, str]] = set()
        if self._of_workloads and node.facts.kind in ("Pod", "ReplicaSet"):
            parent = self._graph.controller(node)
            if parent is not None:
                skipped = {(ref.type, ref.target) for ref in parent.facts.refs if ref.type in _FROM_TEMPLATE}
        found = []
        for edge in carried:
            other = edge.target if edge.source == node.id else edge.source
            if edge.type not in self.types or (edge.type, other) in skipped:
                continue
            if self._shares is None or self._shares.edge(edge):
                found.append(edge)
        return found
