"""Prometheus always has a place, and whoever stalls has none once somebody waits."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from astrolabe.api import limits
from astrolabe.api.connection import Connection
from astrolabe.api.places import Places, Scrapes
from tests.api.certificates import Shop
from tests.api.crowd import asks, crowd
from tests.api.exporter import serving, until
from tests.api.test_metrics import fill

ROWS = 25_000
"""Enough for an answer that fits into nobody's buffers."""
SMALL = "/metrics?name[]=astrolabe_pod_workload_info"


async def test_neither_stalled_nor_busy_readers_turn_a_scrape_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 that take nothing, of both, and 100 that read the graph at once."""
    monkeypatch.setattr(limits, "STALL", 1.0)
    async with serving(patience=60) as client:
        fill(client, ROWS)
        with crowd(client.port) as many:
            await many.come(100, asks("/metrics"))
            await many.come(100, asks("/api/v1/graph"))
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector) as session:

                async def read() -> int:
                    async with session.get(f"{client.urls[0]}/api/v1/graph?limit=100") as answer:
                        await answer.read()
                        return answer.status

                reading = [asyncio.create_task(read()) for _ in range(100)]
                for _ in range(20):
                    async with asyncio.timeout(5):
                        assert "web-abc-1" in await client.text(SMALL)
                async with asyncio.timeout(5):
                    assert len(await client.text()) > 1 << 20
                # Those that read wait for those that stall no longer than these may.
                assert set(await asyncio.gather(*reading)) == {200}


async def test_forty_stalled_readers_of_metrics_are_nobodys_affair() -> None:
    async with serving() as client:
        fill(client, ROWS)
        with crowd(client.port) as many:
            await many.come(60, asks("/metrics"))
            assert "web-abc-1" in await client.text(SMALL)
            assert (await client.get("/"))[0] == 200
            assert (await client.get("/api/v1/graph?limit=10"))[0] == 200


async def test_who_stalls_loses_its_place_to_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUESTS_AT_ONCE", 2)
    monkeypatch.setattr(limits, "STALL", 0.3)
    async with serving() as client:
        fill(client, ROWS)
        with crowd(client.port) as many:
            await many.come(2, asks("/api/v1/graph"))
            await many.hear()
            assert (await client.get("/"))[0] == 200
            assert many.cut() == 1
            assert (await client.get("/"))[0] == 200
            assert many.cut() == 1


async def test_who_takes_a_byte_now_and_then_stalls_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUESTS_AT_ONCE", 1)
    monkeypatch.setattr(limits, "STALL", 0.5)
    async with serving() as client:
        fill(client, ROWS)
        with crowd(client.port) as many:
            await many.come(1, asks("/api/v1/graph"))
            waiting = asyncio.create_task(client.get("/"))
            while not waiting.done():
                await many.hear()
                await asyncio.wait([waiting], timeout=0.02)
            assert (await waiting)[0] == 200
            assert many.cut() == 1


async def test_the_same_over_https(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(limits, "REQUESTS_AT_ONCE", 1)
    monkeypatch.setattr(limits, "STALL", 0.3)
    shop = Shop(tmp_path)
    async with serving(**shop.settings) as client:
        fill(client, ROWS)
        with await asyncio.to_thread(stalled_over_https, client.port, shop.trust()) as sock:
            assert (await client.get("/", ssl=shop.trust()))[0] == 200
            await until(lambda: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def stalled_over_https(port: int, trust: ssl.SSLContext) -> ssl.SSLSocket:
    """Ask, see that an answer comes, and read no more."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(10)
    sock.connect(("127.0.0.1", port))
    wrapped = trust.wrap_socket(sock, server_hostname="localhost")
    wrapped.sendall(asks("/api/v1/graph"))
    assert wrapped.recv(15) == b"HTTP/1.1 200 OK"
    return wrapped


async def test_who_waits_too_long_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUESTS_AT_ONCE", 2)
    monkeypatch.setattr(limits, "WAIT", 0.2)
    async with serving() as client:
        fill(client, ROWS)
        with crowd(client.port) as many:
            await many.come(2, asks("/api/v1/graph"))
            await many.hear()
            status, response, body = await client.get("/")
            assert (status, response.headers["Retry-After"]) == (503, "5")
            assert body == b"2 requests are being answered already\n"
            for path in ("/livez", "/readyz", "/health", SMALL):
                assert (await client.get(path))[0] == 200
            assert many.cut() == 0


async def test_who_stalls_and_is_in_nobodys_way_may_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STALL", 0.0)
    async with serving() as client:
        fill(client, ROWS)
        with crowd(client.port) as many:
            await many.come(3, asks("/metrics"))
            await many.come(3, asks("/api/v1/graph"))
            await many.hear()
            for path in (SMALL, "/api/v1/graph", "/"):
                assert (await client.get(path))[0] == 200
            assert many.cut() == 0


