"""A graph database in a file: Ladybug, which speaks Cypher and runs within this process."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from astrolabe.graphdb.firstload import FirstLoad
from astrolabe.graphdb.rowfile import TYPES, Row, RowFile, quoted
from astrolabe.graphdb.rows import IDENTITY, Batch, Columns, NodeRow, by_label, by_type
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import TargetError, agree

_MARK = "AstrolabeExport"
_MARK_COLUMNS: Columns = {"schema": "text", "version": "number", "run": "text", "complete": "flag"}
_MEMORY = 1 << 30
"""Bytes that the database may take at most: a transaction takes some for each column of each table in it."""
_EDGE_COLUMNS: Columns = {"astrolabe_run": "text"}


class Ladybug:
    """A file. While it is open nobody else can write to it; others can read it with a copy of the file."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._folder = path.with_name(path.name + ".rows")
        """Where rows are on their way into the database, as long as it is open."""
        self._database: Any = None
        self._connection: Any = None
        self._schema: Schema | None = None
        self._labels: set[str] = set()
        self._relations: dict[str, set[tuple[str, str]]] = {}
        self._first: FirstLoad | None = None

    def open(self, schema: Schema) -> str:
        """See `Target`."""
        import ladybug  # noqa: PLC0415  (an extra: it is asked for before, see `opening`)

        self.close()
        with self._explained():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = ladybug.Database(str(self._path), buffer_pool_size=_MEMORY, max_num_threads=2)
            self._connection = ladybug.Connection(self._database)
            # Only now: nobody else has the database open, and what is there was left behind.
            self._clear()
            self._folder.mkdir(mode=0o700)
            self._schema = schema
            return self._look(schema)

    def _look(self, schema: Schema) -> str:
        tables = [(str(row[1]), str(row[2])) for row in self._run("CALL show_tables() RETURN *")]
        self._labels = {name for name, kind in tables if kind == "NODE"}
        self._relations = {name: set() for name, kind in tables if kind == "REL"}
        for name, pairs in self._relations.items():
            rows = self._run(f"CALL show_connection({quoted(name)}) RETURN *")
            pairs.update((str(row[0]), str(row[1])) for row in rows)
        if _MARK not in self._labels and tables:
            raise TargetError(
                f"{self.name}: the database holds something else than an export; name another file with --to"
            )
        self._table(_MARK, _MARK_COLUMNS)
        for cluster, *of in self._run(f"MATCH (m:{_MARK}) RETURN m.cluster, m.schema, m.version"):
            agree(self.name, schema, cluster, (of[0], of[1]), "another file")
        found = self._run(
            f"MATCH (m:{_MARK} {{key: $key}}) WHERE m.complete RETURN m.run", {"key": schema.cluster}
        )
        return str(found[0][0]) if found else ""

    def begin(self, run: str) -> None:
        """See `Target`. Of a cluster that is new here all rows are collected, and copied by `sweep`."""
        schema = self._schema
        assert schema is not None
        with self._explained():
            known = self._run(f"MATCH (m:{_MARK} {{key: $key}}) RETURN m.run", {"key": schema.cluster})
            self._first = None if known else FirstLoad(self._folder, schema, run)
            self._mark(run, complete=False)

    def _mark(self, run: str, *, complete: bool) -> None:
        schema = self._schema
        assert schema is not None
        self._run(
            f"MERGE (m:{_MARK} {{key: $key}}) SET m.cluster = $key, m.schema = $schema, m.version = $version,"
            " m.run = $run, m.complete = $complete",
            {
                "key": schema.cluster,
                "schema": schema.name,
                "version": schema.version,
                "run": run,
                "complete": complete,
            },
        )

    def write(self, batch: Batch, run: str) -> None:
        """See `Target`."""
        schema = self._schema
        assert schema is not None
        with self._explained():
            self._prepare(schema, batch)
            if self._first is not None:
                self._first.add(batch)
                return
            self._run("BEGIN TRANSACTION")
            try:
                self._delete(batch)
                self._nodes(schema, batch, run)
                self._edges(schema, batch, run)
                self._orphans(batch)
                self._run("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        try:
            self._run("ROLLBACK")
        except RuntimeError:
            # The database has done so already.
            return

    def _prepare(self, schema: Schema, batch: Batch) -> None:
        """Make the tables that the rows need. A label has its unique constraint before its first node."""
        for row in batch.nodes:
            if row.end.label not in self._labels:
                self._table(row.end.label, schema.columns(row.end.label))
        for edge in batch.edges:
            pair = edge.source.label, edge.target.label
            for label in pair:
                if label not in self._labels:
                    self._table(label, schema.columns(label))
            pairs = self._relations.get(edge.type)
            if pairs is None:
                columns = {**_EDGE_COLUMNS, **schema.edge_columns(edge.type)}
                fields = "".join(f", `{name}` {TYPES[kind]}" for name, kind in columns.items())
                self._run(f"CREATE REL TABLE `{edge.type}`(FROM `{pair[0]}` TO `{pair[1]}`{fields})")
                self._relations[edge.type] = {pair}
            elif pair not in pairs:
                self._run(f"ALTER TABLE `{edge.type}` ADD IF NOT EXISTS FROM `{pair[0]}` TO `{pair[1]}`")
                pairs.add(pair)

    def _table(self, label: str, columns: Columns) -> None:
        fields = ", ".join(f"`{name}` {TYPES[kind]}" for name, kind in {**IDENTITY, **columns}.items())
        self._run(f"CREATE NODE TABLE IF NOT EXISTS `{label}`({fields}, PRIMARY KEY(`key`))")
        self._labels.add(label)

    def _delete(self, batch: Batch) -> None:
        for label, keys in by_label(batch.gone).items():
            if label in self._labels:
                self._run(
                    f"UNWIND $keys AS k MATCH (n:`{label}` {{`key`: k}}) DETACH DELETE n", {"keys": keys}
                )
        cut: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in batch.cut:
            cut[each.type, each.source.label].append(each.source.key)
        for (relation, label), keys in cut.items():
            for source, target in sorted(self._relations.get(relation, ())):
                if source == label:
                    self._run(
                        f"UNWIND $keys AS k MATCH (a:`{label}` {{`key`: k}})-[e:`{relation}`]->(b:`{target}`)"
                        " DELETE e",
                        {"keys": keys},
                    )
        for (relation, source, target), edges in by_type(batch.removed).items():
            if (source, target) in self._relations.get(relation, ()):
                self._run(
                    f"UNWIND $rows AS r MATCH (a:`{source}` {{`key`: r.a}})"
                    f"-[e:`{relation}`]->(b:`{target}` {{`key`: r.b}}) DELETE e",
                    {"rows": [{"a": edge.source.key, "b": edge.target.key} for edge in edges]},
                )

    def _nodes(self, schema: Schema, batch: Batch, run: str) -> None:
        found: dict[str, list[NodeRow]] = defaultdict(list)
        for row in batch.nodes:
            found[row.end.label].append(row)
        for label, rows in found.items():
            columns = schema.columns(label)
            clause = self._rows(
                {"key": "text", **columns},
                ((row.end.key, *(row.values[name] for name in columns)) for row in rows),
            )
            self._run(
                f"{clause} MERGE (n:`{label}` {{`key`: r.`key`}})"
                f" SET n.cluster = $cluster, n.astrolabe_run = $run{_settings('n', columns)}",
                {"cluster": schema.cluster, "run": run},
            )

    def _edges(self, schema: Schema, batch: Batch, run: str) -> None:
        for (relation, source, target), edges in by_type(batch.edges).items():
            columns = schema.edge_columns(relation)
            clause = self._rows(
                {"a": "text", "b": "text", **columns},
                ((e.source.key, e.target.key, *(e.values[name] for name in columns)) for e in edges),
            )
            # Both ends in one MATCH would be a product of the two tables.
            self._run(
                f"{clause} MATCH (a:`{source}` {{`key`: r.a}})"
                f" WITH r, a MATCH (b:`{target}` {{`key`: r.b}}) MERGE (a)-[e:`{relation}`]->(b)"
                f" SET e.astrolabe_run = $run{_settings('e', columns)}",
                {"run": run},
            )

    def _rows(self, columns: Columns, rows: Iterable[Row]) -> str:
        """Return the clause that makes each row `r`. The rows of the statement before are gone then."""
        file = RowFile(self._folder / "rows", columns)
        file.add(rows)
        return file.clause()

    def _orphans(self, batch: Batch) -> None:
        for label, keys in by_label(batch.orphans).items():
            if label in self._labels:
                self._run(
                    f"UNWIND $keys AS k MATCH (n:`{label}` {{`key`: k}})"
                    " WHERE NOT EXISTS { MATCH (n)-[]-() } DELETE n",
                    {"keys": keys},
                )

    def sweep(self, run: str) -> int:
        """See `Target`."""
        schema = self._schema
        assert schema is not None
        swept = 0
        with self._explained():
            if self._first is not None:
                for statement in self._first.statements():
                    self._run(statement)
                self._first = None
                self._clear()
                self._folder.mkdir(mode=0o700)
            parameters = {"cluster": schema.cluster, "run": run}
            for relation, pairs in sorted(self._relations.items()):
                for source, target in sorted(pairs):
                    swept += self._count(
                        f"MATCH (a:`{source}` {{cluster: $cluster}})-[e:`{relation}`]->(b:`{target}`)"
                        " WHERE e.astrolabe_run <> $run DELETE e RETURN count(*)",
                        parameters,
                    )
            for label in sorted(self._labels - {_MARK}):
                swept += self._count(
                    f"MATCH (n:`{label}` {{cluster: $cluster}}) WHERE n.astrolabe_run <> $run"
                    " DETACH DELETE n RETURN count(*)",
                    parameters,
                )
            self._mark(run, complete=True)
        return swept

    def close(self) -> None:
        """See `Target`."""
        connection, database, self._first = self._connection, self._database, None
        self._connection = self._database = None
        if database is not None:
            self._clear()
        for each in (connection, database):
            if each is not None:
                each.close()

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _count(self, query: str, parameters: dict[str, Any]) -> int:
        return sum(int(row[0]) for row in self._run(query, parameters))

    def _run(self, query: str, parameters: dict[str, Any] | None = None) -> list[list[Any]]:
        result = self._connection.execute(query, parameters or {})
        try:
            return list(result.get_all())
        finally:
            result.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, OSError) as error:
            text = " ".join(str(error).split())
            raise TargetError(f"{self.name}: {text[:300]}; {_remedy(error, text)}") from None


def _remedy(error: Exception, text: str) -> str:
    low = text.lower()
    if "lock" in low:
        return "another program has it open: end that one, or name another file with --to"
    if "no space" in low or "disk" in low:
        return "make room on the disk"
    if isinstance(error, OSError) or any(word in low for word in ("permission", "read-only", "directory")):
        return "name a file with --to that may be written"
    if "not a valid" in low or "version" in low or "corrupt" in low:
        return "it is no database of this version: move the file away, or name another one with --to"
    return "it is tried again"


def _settings(variable: str, columns: Columns) -> str:
    return "".join(f", {variable}.`{name}` = r.`{name}`" for name in columns)
