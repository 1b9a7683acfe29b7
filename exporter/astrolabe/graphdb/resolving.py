"""From places of the graph to batches of rows, as the graph is now. It pauses often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from astrolabe.derived.diagnosis import causes as diagnosis
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.graph.delta import Edge, Missing, Node
from astrolabe.graph.facts import object_id
from astrolabe.graph.relations import Relations
from astrolabe.graphdb.changes import Places
from astrolabe.graphdb.rows import Batch, Cut, EdgeRow, End, NodeRow
from astrolabe.graphdb.schema import Schema
from astrolabe.scheduling.steps import Steps

ROWS = 5000
"""Rows in a batch, at most, when everything is written."""


class Resolver:
    """Looks up what a schema makes of the graph."""

    def __init__(self, graph: Relations, schema: Schema) -> None:
        self._graph = graph
        self._schema = schema

    def batch(self, places: Places) -> Steps[Batch]:
        """Return what makes a database equal to the graph at some places; end with one batch of one moment.

        The graph must not change between the first step and the last: `at_once`, or few places.
        """
        found = Batch([], [], [], [], [], [])
        graph, schema = self._graph, self._schema
        for end, node_id in places.gone.items():
            if end not in self._ends(node_id):
                found.gone.append(end)
        led = places.rewritten | self._within(places.spaces)
        for node_id in {**places.nodes, **dict.fromkeys(led)}:
            node = graph.get(node_id)
            if node is None:
                continue
            if node_id in places.rewritten:
                found.nodes.extend(schema.nodes(node))
            elif node_id in places.nodes:
                own = schema.node(node)
                found.nodes.extend([own] if own is not None else ())
            if node_id in led:
                found.edges.extend(self._own(node))
            yield
        edges = dict(places.edges)
        missing = dict(places.missing)
        explained = dict(places.unexplained)
        for node_id in places.rewritten:
            node = graph.get(node_id)
            if node is not None:
                edges.update(dict.fromkeys(graph.incident(node)))
                missing.update(dict.fromkeys(graph.missing_of(node)))
                explained[node_id] = None
            yield
        yield from self._resolve_edges(edges, found)
        yield from self._resolve_missing(missing, found)
        found.orphans.extend(places.ghosts)
        if schema.causes:
            for node_id in explained:
                self._resolve_causes(node_id, found)
                yield
        return found

    def _ends(self, node_id: str) -> set[End]:
        node = self._graph.get(node_id)
        return {row.end for row in self._schema.nodes(node)} if node is not None else set()

    def _within(self, spaces: set[str]) -> set[str]:
        """Return the ids of what is in some namespaces."""
        scopes = [scope for scope in self._graph.scopes() if scope[1] in spaces] if spaces else []
        return {node_id for scope in scopes for node_id in self._graph.of_kind(*scope)}

    def _own(self, node: Node) -> Iterable[EdgeRow]:
        space = node.facts.namespace
        known = self._graph.get(object_id("Namespace", "", space)) if space else None
        return self._schema.edges(node, known)

    def _relations(self, edge: Edge) -> Iterable[EdgeRow]:
        source, target = self._graph.get(edge.source), self._graph.get(edge.target)
        if source is None or target is None:
            return ()
        return self._schema.relations(edge, source, target)

    def _resolve_edges(self, edges: Iterable[Edge], found: Batch) -> Steps[None]:
        carried: dict[str, frozenset[Edge]] = {}
        for edge in edges:
            if edge.carrier not in carried:
                node = self._graph.get(edge.carrier)
                carried[edge.carrier] = (
                    frozenset(self._graph.carried(node)) if node is not None else frozenset()
                )
            there = edge in carried[edge.carrier]
            (found.edges if there else found.removed).extend(self._relations(edge))
            yield

    def _resolve_missing(self, missing: Iterable[Missing], found: Batch) -> Steps[None]:
        for each in missing:
            declarer = self._graph.get(each.source)
            rows = self._schema.missing(each, declarer) if declarer is not None else None
            if declarer is None or rows is None:
                continue
            if each in self._graph.missing_of(declarer):
                found.nodes.append(rows[0])
                found.edges.extend(rows[1])
            else:
                found.removed.extend(rows[1])
            yield

    def _resolve_causes(self, node_id: str, found: Batch) -> None:
        node = self._graph.get(node_id)
        end = self._schema.end(node) if node is not None else None
        if node is None or end is None:
            return
        found.cut.append(Cut(self._schema.causes, end))
        found.edges.extend(self._causes(node))

    def _causes(self, node: Node) -> Iterator[EdgeRow]:
        if not unhealthy(node):
            return
        for rank, cause in enumerate(diagnosis.causes(self._graph, node), 1):
            other = None if cause.missing else self._graph.get(cause.id)
            end = self._schema.end(other) if other is not None else self._schema.absent(cause.id)
            if end is not None:
                row = self._schema.cause(node, end, rank, cause.distance)
                if row is not None:
                    yield row

    # Everything

    def all_nodes(self, ids: list[str]) -> Steps[list[NodeRow]]:
        """Return the nodes of objects, and of what these miss."""
        rows: dict[End, NodeRow] = {}
        for node_id in ids:
            node = self._graph.get(node_id)
            if node is not None:
                rows.update((row.end, row) for row in self._schema.nodes(node))
                for missing in self._graph.missing_of(node):
                    ghost = self._schema.missing(missing, node)
                    if ghost is not None:
                        rows[ghost[0].end] = ghost[0]
            yield
        return list(rows.values())

    def all_edges(self, ids: list[str]) -> Steps[list[EdgeRow]]:
        """Return the relationships that are accounted to objects, each of which is accounted to one."""
        rows: list[EdgeRow] = []
        for node_id in ids:
            node = self._graph.get(node_id)
            if node is not None:
                rows.extend(self._of(node))
            yield
        return rows

    def _of(self, node: Node) -> Iterator[EdgeRow]:
        yield from self._own(node)
        for edge in self._graph.carried(node):
            yield from self._relations(edge)
        absent: dict[tuple[str, End, End], EdgeRow] = {}
        for missing in self._graph.missing_of(node):
            ghost = self._schema.missing(missing, node)
            if ghost is not None:
                # One thing may be missing twice: once optional, once not.
                absent.update(((row.type, row.source, row.target), row) for row in ghost[1])
        yield from absent.values()
        if self._schema.causes:
            yield from self._causes(node)
