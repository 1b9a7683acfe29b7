"""A graph database in a file: Ladybug, which speaks Cypher and runs within this process."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from astrolabe.graphdb.ladybugfile import MARK, LadybugFile
from astrolabe.graphdb.replacement import Replacement
from astrolabe.graphdb.rowfile import RowFile
from astrolabe.graphdb.rows import Batch, Columns, NodeRow, by_label, by_type
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import TargetError, agree

_CHECKPOINT = re.compile(r"checkpoint failed\b.*(?:Original error|recovered on restart): ")
"""Before what Ladybug says of a disk that takes no more. Its own words may be of reading."""
_BESIDE = (".wal", ".wal.checkpoint", ".shadow")
"""What a database may have beside its file. Once that is closed it is of no use, and would spoil another."""


class Ladybug:
    """A file. While it is open nobody else can write to it; others can read it with a copy of the file."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._folder = path.with_name(path.name + ".rows")
        """Where rows are on their way into the database, as long as it is open."""
        self._file: LadybugFile | None = None
        self._schema: Schema | None = None
        self._replacement: Replacement | None = None

    def open(self, schema: Schema) -> str:
        """See `Target`."""
        self.close()
        with self._explained():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._opened(schema)

    def _opened(self, schema: Schema) -> str:
        self._file = file = LadybugFile(self._path)
        # Only now: nobody else has the database open, and what is there was left behind.
        self._clear()
        self._folder.mkdir(mode=0o700)
        self._schema = schema
        if file.foreign:
            raise TargetError(
                f"{self.name}: the database holds something else than an export; name another file with --to"
            )
        equal = ""
        for cluster, name, version, run, complete in file.marks():
            agree(self.name, schema, cluster, (name, version), "another file")
            if cluster == schema.cluster and complete:
                equal = run
        return equal

    def begin(self, run: str) -> None:
        """See `Target`. Where nothing else is in the file, `sweep` puts a new one in its place."""
        file, schema = self._at_work()
        with self._explained():
            if file.only(schema):
                self._replacement = Replacement(self._folder, schema, run)
            else:
                self._replacement = None
                file.mark(schema, run, complete=False)

    def _at_work(self) -> tuple[LadybugFile, Schema]:
        assert self._file is not None
        assert self._schema is not None
        return self._file, self._schema

    def write(self, batch: Batch, run: str) -> None:
        """See `Target`."""
        file, schema = self._at_work()
        with self._explained():
            if self._replacement is not None:
                self._replacement.add(batch)
                return
            file.tables(schema, (row.end.label for row in batch.nodes), by_type(batch.edges))
            file.run("BEGIN TRANSACTION")
            try:
                self._delete(file, batch)
                self._nodes(file, schema, batch, run)
                self._edges(file, schema, batch, run)
                self._orphans(file, batch)
                file.run("COMMIT")
            except BaseException:
                with suppress(RuntimeError):  # the database has done so already
                    file.run("ROLLBACK")
                raise

    def _delete(self, file: LadybugFile, batch: Batch) -> None:
        for label, keys in by_label(batch.gone).items():
            if label in file.labels:
                file.run(
                    f"UNWIND $keys AS k MATCH (n:`{label}` {{`key`: k}}) DETACH DELETE n", {"keys": keys}
                )
        cut: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in batch.cut:
            cut[each.type, each.source.label].append(each.source.key)
        for (relation, label), keys in cut.items():
            for source, target in sorted(file.relations.get(relation, ())):
                if source == label:
                    file.run(
                        f"UNWIND $keys AS k MATCH (a:`{label}` {{`key`: k}})-[e:`{relation}`]->(b:`{target}`)"
                        " DELETE e",
                        {"keys": keys},
                    )
        for (relation, source, target), edges in by_type(batch.removed).items():
            if (source, target) in file.relations.get(relation, ()):
                file.run(
                    f"UNWIND $rows AS r MATCH (a:`{source}` {{`key`: r.a}})"
                    f"-[e:`{relation}`]->(b:`{target}` {{`key`: r.b}}) DELETE e",
                    {"rows": [{"a": edge.source.key, "b": edge.target.key} for edge in edges]},
                )

    def _nodes(self, file: LadybugFile, schema: Schema, batch: Batch, run: str) -> None:
        found: dict[str, list[NodeRow]] = defaultdict(list)
        for row in batch.nodes:
            found[row.end.label].append(row)
        for label, rows in found.items():
            columns = schema.columns(label)
            clause = self._rows(("key",), columns, ((row.end.key, row.values) for row in rows))
            file.run(
                f"{clause} MERGE (n:`{label}` {{`key`: r.`key`}})"
                f" SET n.cluster = $cluster, n.astrolabe_run = $run{_settings('n', columns)}",
                {"cluster": schema.cluster, "run": run},
            )

    def _edges(self, file: LadybugFile, schema: Schema, batch: Batch, run: str) -> None:
        for (relation, source, target), edges in by_type(batch.edges).items():
            columns = schema.edge_columns(relation)
            clause = self._rows(("a", "b"), columns, ((e.source.key, e.target.key, e.values) for e in edges))
            # Both ends in one MATCH would be a product of the two tables.
            file.run(
                f"{clause} MATCH (a:`{source}` {{`key`: r.a}})"
                f" WITH r, a MATCH (b:`{target}` {{`key`: r.b}}) MERGE (a)-[e:`{relation}`]->(b)"
                f" SET e.astrolabe_run = $run{_settings('e', columns)}",
                {"run": run},
            )

    def _rows(self, keys: Sequence[str], columns: Columns, rows: Iterable[tuple[Any, ...]]) -> str:
        """Return the clause that makes each row `r`. The rows of the statement before are gone then."""
        file = RowFile(self._folder / "rows", keys, columns)
        file.add((*of, *file.cells(values)) for *of, values in rows)
        return file.clause()

    def _orphans(self, file: LadybugFile, batch: Batch) -> None:
        for label, keys in by_label(batch.orphans).items():
            if label in file.labels:
                file.run(
                    f"UNWIND $keys AS k MATCH (n:`{label}` {{`key`: k}})"
                    " WHERE NOT EXISTS { MATCH (n)-[]-() } DELETE n",
                    {"keys": keys},
                )

    def sweep(self, run: str) -> None:
        """See `Target`."""
        file, schema = self._at_work()
        with self._explained():
            if self._replacement is not None:
                self._replace(file, schema, self._replacement)
                return
            parameters = {"cluster": schema.cluster, "run": run}
            # Somebody else may have tables in the file.
            for relation, pairs in sorted(file.relations.items()):
                if "astrolabe_run" not in file.columns(relation):
                    continue
                for source, target in sorted(pairs):
                    file.run(
                        f"MATCH (a:`{source}` {{cluster: $cluster}})-[e:`{relation}`]->(b:`{target}`)"
                        " WHERE e.astrolabe_run <> $run DELETE e",
                        parameters,
                    )
            for label in sorted(file.labels - {MARK}):
                if "astrolabe_run" not in file.columns(label):
                    continue
                file.run(
                    f"MATCH (n:`{label}` {{cluster: $cluster}}) WHERE n.astrolabe_run <> $run"
                    " DETACH DELETE n",
                    parameters,
                )
            file.mark(schema, run, complete=True)

    def _replace(self, file: LadybugFile, schema: Schema, replacement: Replacement) -> None:
        """Put a new file in the place of the old one."""
        new = replacement.build()
        self._replacement, self._file = None, None
        file.close()
        for suffix in _BESIDE:
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        new.replace(self._path)
        self._opened(schema)

    def close(self) -> None:
        """See `Target`."""
        replacement, self._replacement = self._replacement, None
        if replacement is not None:
            replacement.abandon()
        file, self._file = self._file, None
        if file is not None:
            self._clear()
            file.close()

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, OSError) as error:
            text = " ".join(str(error).split())
            # What comes before it is about a log that is thrown away with the file.
            cause = _CHECKPOINT.split(text)[-1]
            raise TargetError(f"{self.name}: {cause[:300]}; {_remedy(error, text)}") from None


def _remedy(error: Exception, text: str) -> str:
    low = text.lower()
    if "lock" in low:
        return "another program has it open: end that one, or name another file with --to"
    if any(word in low for word in ("no space", "disk", "too large")) or _CHECKPOINT.search(text):
        return "make room on the disk"
    if isinstance(error, OSError) or any(word in low for word in ("permission", "read-only", "directory")):
        return "name a file with --to that may be written"
    if "not a valid" in low or "version" in low or "corrupt" in low:
        return "it is not a database of this version: move the file away, or name another one with --to"
    return "it is tried again"


def _settings(variable: str, columns: Columns) -> str:
    return "".join(f", {variable}.`{name}` = r.`{name}`" for name in columns)
