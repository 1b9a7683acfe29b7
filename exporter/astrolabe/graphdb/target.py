"""The seam between the writer and graph databases."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema


class TargetError(Exception):
    """A database that does not do what it is asked for now. Its text is one line with what to do about it."""


CHANGED = (
    "the database is not as this export left it; it is written again: make sure that no other export of the"
    " cluster writes to it"
)
"""Where a database was put back to an older state, emptied, or written to by another export."""


def agree(name: str, schema: Schema, cluster: str, found: tuple[str, int], other: str) -> None:
    """Raise `TargetError` where a database is of another schema; `other` is what else to use."""
    if found != (schema.name, schema.version):
        raise TargetError(
            f"{name}: the database has the schema {found[0]} (version {found[1]}) of cluster {cluster},"
            f" not {schema.name} (version {schema.version}); use --schema {found[0]} or {other}"
        )


def password_of(file: Path | None) -> str | None:
    """Return the password of a server as its file has it now; None where there is no file."""
    if file is None:
        return None
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"--password-file: {file} cannot be read: {error}") from None


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
