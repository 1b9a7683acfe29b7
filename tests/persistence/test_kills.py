"""An exporter that is killed over and over, beside one that is not, over the recorded run of kube-green."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import aiohttp
import msgspec
import pytest

from astrolabe.demo.shop.cluster import definitions
from astrolabe.testing import watching
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import SEEN, kubeconfig
from tests.api.shop import Object, make, pod, workload
from tests.persistence.process import Clock
from tests.persistence.servers import redis
from tests.ports import free_port
from tests.sleep.stage import unix
from tests.sleep.test_trace import EXPECTED, trace

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
SPEED = 6.0
OUTAGE = 30.0
"""Seconds of the recording's time of which nothing is kept: then the next process is left alive until it is.

Kills upon kills that let none begin would be one long outage. In 80 s of the recording a workload falls
asleep and is woken by hand: who sees neither cannot tell that there was anything.
"""
KILLS = 20
LIFE = (0.1, 2.0)
"""Seconds from listening to being killed."""
AFTER = 150.0
"""Seconds of the recording's time in which the last operations are judged."""
WRITES = 40
"""Objects that come, change and go each second beside the recording."""
COUNTED = (
    "kube_green_sleep",
    "kube_green_resources",
    "astrolabe_workload_asleep",
    "astrolabe_workload_scale",
)
SAVED = re.compile(r"kube_green_(?:cost|co2)_savings")


class Process:
    """An exporter that runs."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def until(self, path: str, *statuses: int) -> None:
        """Wait until a path is answered so."""
        async with asyncio.timeout(60):
            while True:
                assert self.process.returncode is None, "the exporter ended by itself"
                try:
                    if (await self.get(path))[0] in statuses:
                        return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)

    async def samples(self) -> dict[str, str]:
        """The series of the graph, of sleep and of cost, with their values."""
        _, text = await self.get("/metrics")
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return dict(line.rsplit(" ", 1) for line in lines)


@asynccontextmanager
async def exporter(clock: Clock, config: Path, log: Path, *flags: str) -> AsyncIterator[Process]:
    port = free_port()
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.persistence.process", msgspec.json.encode(clock).decode()),
            *(f"--kubeconfig={config}", "--address=127.0.0.1", *flags),
            *(f"--port={port}", f"--telemetry-port={free_port()}"),
            cwd=ROOT, stdout=output, stderr=output, env={**os.environ, "KUBECONFIG": ""},
        )  # fmt: skip
    try:
        running = Process(process, port)
        await running.until("/livez", 200)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def feed(server: ApiServer, clock: Clock, over: asyncio.Event) -> None:
    """Play the recording at the clock's pace, and let other things happen all the while."""
    group = asyncio.create_task(churn(server, over))
    for line in trace():
        await asyncio.sleep(clock.wait(unix(line["time"])))
        play(server, line)
    await over.wait()
    await group


def play(server: ApiServer, line: dict[str, Any]) -> None:
    kind, obj = line["event"]["type"], line["event"]["object"]
    if kind == "BOOKMARK":
        return
    if line["resource"] == "secrets":
        obj = {**obj, "apiVersion": "v1", "kind": "Secret"}  # recorded as metadata alone
    meta = obj["metadata"]
    resource = server.resource_of(obj).name
    if kind == "DELETED":
        server.delete(resource, line["namespace"], meta["name"])
    else:
        server.put(obj)


async def churn(server: ApiServer, over: asyncio.Event) -> None:
    """Let Pods and what they need come, change and go."""
    dice = random.Random(4)
    while not over.is_set():
        await asyncio.sleep(1 / WRITES)
        name = f"n{dice.randrange(60)}"
        match dice.randrange(6):
            case 0 if server.has("pods", "shop", name):
                server.delete("pods", "shop", name)
            case 1 if server.has("secrets", "shop", name):
                server.delete("secrets", "shop", name)
            case 2:
                server.put(make("Secret", name))
            case 3:
                server.put(other(workload("Deployment", name), dice))
            case _:
                server.put(other(pod(name, secret=f"n{dice.randrange(60)}"), dice))


