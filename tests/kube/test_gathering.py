"""Events that come close together are seen together, over real connections."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable, Iterator

import pytest

from astrolabe.kube.gathering import HASTE, HASTY, Gathering


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
    gathering.begin(0)
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


async def test_events_of_all_connections_are_seen_together_and_what_may_be_a_list_sooner(
    connection: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, _ = connection
    loop = asyncio.get_running_loop()
    moments: list[float] = []
    call_at = loop.call_at

    def noted(when: float, then: Callable[[], None]) -> asyncio.TimerHandle:
        moments.append(when)
        return call_at(when, then)

    monkeypatch.setattr(loop, "call_at", noted)
    one, other = Gathering(reader), Gathering(reader)
    for gathering, now, came in (
        *((one, 6.0, 100),) * HASTY,
        *((other, 6.0, 100),) * HASTY,
        (one, 7.01, 4096),
        (other, 7.1, 4096),
        (one, 7.2, (1 << 16) - 400),
        (one, 7.3, 4096),
    ):
        monkeypatch.setattr(loop, "time", lambda now=now: now)
        gathering.begin(came)
        gathering.end()
    monkeypatch.undo()
    assert moments == [6.0 + HASTE] * 2 * HASTY + [7.125, 7.125, 7.2 + HASTE, 7.3 + HASTE]


async def test_much_waits_for_nothing(connection: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = connection
    gathering = Gathering(reader)
    gathering.begin(0)
    writer.sendall(b"x" * (1 << 16))
    assert seen(reader, 60)
    gathering.end()


async def test_an_end_waits_for_nothing(connection: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = connection
    gathering = Gathering(reader)
    gathering.begin(0)
    writer.shutdown(socket.SHUT_WR)
    assert seen(reader, 60)
    gathering.end()


async def test_a_connection_that_was_closed_is_left_alone(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    reader, _ = connection
    gathering = Gathering(reader)
    gathering.begin(0)
    reader.close()
    gathering.end()
    gathering.begin(0)
    Gathering(None).begin(0)
