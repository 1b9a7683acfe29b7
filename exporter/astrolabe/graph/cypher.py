"""The graph as Cypher statements, for Neo4j and the graph databases that speak its language.

Each line is one statement. Every object is a `Resource` with its kind as a second label; a relation's type is
that of the edge in Cypher's spelling (`runs-on` is `RUNS_ON`). What is referred to and does not exist has the
status Missing and nothing else, and the way to it has `missing: true`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import EdgeType, kind_of
from astrolabe.graph.relations import Relations


def as_cypher(graph: Relations) -> Iterator[str]:
    """Yield a script for `cypher-shell`. Equal graphs give equal text."""
    yield "CREATE INDEX astrolabe_resource IF NOT EXISTS FOR (r:Resource) ON (r.id);\n"
    for node in sorted(graph, key=lambda node: node.id):
        yield _merge(node.id, f"r:{_name(node.facts.kind)}", _properties(node))
    missing = sorted(graph.missing())
    for target in sorted({one.target for one in missing}):
        yield _merge(target, f"r:{_name(kind_of(target))}", {"status": "Missing"})
    for edge in sorted(graph.edges()):
        yield _relate(edge.source, edge.type, edge.target, "")
    for one in missing:
        optional = "true" if one.optional else "false"
        yield _relate(one.source, one.type, one.target, f" SET e.missing = true, e.optional = {optional}")


def _properties(node: Node) -> dict[str, str]:
    facts = node.facts
    found = {
        "uid": facts.uid,
        "apiVersion": facts.api_version,
        "kind": facts.kind,
        "namespace": facts.namespace,
        "name": facts.name,
        "status": node.status,
        "message": node.message,
        "release": f"{node.release.namespace}/{node.release.name}" if node.release is not None else "",
        "chart": node.chart,
        "root": f"{node.root.kind}/{node.root.name}" if node.root is not None else "",
    }
    return {key: value for key, value in found.items() if value}


def _merge(node_id: str, labels: str, properties: Mapping[str, str]) -> str:
    values = ", ".join(f"{key}: {_text(value)}" for key, value in properties.items())
    return f"MERGE (r:Resource {{id: {_text(node_id)}}}) SET {labels}, r += {{{values}}};\n"


def _relate(source: str, edge: EdgeType, target: str, rest: str) -> str:
    return (
        f"MATCH (a:Resource {{id: {_text(source)}}}), (b:Resource {{id: {_text(target)}}}) "
        f"MERGE (a)-[e:{edge.replace('-', '_').upper()}]->(b){rest};\n"
    )


def _name(kind: str) -> str:
    return "`" + kind.replace("`", "``") + "`"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    # Neo4j 4 replaces \uXXXX before it parses, an escaped backslash or not: a quote could come in that way.
    return "'" + escaped.replace("\\u", "\\' + 'u") + "'"
