"""What is the same for all servers that are asked in Cypher: marks, batches in order, and the sweep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any

from astrolabe.graphdb.cypher import (
    ALL_MARKS,
    MARK,
    SWEPT_TOGETHER,
    Ledger,
    Statement,
    mark_of,
    marked,
    remains,
    sweeps,
)
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import agree


class CypherServer(ABC):
    """A part of a `Target`. Each server adds how it connects, and how it runs a statement and a batch."""

    def __init__(self, name: str, another: str) -> None:
        """`another` is where a second export can write instead, as words of an error."""
        self.name = name
        self._another = another
        self._schema: Schema | None = None
        self._labels: set[str] = set()
        """Labels whose keys are unique by a constraint."""
        self._ledger = Ledger()
        self._fresh = False
        """Whether all that the database has of the cluster was written by the run that is under way."""

    def _resume(self, schema: Schema) -> str:
        """Use a schema on a new connection; return the run that is complete there, or nothing."""
        self._schema, self._labels, self._fresh = schema, set(), False
        self._constrain(MARK)
        for cluster, form, version in self._read(Statement(ALL_MARKS, {})):
            agree(self.name, schema, cluster, (form, version), self._another)
        for run, batch, complete in self._read(mark_of(schema.cluster)):
            # FalkorDB writes booleans as text.
            if self._ledger.recognise(str(run), int(batch)) and complete in (True, "true"):
                return str(run)
        return ""

    def begin(self, run: str) -> None:
        """See `Target`."""
        assert self._schema is not None
        with self._explained():
            # The mark comes before all else; but somebody may have deleted it.
            self._fresh = not any(map(self._read, remains(self._schema.cluster)))
            self._ledger.begin(run)
            self._read(marked(self._schema, self._ledger, complete=False))

    def sweep(self, run: str) -> None:
        """See `Target`."""
        schema = self._schema
        assert schema is not None
        fresh, self._fresh = self._fresh, False
        with self._explained():
            if not fresh:
                labels = sorted(str(row[0]) for row in self._read(Statement("CALL db.labels()", {})))
                for statement in sweeps(labels, schema.cluster, run):
                    while int(self._read(statement)[0][0]) == SWEPT_TOGETHER:
                        pass
            self._read(marked(schema, self._ledger, complete=True))

    @abstractmethod
    def _read(self, statement: Statement) -> list[list[Any]]:
        """Run one statement; return its rows."""

    @abstractmethod
    def _constrain(self, label: str) -> None:
        """Let no two nodes of a label have one key. The index that this needs also finds nodes quickly."""

    @abstractmethod
    def _explained(self) -> AbstractContextManager[None]:
        """Turn errors of the client into a `TargetError` that says what to do."""
