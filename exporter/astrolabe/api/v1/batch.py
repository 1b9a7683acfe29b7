"""The net effect of deltas in a row, told in UIDs, as a client that mirrors `/api/v1/graph` needs it.

The graph nets its edges by the ids of their ends. An object that was recreated under its name may have the
edges that it had by id, and others by UID: these are told here, from the neighbourhood that it has now.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from astrolabe.api.v1.bodies import GraphEdge, GraphNode, node_body, uid_of
from astrolabe.api.v1.history import Scope
from astrolabe.graph.delta import Delta, Edge, Node
from astrolabe.graph.relations import Relations


class EdgeChanges(msgspec.Struct, frozen=True):
    """Edges that came and that went."""

    added: list[GraphEdge]
    removed: list[GraphEdge]


class Changes(msgspec.Struct, frozen=True):
    """What leads from one state of the graph to a later one: the data of an event.

    It tells how things are now, so it does no harm to who knows a part of it, or all, already.
    """

    nodes: list[GraphNode]
    """What came, or looks otherwise now."""
    gone: list[str]
    """UIDs."""
    edges: EdgeChanges

    def __bool__(self) -> bool:
        return bool(self.nodes or self.gone or self.edges.added or self.edges.removed)


class Told(NamedTuple):
    """Changes, and which objects they are about: see `Event`."""

    changes: Changes
    scopes: dict[str, Scope]
    moved: tuple[tuple[Scope, Scope], ...]


class Batch:
    """Deltas since some moment; what else `changes` needs it asks the graph, as it is after the last one."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node | None] = {}
        """What changed by id, as it was at first."""
        self._was_there: dict[Edge, bool] = {}
        """Whether an edge that changed was there at first."""
        self._there: dict[Edge, bool] = {}
        """Whether it is there now."""

    def __len__(self) -> int:
        return len(self._nodes) + len(self._there)

    def add(self, delta: Delta) -> None:
        """Take in what one event changed."""
        for node_id, (before, _) in delta.nodes.items():
            self._nodes.setdefault(node_id, before)
        for edge, came in delta.edges.items():
            self._was_there.setdefault(edge, not came)
            self._there[edge] = came

    def told(self, graph: Relations) -> Told:
        """Return the net effect; the changes hold nothing where everything is as it was."""
        nodes, gone = [], []
        scopes: dict[str, Scope] = {}
        moved = []
        recreated: dict[Edge, None] = {}
        for node_id, before in self._nodes.items():
            after = graph.get(node_id)
            if after is not None:
                body = node_body(after)
                # Most updates of an object change nothing that its body shows.
                if before is None or node_body(before) != body:
                    nodes.append(body)
                    scopes[body.uid] = scope_of(after)
                    was = scope_of(before) if before is not None and uid_of(before) == body.uid else None
                    if was is not None and was != scopes[body.uid]:
                        moved.append((was, scopes[body.uid]))
            if before is not None and (after is None or uid_of(after) != uid_of(before)):
                gone.append(uid_of(before))
                scopes[gone[-1]] = scope_of(before)
                if after is not None:
                    recreated.update(dict.fromkeys(sorted(graph.incident(after))))
        added = [
            _body(edge, graph.get(edge.source), graph.get(edge.target), scopes)
            for edge in self._came(recreated)
        ]
        removed = [
            _body(edge, self._first(edge.source, graph), self._first(edge.target, graph), scopes)
            for edge in self._went(recreated)
        ]
        return Told(Changes(nodes, gone, EdgeChanges(added, removed)), scopes, tuple(moved))

    def _came(self, recreated: dict[Edge, None]) -> Iterator[Edge]:
        yield from (edge for edge, there in self._there.items() if there and not self._was_there[edge])
        yield from (edge for edge in recreated if self._was_there.get(edge, True))

    def _went(self, recreated: dict[Edge, None]) -> Iterator[Edge]:
        yield from (edge for edge, there in self._there.items() if not there and self._was_there[edge])
        yield from (edge for edge in recreated if self._was_there.get(edge, True))

    def _first(self, node_id: str, graph: Relations) -> Node | None:
        return self._nodes[node_id] if node_id in self._nodes else graph.get(node_id)


def scope_of(node: Node) -> Scope:
    """Return by what an object belongs to a part of the graph."""
    return _scope(node.facts.namespace, node.facts.kind, node.release.name if node.release else "")


@lru_cache(maxsize=1024)
def _scope(namespace: str, kind: str, release: str) -> Scope:
    # Most objects share theirs with many others.
    return Scope(namespace, kind, release)


def _body(edge: Edge, source: Node | None, target: Node | None, scopes: dict[str, Scope]) -> GraphEdge:
    # An edge is there only while both of its ends are.
    assert source is not None
    assert target is not None
    body = GraphEdge(edge.type, uid_of(source), uid_of(target))
    scopes.setdefault(body.source, scope_of(source))
    scopes.setdefault(body.target, scope_of(target))
    return body
