"""Events that come close together are seen together, over real connections."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Iterator

import pytest

from astrolabe.kube.gathering import Gathering


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield both ends of a TCP connection, the reader's first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        writer = socket.create_connection(server.getsockname())
        reader, _ = server.accept()
        with reader, writer:
            yield reader, writer


def arrived(reader: socket.socket, size: int) -> None:
    """Wait until so many bytes have come, whether a loop sees them or not."""
    flags = socket.MSG_PEEK | socket.MSG_WAITALL
    assert len(reader.recv(size, flags)) == size


def seen(reader: socket.socket, patience: float = 0) -> bool:
    """Return whether a loop that looks at the connection is told to read."""
    return bool(select.select([reader], [], [], patience)[0])


async def test_what_comes_first_is_seen_at_once(connection: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = connection
    Gathering(reader)
    writer.sendall(b"event\n")
    assert seen(reader, 60)


async def test_what_follows_waits_for_a_moment(connection: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = connection
    gathering = Gathering(reader)
    gathering.begin()
    writer.sendall(b"event\n")
    arrived(reader, 6)
    assert not seen(reader)
    loop = asyncio.get_running_loop()
    told: asyncio.Future[None] = loop.create_future()
    loop.add_reader(reader, lambda: told.done() or told.set_result(None))
    async with asyncio.timeout(60):
        await told
    loop.remove_reader(reader)
    assert reader.recv(100) == b"event\n"
    writer.sendall(b"event\n")
    assert seen(reader, 60)


async def test_much_waits_for_nothing(connection: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = connection
    gathering = Gathering(reader)
    gathering.begin()
    writer.sendall(b"x" * (1 << 16))
    assert seen(reader, 60)
    gathering.end()


async def test_an_end_waits_for_nothing(connection: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = connection
    gathering = Gathering(reader)
    gathering.begin()
    writer.shutdown(socket.SHUT_WR)
    assert seen(reader, 60)
    gathering.end()


async def test_a_connection_that_was_closed_is_left_alone(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    reader, _ = connection
    gathering = Gathering(reader)
    gathering.begin()
    reader.close()
    gathering.end()
    gathering.begin()
    Gathering(None).begin()