def other(obj: Object, dice: random.Random) -> Object:
    """An object with other labels than it had."""
    obj["metadata"]["labels"] = {"step": str(dice.randrange(1000))}
    return obj


async def test_killed_twenty_times_it_is_as_if_it_had_never_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A resource is synced once something was heard of it: here that takes a second instead of a minute.
    monkeypatch.setattr(watching, "BOOKMARK_EVERY", 1.0)
    server = ApiServer(history=100_000)
    for obj in (*definitions(), make("Namespace", "kube-system", "")):
        server.put(obj)
    dice = random.Random(20)
    over = asyncio.Event()
    async with AsyncExitStack() as stack:
        config = kubeconfig(tmp_path, await stack.enter_async_context(serving(server)))
        store = stack.enter_context(redis(tmp_path))
        flags = ("--enable-persistence", f"--redis-addr={store.address}")
        clock = Clock(unix(trace()[0]["time"]) - 60, time(), SPEED)
        start = exporter(clock, config, tmp_path / "steady.log")
        steady = await stack.enter_async_context(start)
        async with exporter(clock, config, tmp_path / "killed.log", *flags) as first:
            await first.until("/readyz", 200)
            async with asyncio.timeout(30):
                while not store.keys():  # noqa: ASYNC110  (Redis tells nobody)
                    await asyncio.sleep(0.05)
        feeding = asyncio.create_task(feed(server, clock, over))
        for _ in range(KILLS - 1):
            async with exporter(clock, config, tmp_path / "killed.log", *flags):
                await asyncio.sleep(dice.uniform(*LIFE))
                async with asyncio.timeout(30):
                    while clock() - store.known() > OUTAGE:  # noqa: ASYNC110  (Redis tells nobody)
                        await asyncio.sleep(0.05)
        async with exporter(clock, config, tmp_path / "killed.log", *flags) as last:
            end = unix(trace()[-1]["time"]) + AFTER
            await asyncio.sleep(clock.wait(end))
            over.set()
            await feeding
            await last.until("/readyz", 200)
            wanted, found = await settled(steady, last)
    log = (tmp_path / "killed.log").read_text()
    assert log.count("state restored") >= KILLS - 1, log[-3000:]
    assert "state not restored" not in log
    assert "crashed" not in log, log
    saved = {series: value for series, value in wanted.items() if SAVED.match(series)}
    assert saved
    for series, value in saved.items():
        # The laws of savings are held elsewhere, exactly. Here two scrapes are of two moments, and news is as
        # late as a busy machine makes it at this pace; and somebody woke a workload in one place by hand, of
        # which managedFields do not tell when: it was when it was seen.
        tolerance = 0.3 if 'environment="manual"' in series else 0.15
        assert float(found.pop(series)) == pytest.approx(float(value), rel=tolerance, abs=1e-6), series
    both = {
        series: (found.get(series), wanted.get(series))
        for series in found.keys() | wanted.keys() - saved.keys()
        if not series.startswith(SEEN)
    }
    assert {series: values for series, values in both.items() if values[0] != values[1]} == {}
    counted = {series: float(value) for series, value in found.items() if series.startswith(COUNTED)}
    assert {series: value for series, value in counted.items() if value} == EXPECTED


async def settled(*processes: Process) -> list[dict[str, str]]:
    """Return what each says once all say the same of the graph, or after a while."""
    found: list[dict[str, str]] = []
    for _ in range(50):
        found = await asyncio.gather(*(process.samples() for process in processes))
        graphs = [{k: v for k, v in each.items() if not SAVED.match(k)} for each in found]
        if all(graph == graphs[0] for graph in graphs):
            break
        await asyncio.sleep(0.1)
    return found
