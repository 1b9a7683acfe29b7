"""The seam between the writer and graph databases."""

from __future__ import annotations

from typing import Protocol

from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema


class TargetError(Exception):
    """A database that does not do what it is asked for now. Its text is one line with what to do about it."""


def agree(name: str, schema: Schema, cluster: str, found: tuple[str, int], other: str) -> None:
    """Raise `TargetError` where a database is of another schema; `other` is what else to use."""
    if found != (schema.name, schema.version):
        raise TargetError(
            f"{name}: the database has the schema {found[0]} (version {found[1]}) of cluster {cluster},"
            f" not {schema.name} (version {schema.version}); use --schema {found[0]} or {other}"
        )


class Target(Protocol):
    """A graph database. Every method may take a while and raises `TargetError`; one thread calls them."""

    name: str
    """What to call it in messages: no password is in it."""

    def open(self, schema: Schema) -> str:
        """Connect, see that the database is of this schema, return the run that it was made equal by last.

        Empty where it was not, or not to the end.
        """
        ...

    def write(self, batch: Batch, run: str) -> None:
        """Make changes, all of them or none, and mark what is written with a run."""
        ...

    def begin(self, run: str) -> None:
        """Note that a run began to write everything: nodes, then relationships, then `sweep`.

        What is written in between may be in the database only after `sweep`.
        """
        ...

    def sweep(self, run: str) -> None:
        """Delete what the cluster has in the database from other runs.

        The run has written everything then, and that is noted.
        """
        ...

    def close(self) -> None:
        """Let go of the database. It may be opened again."""
        ...
