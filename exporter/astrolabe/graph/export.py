"""The graph as one document, for files and other tools. Equal graphs give equal text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations

_COLOURS = {"Ready": "#2e7d32", "Pending": "#b26a00", "Error": "#c62828", "Unknown": "#777777"}


def as_json(graph: Relations) -> Iterator[str]:
    """Yield a JSON document with nodes, edges and missing references, each sorted, one a line."""
    nodes = (_node(node) for node in sorted(graph, key=lambda node: node.id))
    edges = ({"type": e.type, "source": e.source, "target": e.target} for e in sorted(graph.edges()))
    missing = (
        {"type": m.type, "source": m.source, "target": m.target, "optional": m.optional}
        for m in sorted(graph.missing())
    )
    yield "{\n"
    for number, (name, items) in enumerate((("nodes", nodes), ("edges", edges), ("missing", missing))):
        yield f'{"," if number else ""}"{name}": [\n'
        separator = ""
        for item in items:
            yield separator + json.dumps(item, ensure_ascii=False, separators=(",", ":"))
            separator = ",\n"
        yield "\n]\n"
    yield "}\n"


def as_dot(graph: Relations) -> Iterator[str]:
    """Yield the graph in Graphviz' language, coloured by status; what is missing is dashed."""
    yield "digraph astrolabe {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=sans];\n"
    for node in sorted(graph, key=lambda node: node.id):
        label = _quoted(f"{node.facts.kind}\n{node.facts.name}")
        yield f'  {_quoted(node.id)} [label={label}, color="{_COLOURS[node.status]}"];\n'
    for edge in sorted(graph.edges()):
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [label={_quoted(edge.type)}];\n"
    for missing in sorted(graph.missing()):
        yield f"  {_quoted(missing.target)} [style=dashed];\n"
        yield (
            f"  {_quoted(missing.source)} -> {_quoted(missing.target)}"
            f" [label={_quoted(missing.type)}, style=dashed];\n"
        )
    yield "}\n"


def _node(node: Node) -> dict[str, Any]:
    facts = node.facts
    found: dict[str, Any] = {
        "id": facts.id,
        "uid": facts.uid,
        "apiVersion": facts.api_version,
        "namespace": facts.namespace,
        "name": facts.name,
        "status": node.status,
        "reason": node.reason,
        "message": node.message,
        "since": node.since,
        "labels": dict(facts.labels),
        "release": node.release.name if node.release is not None else "",
        "chart": node.chart,
        "root": f"{node.root.kind}/{node.root.name}" if node.root is not None else "",
    }
    return {key: value for key, value in found.items() if value or key in ("id", "status")}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
