"""A Ladybug file with everything that is known of a cluster, to take the place of the one that there is.

Copying into new tables is many times faster than merging into those with rows. It fails for a node that is
there already, and for a relationship to a node that is not. Both are left out here.

Ladybug copies without Python's lock: nodes are copied while relationships are looked up and written to files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

from astrolabe.graphdb.ladybugfile import LadybugFile
from astrolabe.graphdb.rowfile import RowFile, quoted
from astrolabe.graphdb.rows import Batch, Columns, NodeRow, by_type
from astrolabe.graphdb.schema import Schema


class Replacement:
    """Collects rows in files, one for each table, and makes a database of them."""

    def __init__(self, folder: Path, schema: Schema, run: str) -> None:
        self._folder = folder
        self._path = folder / "graph"
        self._schema = schema
        self._run = run
        self._keys: dict[str, set[str]] = defaultdict(set)
        """Of nodes, by label."""
        self._nodes: dict[str, RowFile] = {}
        self._edges: dict[tuple[str, str, str], RowFile] = {}
        self._thread = ThreadPoolExecutor(1, "graph database file")
        self._begun: Future[LadybugFile] | None = None
        """The new database, once all nodes are in it."""
        self._abandoned = Event()

    def add(self, batch: Batch) -> None:
        """Take in nodes and relationships. The nodes come first; raises `RuntimeError` and `OSError`."""
        if self._begun is not None:
            assert not batch.nodes
            if self._begun.done():
                self._begun.result()
        self._add_nodes(batch)
        if batch.edges:
            self._begin()
            self._add_edges(batch)

    def _add_nodes(self, batch: Batch) -> None:
        found: dict[str, dict[str, NodeRow]] = defaultdict(dict)
        for row in batch.nodes:
            if row.end.key not in self._keys[row.end.label]:
                found[row.end.label][row.end.key] = row
        for label, rows in found.items():
            self._keys[label].update(rows)
            if label not in self._nodes:
                self._nodes[label] = self._file(("key",), self._schema.columns(label))
            file = self._nodes[label]
            file.add([(key, *file.cells(row.values)) for key, row in rows.items()])

    def _add_edges(self, batch: Batch) -> None:
        for of, edges in by_type(batch.edges).items():
            relation, source, target = of
            if of not in self._edges:
                self._edges[of] = self._file(("a", "b"), self._schema.edge_columns(relation))
            sources, targets = self._keys[source], self._keys[target]
            file = self._edges[of]
            file.add(
                [
                    (a, b, *file.shared(edge.values))
                    for edge in edges
                    if (a := edge.source.key) in sources and (b := edge.target.key) in targets
                ]
            )

    def _begin(self) -> Future[LadybugFile]:
        """Begin to copy: all nodes are known."""
        if self._begun is None:
            self._begun = self._thread.submit(self._with_nodes)
        return self._begun

    def _with_nodes(self) -> LadybugFile:
        file = LadybugFile(self._path)
        try:
            # Relationships last: what takes part in none is copied faster.
            file.tables(self._schema, self._nodes, ())
            for statement in self._copy_nodes():
                if self._abandoned.is_set():
                    break
                file.run(statement)
        except BaseException:
            file.close()
            raise
        return file

    def build(self) -> Path:
        """Make the file and return it; raises `RuntimeError` and `OSError`."""
        file = self._begin().result()
        self._thread.shutdown()
        try:
            file.tables(self._schema, (), self._edges)
            for statement in self._copy_edges():
                file.run(statement)
            file.mark(self._schema, self._run, complete=True)
            # So that nothing is beside the file: it is moved alone.
            file.run("CHECKPOINT")
        finally:
            file.close()
        return self._path

    def abandon(self) -> None:
        """End what is under way: nobody wants the file any more. It waits for one statement at most."""
        self._abandoned.set()
        self._thread.shutdown()
        if self._begun is not None:
            with suppress(RuntimeError, OSError):
                self._begun.result().close()

    def _copy_nodes(self) -> Iterator[str]:
        marks = {"cluster": quoted(self._schema.cluster), "astrolabe_run": quoted(self._run)}
        for label, file in self._nodes.items():
            yield _copied(label, file, ("key",), marks, self._schema.columns(label))

    def _copy_edges(self) -> Iterator[str]:
        for (relation, source, target), file in self._edges.items():
            columns = self._schema.edge_columns(relation)
            statement = _copied(relation, file, ("a", "b"), {"astrolabe_run": quoted(self._run)}, columns)
            yield f"{statement} (from={quoted(source)}, to={quoted(target)})"

    def _file(self, keys: Sequence[str], columns: Columns) -> RowFile:
        return RowFile(self._folder / f"{len(self._nodes) + len(self._edges)}", keys, columns)


def _copied(
    table: str, file: RowFile, keys: Iterable[str], marks: Mapping[str, str], columns: Columns
) -> str:
    values = (*(f"r.`{key}`" for key in keys), *marks.values(), *(f"r.`{name}`" for name in columns))
    return f"COPY `{table}` FROM ({file.clause()} RETURN {', '.join(values)})"
