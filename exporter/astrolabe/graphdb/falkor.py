"""FalkorDB: a module of Redis that keeps graphs under keys, asked in Cypher by the client of Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from astrolabe.graphdb.cypher import (
    Statement,
    counted,
    mark_of,
    statements,
)
from astrolabe.graphdb.cypherserver import CypherServer
from astrolabe.graphdb.literals import as_text
from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import CHANGED, TargetError, password_of

GRAPH = "astrolabe"
"""The key of the graph where none is named."""
PORT = 6379
CONNECT_TIMEOUT = 5.0
"""Seconds for a connection."""
ANSWER_TIMEOUT = 120.0
"""Seconds for one batch, and for a constraint to hold."""
_ANOTHER = "another graph, named at the end of --to"
_LOOK_EVERY = 0.01
"""Seconds between two looks at a constraint that is not in force yet."""


class Falkor(CypherServer):
    """One graph of a server. Each export into it writes another cluster, and is the only writer of that."""

    def __init__(
        self,
        host: str,
        port: int = PORT,
        graph: str = GRAPH,
        *,
        user: str = "",
        password_file: Path | None = None,
        tls: bool = False,
    ) -> None:
        """Read the password from its file at each connection; without a file, log in as nobody."""
        shown = f"[{host}]" if ":" in host else host
        super().__init__(f"falkor{'s' if tls else ''}://{shown}:{port}/{graph}", _ANOTHER)
        self._host = host
        self._port = port
        self._graph = graph
        self._user = user
        self._password_file = password_file
        self._tls = tls
        self._redis: Any = None

    def open(self, schema: Schema) -> str:
        """See `Target`."""
        from redis import Redis  # noqa: PLC0415  (nobody else needs its blocking client)
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        self.close()
        password = password_of(self._password_file)
        with self._explained():
            self._redis = Redis(
                self._host,
                self._port,
                username=self._user or None,
                password=password,
                ssl=self._tls,
                socket_connect_timeout=CONNECT_TIMEOUT,
                socket_timeout=ANSWER_TIMEOUT,
                # When to try again is decided by the writer.
                retry=Retry(NoBackoff(), 0),
                single_connection_client=True,
                decode_responses=True,
                client_name="astrolabe",
            )
            return self._resume(schema)

    def write(self, batch: Batch, run: str) -> None:
        """See `Target`. The server does a batch without a pause, but takes back no statement of it."""
        schema = self._schema
        assert schema is not None
        with self._explained():
            for row in batch.nodes:
                self._constrain(row.end.label)
            left = self._ledger.run, self._ledger.batch
            if left not in [(of, int(number)) for of, number, _ in self._read(mark_of(schema.cluster))]:
                raise TargetError(f"{self.name}: {CHANGED}")
            with self._redis.pipeline(transaction=True) as pipeline:
                for statement in self._statements(batch, schema, run):
                    pipeline.execute_command("GRAPH.QUERY", self._graph, as_text(statement))
                for answer in pipeline.execute(raise_on_error=False):
                    if isinstance(answer, Exception):
                        raise answer
            self._ledger.batch += 1

    def _statements(self, batch: Batch, schema: Schema, run: str) -> Iterator[Statement]:
        yield counted(schema.cluster, self._ledger)
        yield from statements(batch, schema.cluster, run, fresh=self._fresh)

    def _constrain(self, label: str) -> None:
        from redis import ResponseError  # noqa: PLC0415

        if label in self._labels:
            return
        status = self._constraint(label)
        constraint = "UNIQUE", "NODE", label, "PROPERTIES", 1, "key"
        if status == "FAILED":
            # It is tried again: somebody may have put right what it failed for.
            self._redis.execute_command("GRAPH.CONSTRAINT", "DROP", self._graph, *constraint)
        if status in ("", "FAILED"):
            try:
                self._read(Statement(f"CREATE INDEX FOR (n:`{label}`) ON (n.key)", {}))
            except ResponseError as error:
                if "already indexed" not in str(error):
                    raise
            self._redis.execute_command("GRAPH.CONSTRAINT", "CREATE", self._graph, *constraint)
        end = time.monotonic() + ANSWER_TIMEOUT
        while (status := self._constraint(label)) != "OPERATIONAL":
            if status == "FAILED":
                raise TargetError(
                    f"{self.name}: two nodes of the label {label} have one key; delete one, or use {_ANOTHER}"
                )
            if time.monotonic() > end:
                raise TargetError(
                    f"{self.name}: the constraint for {label} is still {status}; it is tried again"
                )
            time.sleep(_LOOK_EVERY)
        self._labels.add(label)

    def _constraint(self, label: str) -> str:
        """Return the state of a label's constraint; empty where there is none."""
        rows = self._read(Statement("CALL db.constraints() YIELD type, label, properties, status", {}))
        for kind, of, properties, status in rows:
            if (kind, of, properties) == ("UNIQUE", label, "[key]"):
                return str(status)
        return ""

    def close(self) -> None:
        """See `Target`."""
        client, self._redis = self._redis, None
        if client is not None:
            with suppress(OSError):
                client.close()

    def _read(self, statement: Statement) -> list[list[Any]]:
        answer = self._redis.execute_command("GRAPH.QUERY", self._graph, as_text(statement))
        # Names of columns and rows come before the statistics.
        return list(answer[1]) if len(answer) > 1 else []

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from redis import RedisError  # noqa: PLC0415

        try:
            yield
        except (RedisError, OSError, ValueError) as error:
            # Of a command in a batch the client repeats the command, rows and all.
            text = " ".join(str(error).rpartition("of pipeline caused error: ")[2].split())
            raise TargetError(f"{self.name}: {text[:300]}; {_remedy(text)}") from None


_USER = "check the user in --to and the password in --password-file"
_REMEDIES = (
    (("invalid username", "wrongpass", "noauth", "authentication"), _USER),
    (("certificate", "ssl"), "let SSL_CERT_FILE name a file with the authority of the server's certificate"),
    (("unknown command",), "it is a Redis without the module of FalkorDB: load that, or name another server"),
    (("noperm", "no permissions"), "grant the user all commands on the key of the graph"),
    (("wrongtype", "wrong kind of value", "not a graph"), "name another graph at the end of --to"),
    (("readonly", "read only"), "name the server that may be written to: this one is a replica"),
    (("oom", "maxmemory", "out of memory"), "give the server more memory"),
    (("misconf", "disk"), "make room on the server's disk, or see why it cannot save"),
    (("error 111", "connecting to", "connection", "timeout", "timed out", "name or service"),
     "check that the server runs, and host and port in --to"),
)  # fmt: skip
"""What to do, by what a message has."""


def _remedy(text: str) -> str:
    low = text.lower()
    for words, remedy in _REMEDIES:
        if any(word in low for word in words):
            return remedy
    return "it is tried again"
