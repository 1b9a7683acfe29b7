"""However many connections there are: scrapes and the API server have room, and the log stays short."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from astrolabe import parts
from astrolabe.api import limits
from astrolabe.api.connections import Connections, most
from astrolabe.api.protection import Protection
from astrolabe.testing.apiserver import ApiServer
from tests.api.certificates import Shop
from tests.api.crowd import asks, crowd
from tests.api.exporter import cluster, serving, until
from tests.api.shop import make
from tests.api.test_metrics import fill
from tests.test_cli import Ended, ready

CROWD = 1000


def files_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@asynccontextmanager
async def with_files(
    home: Path, server: ApiServer, most: int, *words: str, trust: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[tuple[aiohttp.ClientSession, str, int, list[Ended]]]:
    """An exporter that may open so many files; what it said is in the list once the block is left."""
    ended: list[Ended] = []
    limited = ("sh", "-c", f'ulimit -n {most}; exec "$@"', "sh")
    async with (
        ready(home, server, *words, wrapped=limited, ssl=trust, **options) as (process, url),
        aiohttp.ClientSession() as session,
    ):
        yield session, url, process.process.pid, ended
        ended.append(await process.stopped(15))
    assert ended[0].code == 0


async def scraped(session: aiohttp.ClientSession, url: str, trust: ssl.SSLContext | None = None) -> str:
    async with asyncio.timeout(5), session.get(f"{url}/metrics", ssl=trust or True) as answer:
        assert answer.status == 200
        return await answer.text()


@pytest.mark.parametrize("encrypted", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("says", [b"", b"GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: ", b"\x16\x03\x01"])
async def test_a_thousand_that_say_nothing_whole(tmp_path: Path, encrypted: bool, says: bytes) -> None:
    server = cluster()
    shop = Shop(tmp_path)
    trust = shop.trust() if encrypted else None
    words = [f"--{name.replace('_', '-')}={path}" for name, path in shop.settings.items()]
    async with with_files(tmp_path, server, 1024, *(words if encrypted else ()), trust=trust) as (
        session,
        url,
        pid,
        ended,
    ):
        with crowd(int(url.rpartition(":")[2])) as many:
            await many.come(CROWD, says)
            for _ in range(3):
                assert "web-abc-1" in await scraped(session, url, trust)
            assert files_of(pid) < 512 + 100
            assert many.left() <= 512
            # The API server is followed: its connections have room as well, also after it was away.
            server.go_away()
            server.come_back()
            server.put(make("ConfigMap", "late", "shop"))
            async with asyncio.timeout(20):
                while "ConfigMap/shop/late" not in await scraped(session, url, trust):
                    pass
    assert len(ended[0].err) < 20_000, ended[0].err[:2000]
    assert "Traceback" not in ended[0].err


async def test_where_the_system_gives_no_more_it_is_said_once(tmp_path: Path) -> None:
    """Others in the process have taken the files: 450 of 600 are gone before the first connection."""
    with contextlib.ExitStack() as stack:
        for _ in range(450):
            descriptor = os.open(os.devnull, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            os.set_inheritable(descriptor, True)
        async with with_files(tmp_path, cluster(), 600, close_fds=False) as (session, url, _, ended):
            with crowd(int(url.rpartition(":")[2])) as many:
                await many.come(400)
                for _ in range(3):
                    assert "web-abc-1" in await scraped(session, url)
    said = [line for line in ended[0].err.splitlines() if "connections cannot be accepted" in line]
    assert 1 <= len(said) <= 3, ended[0].err
    assert "Too many open files" in said[0]
    assert "Traceback" not in ended[0].err


# Which one goes


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Connections]:
    """Those of the exporters that the test starts."""
    found: list[Connections] = []

    class Seen(Protection):
        def __init__(self, **values: Any) -> None:
            super().__init__(**values)
            found.append(self.connections)

    monkeypatch.setattr(parts, "Protection", Seen)
    return found


def blocked(connections: list[Connections]) -> int:
    return sum(each.blocked is not None for each in connections[0])


async def test_who_has_been_idle_for_the_longest_time_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 3)
    async with serving() as client:
        with crowd(client.port) as first, crowd(client.port) as second, crowd(client.port) as third:
            await first.come(1)
            await second.come(2)
            assert (first.left(), second.left()) == (1, 2)
            await third.come(1)
            await until(lambda: not first.left())
            assert (second.left(), third.left()) == (2, 1)
            # Who asks now is younger than all who came before.
            assert await client.text("/livez") == "ok\n"
            assert (second.left(), third.left()) == (1, 1)


async def test_a_scrape_takes_the_place_of_one_that_does_not_read(
    monkeypatch: pytest.MonkeyPatch, connections: list[Connections]
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 3)
    async with serving() as client:
        fill(client, 25_000)
        with crowd(client.port) as many:
            for held in (1, 2, 3, 3, 3, 3):
                await many.come(1, asks("/metrics"))
                await until(lambda held=held: blocked(connections) == held)
            assert many.cut() == 3
            assert "web-abc-1" in await client.text("/metrics?name[]=astrolabe_pod_workload_info")
            assert many.cut() == 4


async def test_an_idle_one_goes_before_one_that_does_not_read(
    monkeypatch: pytest.MonkeyPatch, connections: list[Connections]
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 3)
    async with serving() as client:
        fill(client, 25_000)
        with crowd(client.port) as reading, crowd(client.port) as idle:
            await reading.come(2, asks("/metrics"))
            await until(lambda: blocked(connections) == 2)
            await idle.come(5)
            await until(lambda: idle.left() == 1)
            assert reading.cut() == 0


async def test_a_stream_goes_last_and_can_be_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 2)
    async with serving() as client, aiohttp.ClientSession() as session:
        streams = []
        for _ in range(4):
            streams.append(await session.get(f"{client.urls[0]}/api/v1/changes"))
            assert await streams[-1].content.readline() == b"retry: 2000\n"
            with crowd(client.port) as many:
                # These take the place of one another, or of the oldest stream; never of the last one.
                await many.come(5)
                await until(lambda: many.left() == 1)
            assert not streams[-1].content.at_eof()
        for stream in streams:
            stream.close()


async def test_who_is_at_work_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 1)
    async with serving() as client:
        snapshot = client.application.exposition.snapshot
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> Any:
            asked.set()
            await go_on.wait()
            return await snapshot()

        monkeypatch.setattr(client.application.exposition, "snapshot", slow)
        asking = asyncio.create_task(client.text())
        await asked.wait()
        with crowd(client.port) as many:
            await many.come(3)
            await until(lambda: many.left() == 0)
        go_on.set()
        assert "web-abc-1" in await asking


async def test_those_that_are_closed_are_forgotten(connections: list[Connections], tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    async with serving(**shop.settings) as client:
        for says in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"):
            with crowd(client.port) as many:
                await many.come(20, says)
            await until(lambda: not connections[0])
        assert (await client.get("/livez", ssl=shop.trust()))[0] == 200
        assert len(connections[0]) == 1
    assert len(connections[0]) == 0


async def test_who_says_no_hello_is_let_go(
    connections: list[Connections], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "HANDSHAKE", 0.2)
    async with serving(**Shop(tmp_path).settings) as client:
        with crowd(client.port) as many:
            await many.come(3)
            await until(lambda: len(connections[0]) == 3)
            await until(lambda: not connections[0])
            assert many.left() == 0


def test_the_fewer_files_the_fewer_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Any] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    for soft, hard, expected in ((1024, 1024, 512), (256, 1024, 512), (256, 300, 150), (1024, 1 << 20, 512)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, found=(soft, hard): found)
        assert most() == expected
    assert raised == [(1024, 1024), (300, 300), (1 << 20, 1 << 20)]

    def refuse(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(resource, "setrlimit", refuse)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1024))
    assert most() == 128
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert most() == 512
