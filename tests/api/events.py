"""What a client makes of server-sent events, and a mirror of the graph that knows it from them alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from astrolabe.api.v1.bodies import edge_body, node_body
from astrolabe.api.v1.followed import Part
from astrolabe.graph.relations import Relations


class Event(NamedTuple):
    """One event; without data it is nothing but an id."""

    id: str
    data: dict[str, Any] | None
    name: str = "message"


def parse(text: bytes) -> Iterator[Event]:
    """Yield the events of a stream, by the rules of the HTML standard as far as they are used."""
    for block in text.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "id" in fields:
            data = msgspec.json.decode(fields["data"]) if "data" in fields else None
            yield Event(fields.get("id", ""), data, fields.get("event", "message"))


class Mirror:
    """The graph as UIDs and bodies; a strict one refuses events that tell what is known already."""

    def __init__(self, document: dict[str, Any], *, strict: bool = True) -> None:
        self.nodes = {node["uid"]: node for node in document["nodes"]}
        self.edges = {tuple(edge.values()) for edge in document["edges"]}
        self._strict = strict

    def apply(self, changes: dict[str, Any]) -> None:
        for edge in changes["edges"]["removed"]:
            assert not self._strict or tuple(edge.values()) in self.edges
            self.edges.discard(tuple(edge.values()))
        for uid in changes["gone"]:
            assert not self._strict or uid in self.nodes
            self.nodes.pop(uid, None)
        for node in changes["nodes"]:
            assert not self._strict or self.nodes.get(node["uid"]) != node
            self.nodes[node["uid"]] = node
        for edge in changes["edges"]["added"]:
            assert not self._strict or tuple(edge.values()) not in self.edges
            self.edges.add(tuple(edge.values()))
        assert changes != {"nodes": [], "gone": [], "edges": {"added": [], "removed": []}}
        for _, source, target in self.edges if self._strict else ():
            assert source in self.nodes
            assert target in self.nodes

    def shows(self, document: dict[str, Any]) -> bool:
        other = Mirror(document)
        return self.nodes == other.nodes and self.edges == other.edges


def part_of(document: dict[str, Any], part: Part) -> dict[str, Any]:
    """What of a graph is meant: objects by what they show, and the edges between them."""
    nodes = [
        node
        for node in document["nodes"]
        if (not part.namespace or node["namespace"] in part.namespace)
        and (not part.kind or node["kind"] in part.kind)
        and (not part.release or node.get("release", "") in part.release)
    ]
    uids = {node["uid"] for node in nodes}
    edges = [edge for edge in document["edges"] if {edge["from"], edge["to"]} <= uids]
    return {"nodes": nodes, "edges": edges}


def whole(graph: Relations) -> dict[str, Any]:
    """The graph at once, as /api/v1/graph has it."""
    nodes = [node_body(node) for node in graph]
    edges = [edge_body(graph, edge) for edge in graph.edges()]
    document: dict[str, Any] = msgspec.to_builtins({"nodes": nodes, "edges": edges})
    return document
