"""From what the command line says to a schema and a target."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.bolt import Bolt
from astrolabe.graphdb.cartography import Cartography
from astrolabe.graphdb.falkor import GRAPH, PORT, Falkor
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import Target

SCHEMAS: Mapping[str, type[Schema]] = {schema.name: schema for schema in (Full, Agent, Cartography)}
BOLT = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
"""Schemes of servers that speak Bolt."""
FALKOR = ("falkor", "falkors")
"""Schemes of FalkorDB, without TLS and with it."""


class UnusableTarget(Exception):
    """A target that cannot work. Its text is one line that says what to do."""


def target_of(to: str, password_file: str = "") -> Target:
    """Return the target of `--to`; nothing is connected yet. Raises `UnusableTarget`."""
    scheme, separator, rest = to.partition("://")
    if separator and scheme in BOLT:
        _need("neo4j", "neo4j")
        return _bolt(_server(to, password_file))
    if separator and scheme in FALKOR:
        return _falkor(_server(to, password_file))
    if separator and scheme != "ladybug":
        known = ", ".join(f"{name}://" for name in ("ladybug", *BOLT, *FALKOR))
        raise UnusableTarget(f"--to: {scheme}:// is not known; expected a file, or one of {known}")
    if password_file:
        raise UnusableTarget("--password-file: a database in a file has no password")
    path = rest if separator else to
    if not path:
        raise UnusableTarget("--to: expected a file, or the address of a server as in bolt://localhost:7687")
    _need("ladybug", "ladybug")
    return Ladybug(Path(path))


class _Server(NamedTuple):
    scheme: str
    host: str
    port: int | None
    user: str
    password_file: Path | None
    database: str


def _server(to: str, password_file: str) -> _Server:
    try:
        parts = urlsplit(to)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UnusableTarget(f"--to: {error}; expected an address as in bolt://localhost:7687") from None
    if parts.password is not None:
        # Every list of processes would show it.
        raise UnusableTarget("--to: a password does not belong there; put it into a file for --password-file")
    if not host:
        raise UnusableTarget("--to: there is no host; expected an address as in bolt://localhost:7687")
    if parts.query or parts.fragment:
        raise UnusableTarget("--to: expected an address as in bolt://user@localhost:7687/database")
    user = parts.username or ""
    if user and not password_file:
        raise UnusableTarget(f"--to: the user {user} needs a password; name its file with --password-file")
    file = Path(password_file) if password_file else None
    return _Server(parts.scheme, host, port, user, file, parts.path.strip("/"))


def _bolt(server: _Server) -> Target:
    shown = f"[{server.host}]" if ":" in server.host else server.host
    address = f"{server.scheme}://{shown}" + (f":{server.port}" if server.port is not None else "")
    user = server.user or ("neo4j" if server.password_file is not None else "")
    return Bolt(address, user, server.password_file, server.database)


def _falkor(server: _Server) -> Target:
    return Falkor(
        server.host,
        server.port or PORT,
        server.database or GRAPH,
        user=server.user,
        password_file=server.password_file,
        tls=server.scheme == "falkors",
    )


def _need(module: str, extra: str) -> None:
    if find_spec(module) is None:
        raise UnusableTarget(f"the package {module} is not installed; run: pip install 'astrolabe[{extra}]'")
