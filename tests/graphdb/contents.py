"""What a database holds, and what it should hold: in one form, so that they compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from astrolabe.graph.relations import Relations
from astrolabe.graphdb.resolving import Resolver
from astrolabe.graphdb.rows import Batch, Columns, EdgeRow, End, NodeRow, Value
from astrolabe.graphdb.schema import Schema
from astrolabe.scheduling.steps import at_once


class Contents(msgspec.Struct):
    """Nodes and relationships; values that are absent are left out."""

    nodes: dict[End, dict[str, Value]]
    edges: dict[tuple[str, End, End], dict[str, Value]]


def check(found: Contents, wanted: Contents) -> None:
    """Compare, and name what differs."""
    for what, have, want in (
        ("node", found.nodes, wanted.nodes),
        ("relationship", found.edges, wanted.edges),
    ):
        for key in [*have, *(key for key in want if key not in have)]:
            assert have.get(key) == want.get(key), f"{what} {key}"  # type: ignore[call-overload]


def given(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def expected(graph: Relations, schema: Schema) -> Contents:
    """Return what a fresh database would get of a graph."""
    resolver = Resolver(graph, schema)
    ids = sorted(node.id for node in graph)
    nodes = {row.end: given(row.values) for row in at_once(resolver.all_nodes(ids))}
    root = schema.root()
    if root is not None:
        nodes[root.end] = given(root.values)
    edges = {
        (row.type, row.source, row.target): given(row.values) for row in at_once(resolver.all_edges(ids))
    }
    return Contents(nodes, edges)


class Model:
    """What a database has to make of batches, in the plainest way."""

    def __init__(self) -> None:
        self.contents = Contents({}, {})

    def write(self, batch: Batch) -> None:
        nodes, edges = self.contents.nodes, self.contents.edges
        for end in batch.gone:
            if nodes.pop(end, None) is not None:
                for key in [key for key in edges if end in key[1:]]:
                    del edges[key]
        for cut in batch.cut:
            for key in [key for key in edges if key[:2] == cut]:
                del edges[key]
        for row in batch.removed:
            edges.pop((row.type, row.source, row.target), None)
        for node in batch.nodes:
            nodes[node.end] = given(node.values)
        for row in batch.edges:
            if row.source in nodes and row.target in nodes:
                edges[row.type, row.source, row.target] = given(row.values)
        for end in batch.orphans:
            if not any(end in key[1:] for key in edges):
                nodes.pop(end, None)


def check_columns(schema: Schema, nodes: list[NodeRow], edges: list[EdgeRow]) -> None:
    """Hold rows against the columns that the schema declares for them."""
    for row in nodes:
        _check(schema.columns(row.end.label), row.values)
    for edge in edges:
        _check(schema.edge_columns(edge.type), edge.values)


_KINDS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "number": int,
    "real": (int, float),
    "flag": bool,
    "texts": list,
}


def _check(columns: Columns, values: dict[str, Value]) -> None:
    assert columns.keys() == values.keys()
    for name, value in values.items():
        assert value is None or isinstance(value, _KINDS[columns[name]]), (name, value)


def of_ladybug(path: Any) -> Contents:
    """Read a file that nobody has open."""
    import ladybug

    database = ladybug.Database(str(path), read_only=True, buffer_pool_size=1 << 28)
    connection = ladybug.Connection(database)
    try:
        return _read(lambda query: [list(row) for row in connection.execute(query).get_all()])
    finally:
        connection.close()
        database.close()


def read_server(run: Any) -> Contents:
    """Read everything of a server, by what returns the rows of an answer."""
    contents = Contents({}, {})
    for labels, values in run("MATCH (n) RETURN labels(n), properties(n)"):
        assert len(labels) == 1
        _add(contents, labels[0], values)
    for source, first, relation, target, second, values in run(
        "MATCH (a)-[e]->(b) RETURN labels(a)[0], a.key, type(e), labels(b)[0], b.key, properties(e)"
    ):
        key = relation, End(source, first), End(target, second)
        assert key not in contents.edges, f"twice: {key}"
        contents.edges[key] = _own(values)
    return contents


def _read(run: Any) -> Contents:
    contents = Contents({}, {})
    for label, values in run("MATCH (n) RETURN label(n), n"):
        _add(contents, label, values)
    for source, first, relation, target, second, values in run(
        "MATCH (a)-[e]->(b) RETURN label(a), a.key, label(e), label(b), b.key, e"
    ):
        key = relation, End(source, first), End(target, second)
        assert key not in contents.edges, f"twice: {key}"
        contents.edges[key] = _own(values)
    return contents


_INTERNAL = {
    "_ID",
    "_LABEL",
    "_SRC",
    "_DST",
    "_id",
    "_label",
    "_src",
    "_dst",
    "key",
    "cluster",
    "astrolabe_run",
}


def _own(values: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name not in _INTERNAL and value is not None}


def _add(contents: Contents, label: str, values: dict[str, Value]) -> None:
    if label != "AstrolabeExport":
        end = End(label, str(values["key"]))
        assert end not in contents.nodes, f"twice: {end}"
        contents.nodes[end] = _own(values)
