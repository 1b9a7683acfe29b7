"""Servers that speak Bolt: Neo4j, by its own driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from astrolabe.graphdb.cypher import (
    Statement,
    counted,
    statements,
)
from astrolabe.graphdb.cypherserver import CypherServer
from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import CHANGED, TargetError, password_of

CONNECT_TIMEOUT = 5.0
"""Seconds for a connection."""
ANSWER_TIMEOUT = 120.0
"""Seconds for one transaction, on the server."""


class Bolt(CypherServer):
    """A database of a server. Each export into it writes another cluster, and is the only writer of that."""

    def __init__(self, address: str, user: str, password_file: Path | None, database: str = "") -> None:
        """Read the password from its file at each connection; without a file, log in as nobody."""
        super().__init__(address + (f"/{database}" if database else ""), "another database")
        self._address = address
        self._user = user
        self._password_file = password_file
        self._database = database or None
        self._driver: Any = None

    def open(self, schema: Schema) -> str:
        """See `Target`."""
        import neo4j  # noqa: PLC0415  (an extra: it is asked for before, see `opening`)

        self.close()
        password = password_of(self._password_file)
        with self._explained():
            self._driver = neo4j.GraphDatabase.driver(
                self._address,
                auth=(self._user, password) if password is not None else None,
                connection_timeout=CONNECT_TIMEOUT,
                connection_acquisition_timeout=CONNECT_TIMEOUT,
                # When to try again is decided by the writer.
                max_transaction_retry_time=0,
                max_connection_pool_size=1,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="astrolabe",
            )
            return self._resume(schema)

    def write(self, batch: Batch, run: str) -> None:
        """See `Target`."""
        schema = self._schema
        assert schema is not None
        with self._explained():
            for row in batch.nodes:
                self._constrain(row.end.label)
            with self._driver.session(database=self._database) as session:
                session.execute_write(_timed(lambda each: self._all(each, schema, batch, run)))
            self._ledger.batch += 1

    def _all(self, transaction: Any, schema: Schema, batch: Batch, run: str) -> None:
        if not self._run(transaction, counted(schema.cluster, self._ledger)):
            raise TargetError(f"{self.name}: {CHANGED}")
        for statement in statements(batch, schema.cluster, run, fresh=self._fresh):
            self._run(transaction, statement)

    def _run(self, transaction: Any, statement: Statement) -> list[list[Any]]:
        found: list[list[Any]] = transaction.run(statement.text, statement.parameters).values()
        return found

    def _constrain(self, label: str) -> None:
        if label in self._labels:
            return
        text = (
            f"CREATE CONSTRAINT `astrolabe_{label}` IF NOT EXISTS FOR (n:`{label}`) REQUIRE n.key IS UNIQUE"
        )
        self._read(Statement(text, {}))
        self._labels.add(label)

    def close(self) -> None:
        """See `Target`."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def _read(self, statement: Statement) -> list[list[Any]]:
        with self._driver.session(database=self._database) as session:
            found: list[list[Any]] = session.execute_write(_timed(lambda each: self._run(each, statement)))
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
