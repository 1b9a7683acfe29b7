"""One open file of Ladybug: its tables, and who wrote what is in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from astrolabe.graphdb.rowfile import TYPES, quoted
from astrolabe.graphdb.rows import IDENTITY, Columns
from astrolabe.graphdb.schema import Schema

MARK = "AstrolabeExport"
"""The label of the nodes that say what an export wrote, one for each cluster."""
_MARK_COLUMNS: Columns = {"schema": "text", "version": "number", "run": "text", "complete": "flag"}
_MEMORY = 1 << 30
"""Bytes that the database may take at most: a transaction takes some for each column of each table in it."""
_EDGE_COLUMNS: Columns = {"astrolabe_run": "text"}


class LadybugFile:
    """A database that nobody else can write to meanwhile. All may raise `RuntimeError` and `OSError`."""

    def __init__(self, path: Path) -> None:
        """Open it; without a file there is an empty one then."""
        import ladybug  # noqa: PLC0415  (an extra: it is asked for before, see `opening`)

        log = path.with_name(f"{path.name}.wal")
        left = log.exists()
        self._database: Any = ladybug.Database(
            str(path),
            buffer_pool_size=_MEMORY,
            max_num_threads=2,
            # A crash tears the end of the log, and with it what nobody was told to be written.
            throw_on_wal_replay_failure=False,
        )
        self._connection: Any = ladybug.Connection(self._database)
        if left:
            # So that nothing is written behind a torn end.
            self.run("CHECKPOINT")
        tables = [(str(row[1]), str(row[2])) for row in self.run("CALL show_tables() RETURN *")]
        self.labels = {name for name, kind in tables if kind == "NODE"}
        self.relations: dict[str, set[tuple[str, str]]] = {
            name: set() for name, kind in tables if kind == "REL"
        }
        """Labels of both ends, by relationship type."""
        for name, pairs in self.relations.items():
            rows = self.run(f"CALL show_connection({quoted(name)}) RETURN *")
            pairs.update((str(row[0]), str(row[1])) for row in rows)
        self.foreign = bool(tables) and MARK not in self.labels
        """Whether it holds what no export wrote."""
        if not self.foreign:
            self.label(MARK, _MARK_COLUMNS)

    def run(self, query: str, parameters: dict[str, Any] | None = None) -> list[list[Any]]:
        """Return the rows of an answer."""
        result = self._connection.execute(query, parameters or {})
        try:
            return list(result.get_all())
        finally:
            result.close()

    def label(self, label: str, columns: Columns) -> None:
        """Make the table of a label. It has its unique constraint before its first node."""
        if label not in self.labels:
            fields = ", ".join(f"`{name}` {TYPES[kind]}" for name, kind in {**IDENTITY, **columns}.items())
            self.run(f"CREATE NODE TABLE IF NOT EXISTS `{label}`({fields}, PRIMARY KEY(`key`))")
            self.labels.add(label)

    def tables(self, schema: Schema, labels: Iterable[str], edges: Iterable[tuple[str, str, str]]) -> None:
        """Make the tables of labels, and of relationship types between two labels."""
        for label in labels:
            self.label(label, schema.columns(label))
        for relation, *pair in edges:
            source, target = pair
            for label in pair:
                self.label(label, schema.columns(label))
            pairs = self.relations.get(relation)
            if pairs is None:
                columns = {**_EDGE_COLUMNS, **schema.edge_columns(relation)}
                fields = "".join(f", `{name}` {TYPES[kind]}" for name, kind in columns.items())
                self.run(f"CREATE REL TABLE `{relation}`(FROM `{source}` TO `{target}`{fields})")
                self.relations[relation] = {(source, target)}
            elif (source, target) not in pairs:
                self.run(f"ALTER TABLE `{relation}` ADD IF NOT EXISTS FROM `{source}` TO `{target}`")
                pairs.add((source, target))

    def marks(self) -> list[tuple[str, str, int, str, bool]]:
        """Return cluster, schema, its version, the last run, and whether it was complete, of each cluster."""
        rows = self.run(f"MATCH (m:{MARK}) RETURN m.cluster, m.schema, m.version, m.run, m.complete")
        return [(str(row[0]), str(row[1]), int(row[2]), str(row[3]), bool(row[4])) for row in rows]

    def mark(self, schema: Schema, run: str, *, complete: bool) -> None:
        """Note how far a run of a cluster is."""
        self.run(
            f"MERGE (m:{MARK} {{key: $key}}) SET m.cluster = $key, m.schema = $schema, m.version = $version,"
            " m.run = $run, m.complete = $complete",
            {
                "key": schema.cluster,
                "schema": schema.name,
                "version": schema.version,
                "run": run,
                "complete": complete,
            },
        )

    def only(self, schema: Schema) -> bool:
        """Whether there is nothing but what exports of the schema's cluster wrote."""
        identity = {*IDENTITY}
        for label in self.labels - {MARK}:
            if self.columns(label) != identity | {*schema.columns(label)} or self._any(
                f"MATCH (n:`{label}`) WHERE n.cluster IS NULL OR n.cluster <> $cluster",
                {"cluster": schema.cluster},
            ):
                return False
        for relation in self.relations:
            if self.columns(relation) != {*_EDGE_COLUMNS, *schema.edge_columns(relation)} or self._any(
                f"MATCH ()-[e:`{relation}`]->() WHERE e.astrolabe_run IS NULL", {}
            ):
                return False
        return all(cluster == schema.cluster for cluster, *_ in self.marks())

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's columns."""
        return {str(row[1]) for row in self.run(f"CALL table_info({quoted(table)}) RETURN *")}

    def _any(self, pattern: str, parameters: dict[str, Any]) -> bool:
        return bool(self.run(f"{pattern} RETURN 1 LIMIT 1", parameters))

    def close(self) -> None:
        """Let go of it. What is in a log of its own is in the file then."""
        connection, database = self._connection, self._database
        self._connection = self._database = None
        for each in (connection, database):
            if each is not None:
                each.close()