async def test_nobody_stalls_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENCE", 0.3)
    async with serving() as client:
        fill(client, ROWS)
        with crowd(client.port) as many:
            await many.come(1, asks("/metrics"))
            await many.come(1, asks("/api/v1/graph"))
            await until(lambda: many.cut() == 2)


# Without a network


class Reader:
    """A connection as places see it."""

    def __init__(self, blocked: float | None = None) -> None:
        self.blocked = blocked
        self.was_cut = False

    def stalled(self, now: float) -> bool:
        return Connection.stalled(self, now)  # type: ignore[arg-type]

    def cut(self) -> None:
        self.was_cut = True


def clock() -> float:
    return asyncio.get_running_loop().time()


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr(limits, "REQUESTS_AT_ONCE", 2)
    return Places()


async def hold(
    places: Places, reader: Any, seconds: float, log: list[Any] | None = None, name: str = ""
) -> None:
    async with places.place(reader):
        if log is not None:
            log.append((name, clock()))
        await asyncio.sleep(seconds)


@pytest.mark.looptime
class TestPlaces:
    async def test_first_come_first_served(self, two: Places) -> None:
        log: list[Any] = []
        start = clock()
        await asyncio.gather(*(hold(two, Reader(), 1, log, name) for name in "abcdef"))
        assert [(name, round(time - start, 3)) for name, time in log] == [
            ("a", 0), ("b", 0), ("c", 1), ("d", 1), ("e", 2), ("f", 2),
        ]  # fmt: skip

    async def test_who_begins_to_stall_while_another_waits(self, two: Places) -> None:
        first, second = Reader(), Reader()
        holding = [asyncio.create_task(hold(two, each, 100)) for each in (first, second)]
        await asyncio.sleep(0)
        log: list[Any] = []
        start = clock()
        waiting = asyncio.create_task(hold(two, Reader(), 0, log))
        await asyncio.sleep(2)
        second.blocked = clock()
        await waiting
        assert log[0][1] - start == pytest.approx(2 + limits.STALL)
        assert (first.was_cut, second.was_cut) == (False, True)
        for each in holding:
            each.cancel()
        await asyncio.wait(holding)
        await hold(two, Reader(), 0)

    async def test_who_reads_on_in_time_keeps_its_place(self, two: Places) -> None:
        slow = [Reader(), Reader()]
        holding = [asyncio.create_task(hold(two, each, 100)) for each in slow]
        await asyncio.sleep(0)
        slow[0].blocked = slow[1].blocked = clock()
        waiting = asyncio.create_task(hold(two, Reader(), 0))
        await asyncio.sleep(limits.STALL - 0.1)
        slow[0].blocked = slow[1].blocked = None
        with pytest.raises(web.HTTPServiceUnavailable):
            await waiting
        assert clock() == pytest.approx(limits.WAIT, abs=0.01)
        assert not any(each.was_cut for each in slow)
        for each in holding:
            each.cancel()
        await asyncio.wait(holding)

    async def test_who_waits_and_leaves_takes_no_place(self, two: Places) -> None:
        holding = [asyncio.create_task(hold(two, Reader(), 1)) for _ in range(2)]
        await asyncio.sleep(0)
        leaving = [asyncio.create_task(hold(two, Reader(), 1)) for _ in range(3)]
        await asyncio.sleep(0)
        for each in leaving[:2]:
            each.cancel()
        await asyncio.gather(*holding)
        # One more leaves in the moment in which it has got its place.
        leaving[2].cancel()
        await asyncio.wait(leaving)
        start = clock()
        await asyncio.gather(*(hold(two, Reader(), 1) for _ in range(4)))
        assert clock() - start == pytest.approx(2)
        assert (two._taken, two._inside, list(two._waiting)) == (0, [], [])

    async def test_only_so_many_wait(self, two: Places, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "REQUESTS_WAITING", 3)
        found = await asyncio.gather(*(hold(two, Reader(), 1) for _ in range(6)), return_exceptions=True)
        assert [type(each) for each in found] == [type(None)] * 5 + [web.HTTPServiceUnavailable]


@pytest.mark.looptime
class TestScrapes:
    async def test_everybody_gets_in_and_who_stalls_longest_goes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "SCRAPES", 2)
        await asyncio.sleep(100)
        scrapes = Scrapes()
        now = clock()
        readers: list[Any] = [Reader(now - 6), Reader(now - 60), Reader(), Reader(now - 4)]
        found = []
        with contextlib.ExitStack() as stack:
            for each in readers:
                stack.enter_context(scrapes.place(each))
                found.append([reader.was_cut for reader in readers])
            assert found == [
                [False, False, False, False],
                [False, False, False, False],
                [False, True, False, False],
                [True, True, False, False],
            ]
            more: list[Any] = [Reader() for _ in range(300)]
            for each in more:
                stack.enter_context(scrapes.place(each))
            assert [each.was_cut for each in readers] == found[-1]
            assert len(scrapes._inside) == 302
        assert scrapes._inside == []
