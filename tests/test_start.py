"""The start of `serve` while the API server is away, or says nothing: a process, its port and its log."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import pytest

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import cluster, kubeconfig
from tests.api.shop import make
from tests.changes import DEFINITIONS
from tests.persistence.servers import redis
from tests.ports import free_port
from tests.test_cli import Running, started

SOON = 50
"""Seconds that a busy machine may take."""


class Exporter:
    """A process that serves, asked over HTTP."""

    def __init__(self, running: Running, url: str, session: aiohttp.ClientSession) -> None:
        self.running = running
        self._url = url
        self._session = session

    async def get(self, path: str) -> tuple[int, str]:
        async with self._session.get(self._url + path) as answer:
            return answer.status, await answer.text()

    async def until(self, path: str, status: int, *parts: str) -> str:
        """Ask until an answer has this status and these parts."""
        said: Any = None
        try:
            async with asyncio.timeout(SOON):
                while True:
                    assert self.running.process.returncode is None, (await self.running.ended()).err
                    try:
                        said = await self.get(path)
                    except aiohttp.ClientError as error:
                        said = error
                    else:
                        if said[0] == status and all(part in said[1] for part in parts):
                            return str(said[1])
                    await asyncio.sleep(0.02)  # real processes share no clock with the test
        except TimeoutError:
            raise AssertionError(said) from None

    async def stop(self) -> list[dict[str, Any]]:
        """End it; return what it logged."""
        ended = await self.running.stopped(signal.SIGTERM)
        assert ended.code == 0, ended.err
        assert "Traceback" not in ended.err
        return [json.loads(line) for line in ended.err.splitlines()]


@asynccontextmanager
async def exporter(home: Path, url: str, *flags: str, **options: Any) -> AsyncIterator[Exporter]:
    config, port = kubeconfig(home, url, **options), free_port()
    words = (f"--kubeconfig={config}", f"--port={port}", "--log-format=json", *flags)
    async with started(home, "serve", *words) as running, aiohttp.ClientSession() as session:
        yield Exporter(running, f"http://127.0.0.1:{port}", session)


class Mute:
    """An API server that is half open: it accepts, and says nothing."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.set()
        await reader.read(-1)
        writer.close()

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()


async def test_without_a_state_it_waits_and_connects_when_it_can(tmp_path: Path) -> None:
    port = free_port()
    async with exporter(tmp_path, f"http://127.0.0.1:{port}") as served:
        await served.until("/livez", 200)
        text = await served.until("/readyz", 503, "Connection refused")
        assert re.match(r"not ready\ndiscovery: http://127\.0\.0\.1:\d+: cannot connect \(", text)
        assert json.loads((await served.get("/health"))[1]) == {"status": "syncing", "nodes": 0}
        async with serving(cluster(), port):
            await served.until("/readyz", 200)
            _, text = await served.get("/metrics")
            assert 'astrolabe_resource_info{id="Pod/shop/web-abc-1"' in text
            log = await served.stop()
    said = [line["event"] for line in log if line["level"] in ("warning", "error")]
    # Once, and then once a minute.
    assert said == ["no answer from the API server yet"]
    assert [line["event"] for line in log].count("connected") == 1


async def test_an_api_server_that_says_nothing_holds_up_nothing(tmp_path: Path) -> None:
    async with Mute().running() as url, exporter(tmp_path, url) as served:
        before = perf_counter()
        await served.until("/livez", 200)
        await served.until("/readyz", 503, "not ready\ndiscovery: the API server has not answered yet\n")
        assert perf_counter() - before < SOON
        await served.stop()


