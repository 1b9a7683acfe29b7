"""Two real processes and a real Redis: whichever dies, stops or is cut off, the counters go on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time

import aiohttp
import pytest

from astrolabe.demo.shop.cluster import definitions
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import kubeconfig
from tests.api.shop import make, workload
from tests.persistence.process import Clock
from tests.persistence.servers import redis
from tests.persistence.test_kills import Process, exporter
from tests.real.proxy import Proxy, fault_proxy

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

TAKEOVER_SECONDS = 60
"""A busy machine adds to the 15 seconds that a simulated clock holds it to (`test_replicas.py`)."""
COUNTER = "astrolabe_workload_scale_total"
SERIES = f'{COUNTER}{{namespace="shop",actor="kube-green",direction="down"}}'


class Nights:
    """A Deployment that is put to sleep and woken all the time; it knows how often."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self.downs = 0
        self._put(2)

    def _put(self, replicas: int) -> None:
        obj = workload("Deployment", "web")
        obj["spec"]["replicas"] = replicas
        when = datetime.fromtimestamp(int(time()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = {"manager": "kube-green", "operation": "Update", "time": when}
        obj["metadata"]["managedFields"] = [{**entry, "fieldsV1": {"f:spec": {"f:replicas": {}}}}]
        self._server.put(obj)

    async def pass_by(self) -> None:
        while True:
            self.downs += 1
            self._put(0)
            await asyncio.sleep(0.2)
            self._put(2)
            await asyncio.sleep(0.2)


class Watch:
    """What both replicas expose, looked at all the time: the law is held at each look."""

    def __init__(self, nights: Nights) -> None:
        self._nights = nights
        self.replicas: dict[str, Process] = {}
        self.seen: list[tuple[str, float]] = []
        """Who exposed the counter, and how it stood."""

    async def look(self) -> None:
        for name, replica in list(self.replicas.items()):
            try:
                async with asyncio.timeout(1):
                    samples = dict(
                        line.rsplit(" ", 1)
                        for line in (await replica.get("/metrics"))[1].splitlines()
                        if line.startswith(COUNTER)
                    )
            except (aiohttp.ClientError, TimeoutError):
                continue
            if SERIES in samples:
                value = float(samples[SERIES])
                assert value <= self._nights.downs
                assert value >= max((value for _, value in self.seen), default=0), self.seen[-5:]
                self.seen.append((name, value))

    async def led_by(self, name: str) -> None:
        """Wait until a replica exposes the counters, up to everything that happened."""
        start = monotonic()
        while not self.seen or self.seen[-1][0] != name:
            await self.look()
            await asyncio.sleep(0.05)
            assert monotonic() - start < TAKEOVER_SECONDS, f"{name} does not take over: {self.seen[-5:]}"
        await self.stays(name)

    async def stays(self, name: str) -> None:
        """Look some times whether anybody else exposes the counters."""
        before = len(self.seen)
        for _ in range(10):
            await self.look()
        assert {who for who, _ in self.seen[before:]} == {name}


@pytest.fixture
def way() -> Iterator[Proxy]:
    """A way to Redis that can be closed."""
    with fault_proxy(0) as proxy:
        yield proxy


async def test_the_counters_go_on_in_the_other_replica(tmp_path: Path, way: Proxy) -> None:
    server = ApiServer(history=100_000)
    for obj in (*definitions(), make("Namespace", "kube-system", ""), make("Namespace", "shop", "")):
        server.put(obj)
    clock = Clock(time(), time(), 1.0)
    async with AsyncExitStack() as stack:
        config = kubeconfig(tmp_path, await stack.enter_async_context(serving(server)))
        store = stack.enter_context(redis(tmp_path))
        way.upstream = store.port
        nights = Nights(server)
        watch = Watch(nights)

        async def start(name: str, address: str = store.address) -> Process:
            flags = ("--enable-persistence", "--leader-elect", f"--redis-addr={address}")
            started = await stack.enter_async_context(
                exporter(clock, config, tmp_path / f"{name}.log", *flags)
            )
            await started.until("/readyz", 200)
            watch.replicas[name] = started
            return started

        first = await start("first")
        # Whoever starts without a state counts from there.
        passing = asyncio.create_task(nights.pass_by())
        await watch.led_by("first")
        second = await start("second")
        # Both answer; the counters come from one.
        assert (await second.get("/metrics"))[1].count("astrolabe_resource_info{") > 0
        await watch.stays("first")

        first.process.kill()
        await watch.led_by("second")
        watch.replicas.pop("first")

        await start("third", f"127.0.0.1:{way.port}")
        second.process.send_signal(signal.SIGSTOP)
        await watch.led_by("third")
        second.process.send_signal(signal.SIGCONT)
        await watch.stays("third")

        way.refuse()
        await watch.led_by("second")
        way.accept()

        second.process.terminate()
        await watch.led_by("third")
        passing.cancel()
        async with asyncio.timeout(TAKEOVER_SECONDS):
            while watch.seen[-1][1] != nights.downs:
                await watch.look()
                await asyncio.sleep(0.05)
    for name in ("first", "second", "third"):
        assert "crashed" not in (tmp_path / f"{name}.log").read_text()
