"""A real Neo4j over files of its own."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from astrolabe.graphdb.bolt import Bolt
from tests.graphdb.contents import Contents, read_server
from tests.ports import free_port
from tests.real.processes import component, program_of, running

PASSWORD = "not-the-first-one"


class Server:
    """A Neo4j that may be killed and started again over the same files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"bolt://127.0.0.1:{self.port}"
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD + "\n")

    @contextlib.contextmanager
    def running(self) -> Iterator[int]:
        """Run it; yields its process id."""
        command = [component("neo4j"), str(self.folder / "data"), str(self.port)]
        with running(command, self.folder / "log", self.listens, grace=20, within=180) as process:
            yield program_of(process)

    def begin(self) -> None:
        """Give it the password that it has from then on: the first one is good for nothing else."""
        with self.driver("neo4j") as driver, driver.session(database="system") as session:
            session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=PASSWORD).consume()

    def listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def driver(self, password: str = PASSWORD) -> Any:
        import neo4j

        return neo4j.GraphDatabase.driver(self.address, auth=("neo4j", password))

    def target(self, password_file: Path | None = None) -> Bolt:
        return Bolt(self.address, "neo4j", password_file or self.password_file)

    def clear(self) -> None:
        """Delete everything but the constraints."""
        with self.driver() as driver:
            driver.execute_query("MATCH (n) DETACH DELETE n")

    def contents(self) -> Contents:
        return read_server(lambda query: self.ask(query)[1])

    def ask(self, query: str) -> tuple[Sequence[str], list[list[Any]]]:
        """Return the names of the columns and the rows."""
        with self.driver() as driver, driver.session() as session:
            result = session.run(query)
            return list(result.keys()), [list(row) for row in result.values()]

    def constraints(self) -> set[tuple[str, str]]:
        """Return the label and the property of each unique constraint."""
        rows = self.ask("SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type")[1]
        return {(label, of) for (label,), (of,), kind in rows if kind == "UNIQUENESS"}
