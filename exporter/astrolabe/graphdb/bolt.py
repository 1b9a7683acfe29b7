"""Servers that speak Bolt: Neo4j, by its own driver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from astrolabe.graphdb.rows import Batch, End, Value, by_label, by_type
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import TargetError, agree

CONNECT_TIMEOUT = 5.0
"""Seconds for a connection."""
ANSWER_TIMEOUT = 120.0
"""Seconds for one transaction, on the server."""
_MARK = "AstrolabeExport"
_SWEPT_TOGETHER = 10_000


class Bolt:
    """A database of a server. Another export into it is told by its cluster; this one is its only writer."""

    def __init__(self, address: str, user: str, password_file: Path | None, database: str = "") -> None:
        """Read the password from its file at each connection; without a file, log in as nobody."""
        self.name = address + (f"/{database}" if database else "")
        self._address = address
        self._user = user
        self._password_file = password_file
        self._database = database or None
        self._driver: Any = None
        self._schema: Schema | None = None
        self._labels: set[str] = set()
        self._fresh = False
        """Whether all that the database has of the cluster was written by the run that is under way."""

    def open(self, schema: Schema) -> str:
        """See `Target`."""
        import neo4j  # noqa: PLC0415  (an extra: it is asked for before, see `opening`)

        self.close()
        auth = None
        if self._password_file is not None:
            try:
                auth = (self._user, self._password_file.read_text("utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                raise TargetError(f"--password-file: {self._password_file} cannot be read: {error}") from None
        with self._explained():
            self._driver = neo4j.GraphDatabase.driver(
                self._address,
                auth=auth,
                connection_timeout=CONNECT_TIMEOUT,
                connection_acquisition_timeout=CONNECT_TIMEOUT,
                # When to try again is decided by the writer.
                max_transaction_retry_time=0,
                max_connection_pool_size=1,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="astrolabe",
            )
            self._schema, self._labels, self._fresh = schema, set(), False
            self._constrain(_MARK)
            for cluster, *of in self._read(f"MATCH (m:{_MARK}) RETURN m.key, m.schema, m.version"):
                agree(self.name, schema, cluster, (of[0], of[1]), "another database")
            found = self._read(
                f"MATCH (m:{_MARK} {{key: $key}}) WHERE m.complete RETURN m.run", key=schema.cluster
            )
        return str(found[0][0]) if found else ""

    def begin(self, run: str) -> None:
        """See `Target`."""
        assert self._schema is not None
        with self._explained():
            # The mark comes before all else; but somebody may have deleted it.
            self._fresh = not any(
                self._read(f"MATCH ({what}) RETURN 1 LIMIT 1", key=self._schema.cluster)
                for what in (f":{_MARK} {{key: $key}}", "{cluster: $key}")
            )
            self._mark(run, complete=False)

    def _mark(self, run: str, *, complete: bool) -> None:
        schema = self._schema
        assert schema is not None
        self._read(
            f"MERGE (m:{_MARK} {{key: $key}}) SET m.schema = $schema, m.version = $version, m.run = $run,"
            " m.complete = $complete",
            key=schema.cluster,
            schema=schema.name,
            version=schema.version,
            run=run,
            complete=complete,
        )

    def write(self, batch: Batch, run: str) -> None:
        """See `Target`."""
        schema = self._schema
        assert schema is not None
        with self._explained():
            for row in batch.nodes:
                self._constrain(row.end.label)
            with self._driver.session(database=self._database) as session:
                session.execute_write(_timed(lambda each: self._all(each, schema, batch, run)))

    def _all(self, transaction: Any, schema: Schema, batch: Batch, run: str) -> None:
        for label, keys in by_label(batch.gone).items():
            transaction.run(
                f"UNWIND $keys AS k MATCH (n:`{label}` {{key: k}}) DETACH DELETE n", keys=keys
            ).consume()
        cut: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in batch.cut:
            cut[one.type, one.source.label].append(one.source.key)
        for (relation, label), keys in cut.items():
            transaction.run(
                f"UNWIND $keys AS k MATCH (:`{label}` {{key: k}})-[e:`{relation}`]->() DELETE e", keys=keys
            ).consume()
        for (relation, source, target), edges in by_type(batch.removed).items():
            transaction.run(
                f"UNWIND $rows AS r MATCH (:`{source}` {{key: r.a}})-[e:`{relation}`]->"
                f"(:`{target}` {{key: r.b}}) DELETE e",
                rows=[{"a": edge.source.key, "b": edge.target.key} for edge in edges],
            ).consume()
        nodes: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in batch.nodes:
            nodes[row.end.label].append({"k": row.end.key, "v": row.values})
        identity = {"cluster": schema.cluster, "astrolabe_run": run}
        for label, rows in nodes.items():
            transaction.run(
                f"UNWIND $rows AS r MERGE (n:`{label}` {{key: r.k}}) SET n += r.v, n += $identity",
                rows=rows,
                identity=identity,
            ).consume()
        self._edges(transaction, batch, run)
        for label, keys in by_label(batch.orphans).items():
            transaction.run(
                f"UNWIND $keys AS k MATCH (n:`{label}` {{key: k}}) WHERE NOT (n)--() DELETE n", keys=keys
            ).consume()

    def _edges(self, transaction: Any, batch: Batch, run: str) -> None:
        # To look for a relationship takes longer than to make it; each is written once in a run.
        make = "CREATE" if self._fresh else "MERGE"
        for (relation, source, target), edges in by_type(batch.edges).items():
            transaction.run(
                f"UNWIND $rows AS r MATCH (a:`{source}` {{key: r.a}}) MATCH (b:`{target}` {{key: r.b}})"
                f" {make} (a)-[e:`{relation}`]->(b) SET e += r.v, e.astrolabe_run = $run",
                rows=[_edge(edge.source, edge.target, edge.values) for edge in edges],
                run=run,
            ).consume()

    def _constrain(self, label: str) -> None:
        """Let no two nodes of a label have one key; it is also what finds them quickly."""
        if label in self._labels:
            return
        self._read(
            f"CREATE CONSTRAINT `astrolabe_{label}` IF NOT EXISTS FOR (n:`{label}`) REQUIRE n.key IS UNIQUE"
        )
        self._labels.add(label)

    def sweep(self, run: str) -> None:
        """See `Target`."""
        schema = self._schema
        assert schema is not None
        fresh, self._fresh = self._fresh, False
        with self._explained():
            if fresh:
                self._mark(run, complete=True)
                return
            # What has no such mark is not of an export: the comparison is not true then.
            labels = [str(row[0]) for row in self._read("CALL db.labels()")]
            for label in sorted(labels):
                self._until_none(
                    f"MATCH (n:`{_escaped(label)}` {{cluster: $cluster}})-[e]->()"
                    " WHERE e.astrolabe_run <> $run WITH e LIMIT $most DELETE e RETURN count(*)",
                    run,
                )
            for label in sorted(labels):
                self._until_none(
                    f"MATCH (n:`{_escaped(label)}` {{cluster: $cluster}}) WHERE n.astrolabe_run <> $run"
                    " WITH n LIMIT $most DETACH DELETE n RETURN count(*)",
                    run,
                )
            self._mark(run, complete=True)

    def _until_none(self, query: str, run: str) -> None:
        assert self._schema is not None
        while True:
            found = self._read(query, cluster=self._schema.cluster, run=run, most=_SWEPT_TOGETHER)
            if int(found[0][0]) < _SWEPT_TOGETHER:
                return

    def close(self) -> None:
        """See `Target`."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def _read(self, query: str, **parameters: Any) -> list[list[Any]]:
        with self._driver.session(database=self._database) as session:
            found: list[list[Any]] = session.execute_write(
                _timed(lambda each: each.run(query, **parameters).values())
            )
            return found

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from neo4j import exceptions  # noqa: PLC0415

        try:
            yield
        except (exceptions.Neo4jError, exceptions.DriverError, OSError, ValueError) as error:
            text = " ".join(str(getattr(error, "message", None) or error).split())
            raise TargetError(f"{self.name}: {text[:300]}; {_remedy(error, exceptions)}") from None


def _remedy(error: Exception, exceptions: Any) -> str:
    match error:
        case exceptions.AuthError():
            return "check the user in --to and the password in --password-file"
        case exceptions.ServiceUnavailable() | exceptions.SessionExpired():
            return "check that the server runs, and host and port in --to"
        case exceptions.ClientError() if "DatabaseNotFound" in str(error.code):
            return "check the name of the database at the end of --to"
        case exceptions.Forbidden():
            return "grant the user the right to write and to make constraints"
    return "it is tried again"


def _timed(work: Any) -> Any:
    from neo4j import unit_of_work  # noqa: PLC0415

    return unit_of_work(timeout=ANSWER_TIMEOUT)(work)


def _edge(source: End, target: End, values: Mapping[str, Value]) -> dict[str, Any]:
    return {"a": source.key, "b": target.key, "v": values}


def _escaped(label: str) -> str:
    return label.replace("`", "``")