async def test_told_to_fail_fast_it_ends_where_nobody_is_there(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    async with exporter(tmp_path, url, "--fail-fast") as served:
        ended = await served.running.ended()
    assert (ended.code, ended.out) == (1, "")
    assert ended.complaint == (
        f"{url}: cannot connect (Connection refused): is it up, and is the address right?"
    )


async def test_told_to_fail_fast_it_serves_nothing_before_there_is_an_answer(tmp_path: Path) -> None:
    silent = Mute()
    async with silent.running() as url, exporter(tmp_path, url, "--fail-fast") as served:
        async with asyncio.timeout(SOON):
            await silent.asked.wait()
        with pytest.raises(aiohttp.ClientConnectionError):
            await served.get("/livez")
        assert await served.stop() == []


@pytest.mark.real
class TestWithAState:
    @asynccontextmanager
    async def kept(self, home: Path, server: ApiServer) -> AsyncIterator[tuple[int, tuple[str, ...]]]:
        """A Redis with the state of an exporter that followed a server on a port."""
        with redis(home) as store:
            flags = ("--enable-persistence", f"--redis-addr={store.address}")
            port = free_port()
            async with serving(server, port) as url, exporter(home, url, *flags) as first:
                await first.until("/readyz", 200)
                await first.until("/metrics", 200, "astrolabe_persistence_up 1.0")
                await first.stop()
            yield port, flags

    @pytest.mark.parametrize("away", ["refused", "mute"])
    async def test_what_was_kept_is_served_within_a_second(self, tmp_path: Path, away: str) -> None:
        server = cluster(make("Secret", "db"), make("Namespace", "kube-system", ""))
        async with self.kept(tmp_path, server) as (port, flags):
            async with (
                Mute().running(port if away == "mute" else 0),
                exporter(tmp_path, f"http://127.0.0.1:{port}", *flags) as second,
            ):
                text = await second.until("/readyz", 200, "restored")
                assert text.startswith("ready\nrestored, not compared with the API server yet: ")
                assert json.loads((await second.get("/health"))[1])["status"] == "degraded"
                _, text = await second.get("/metrics")
                assert 'astrolabe_resource_info{id="Pod/shop/web-abc-1"' in text
                assert 'astrolabe_restored{resource="pods"} 1.0' in text
                # What is not known to be missing is not called so.
                assert "astrolabe_reference_missing_info{" not in text
                if away == "mute":
                    await second.stop()
                    return
                server.delete("pods", "shop", "web-abc-2")
                async with serving(server, port):
                    await second.until("/health", 200, '"healthy"')
                    assert (await second.get("/readyz")) == (200, "ready\n")
                    _, text = await second.get("/metrics")
                    assert "web-abc-2" not in text
                    assert 'astrolabe_restored{resource="pods"} 0.0' in text
                    log = await second.stop()
            assert "starting over" not in [line["event"] for line in log]
            # Only the first process listed anything, and both the definitions.
            listed = [each.resource for each in server.requests if each.query.get("sendInitialEvents")]
            assert {name for name in listed if listed.count(name) > 1} == {DEFINITIONS}

    async def test_another_cluster_at_the_same_address_is_not_taken_for_the_one_that_was(
        self, tmp_path: Path
    ) -> None:
        old = cluster(make("Namespace", "kube-system", ""))
        async with self.kept(tmp_path, old) as (port, flags):
            fresh = ApiServer(seed=7)
            fresh.put(make("Namespace", "kube-system", ""))
            fresh.put(make("ConfigMap", "only", "default"))
            async with exporter(tmp_path, f"http://127.0.0.1:{port}", *flags) as second:
                await second.until("/readyz", 200, "restored")
                async with serving(fresh, port):
                    await second.until("/health", 200, '"healthy"')
                    _, text = await second.get("/metrics")
                    assert 'id="ConfigMap/default/only"' in text
                    assert "web-abc-1" not in text
                    log = await second.stop()
            over = [line["reason"] for line in log if line["event"] == "starting over"]
            assert over == ["the restored state is of another cluster than the one that answers"]
            # What was kept of the other one is there still.
            async with exporter(tmp_path, f"http://127.0.0.1:{port}", *flags) as third, serving(old, port):
                await third.until("/metrics", 200, "web-abc-1")

    async def test_a_state_that_nobody_left_word_of_is_found_once_the_server_answers(
        self, tmp_path: Path
    ) -> None:
        server = cluster(make("Namespace", "kube-system", ""))
        async with self.kept(tmp_path, server) as (_, flags):
            other = free_port()
            async with exporter(tmp_path, f"http://127.0.0.1:{other}", *flags) as second:
                await second.until("/readyz", 503, "Connection refused")
                async with serving(server, other):
                    await second.until("/health", 200, '"healthy"')
                    log = await second.stop()
            over = [line["reason"] for line in log if line["event"] == "starting over"]
            assert over == ["the API server answers: the state can be looked for"]
            assert [line for line in log if line["event"] == "state restored"]
