"""A real Redis for a test: its own process, on loopback, with nothing on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tests.real.processes import component, free_port, running

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

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


@contextmanager
def redis(folder: Path, *options: str, port: int = 0, password: str = "") -> Iterator[Server]:
    """Run Redis from when it answers until the block is left."""
    server = Server(port or free_port(), password)
    command = [component("redis-server"), "--port", str(server.port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--dir", str(folder), *options]
    if password:
        command += ["--requirepass", password]
    try:
        with running(command, folder / f"redis-{server.port}.log", server.answers):
            yield server
    finally:
        server.client.close()
