"""A real Redis for a test: its own process, on loopback, with nothing on disk."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import trustme
from redis import Redis
from redis.exceptions import RedisError

from tests.ports import free_port
from tests.real.processes import component, running

PASSWORD = "correct-horse"


class Server:
    """A running Redis, as its administrator sees it."""

    def __init__(self, port: int, password: str = "") -> None:
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.client: Any = Redis(port=port, password=password or None, socket_timeout=5)

    def keys(self) -> list[str]:
        return sorted(key.decode() for key in self.client.keys("*"))

    def known(self) -> float:
        """Up to when what is kept is known to be whole, in Unix seconds."""
        state = next(key for key in self.keys() if self.client.type(key) == b"hash")
        return float(self.client.hget(state, "at"))

    def is_loading(self) -> bool:
        # Without the client, which would wait and ask again.
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(100).startswith(b"-LOADING")
        return False

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


class Certificates:
    """A CA of the test's own, as files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._authority = trustme.CA()
        self.ca = str(folder / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca)

    def issue(self, name: str) -> tuple[str, str]:
        """Write a certificate for a name; return the files of it and of its key."""
        issued = self._authority.issue_cert(name)
        certificate, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        return str(certificate), str(key)


@contextmanager
def tls_redis(
    folder: Path, certificates: Certificates, name: str, *options: str
) -> Iterator[tuple[Server, int]]:
    """Run Redis with a port for TLS as well; yields that port too. Clients need a certificate unless told."""
    port = free_port()
    certificate, key = certificates.issue(name)
    files = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificates.ca)
    with redis(folder, "--tls-port", str(port), *files, *options) as server:
        yield server, port


@contextmanager
def redis(
    folder: Path, *options: str, port: int = 0, password: str = "", loading: bool = False
) -> Iterator[Server]:
    """Run Redis from when it answers until the block is left; one that loads answers that it does."""
    server = Server(port or free_port(), password)
    command = [component("redis-server"), "--port", str(server.port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--dir", str(folder), *options]
    if password:
        command += ["--requirepass", password]
    try:
        ready = server.is_loading if loading else server.answers
        log = folder.parent / f"redis-{server.port}.log"
        with running(command, log, ready):
            yield server
    finally:
        server.client.close()
