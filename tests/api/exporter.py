"""The whole exporter in this process, following a simulated API server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from structlog.testing import capture_logs

from astrolabe.application import Application
from astrolabe.kube.transport import Transport
from astrolabe.metrics.snapshot import plain
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from tests.api.shop import Object, shop

SEEN = "astrolabe_last_change_timestamp_seconds"
"""What changed when is what a process saw: another one may not say the same."""


def cluster(*objects: Object) -> ApiServer:
    """A simulated API server with the shop, and more."""
    server = ApiServer()
    for obj in (*shop(), *objects):
        server.put(obj)
    return server


def kubeconfig(folder: Path, url: str, *, user: Object | None = None, **cluster: str) -> Path:
    """Write a kubeconfig with the one context `shop`; returns its path."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "shop",
        "clusters": [{"name": "shop", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "reader", "user": user or {}}],
        "contexts": [{"name": "shop", "context": {"cluster": "shop", "user": "reader"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(document), "utf-8")
    return path


class Exporter:
    """An application that follows, and what it exposes."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def text(self) -> str:
        """The graph's part of /metrics."""
        snapshot = await self.application.exposition.snapshot()
        return b"".join(plain(snapshot.pieces())).decode()

    async def lines(self, *parts: str) -> list[str]:
        """The samples that contain all of these parts."""
        samples = [line for line in (await self.text()).splitlines() if not line.startswith("#")]
        return [line for line in samples if all(part in line for part in parts)]

    async def missing(self) -> list[str]:
        """What is missing, as `source → target`."""
        missing = (await self.application.exposition.snapshot()) and self.application.graph.missing()
        return sorted(f"{each.source} → {each.target}" for each in missing)

    def telemetry(self, name: str, **labels: str) -> float | None:
        """One sample of the program's own."""
        return self.application.telemetry.registry.get_sample_value(name, labels)

    def phases(self) -> dict[str, str]:
        return {state.resource: state.phase for state in self.application.supervisor.states}


@asynccontextmanager
async def following(server: ApiServer, *, settle: float = 5.0, **settings: Any) -> AsyncIterator[Exporter]:
    """Run the whole exporter on a virtual clock and ask it nothing; afterwards no answer may be open."""
    transport = InProcess(server)
    chosen = Settings(**{"port": 0, "address": "127.0.0.1", "metrics_denied": (SEEN,), **settings})
    application = Application(chosen, transport, random=Random(1))
    stopping = asyncio.Event()
    running = asyncio.create_task(application.run(stopping))
    try:
        await asyncio.sleep(settle)
        yield Exporter(application)
    finally:
        stopping.set()
        await running
    assert transport.open == 0


class Client:
    """Asks the exporter over HTTP, one URL for each port."""

    def __init__(self, application: Application, session: aiohttp.ClientSession, urls: list[str]) -> None:
        self.application = application
        self.session = session
        self.urls = urls

    @property
    def port(self) -> int:
        return int(self.urls[0].rpartition(":")[2])

    async def get(
        self, path: str, *, port: int = 0, method: str = "GET", **options: Any
    ) -> tuple[int, aiohttp.ClientResponse, bytes]:
        """Return status, response and body as it came, not decompressed."""
        async with self.session.request(method, self.urls[port] + path, **options) as response:
            return response.status, response, await response.read()

    async def text(self, path: str = "/metrics", **options: Any) -> str:
        status, _, body = await self.get(path, **options)
        assert status == 200, body
        return body.decode()


async def until(condition: Callable[[], object]) -> None:
    """Let others go on until the condition holds; real sockets know no virtual clock."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


def listening(logs: list[Any]) -> list[str]:
    return [log["url"] for log in logs if log["event"] == "listening"]


@asynccontextmanager
async def serving(
    server: ApiServer | None = None,
    *,
    transport: Transport | None = None,
    ready: bool = True,
    patience: float = 20,
    **settings: Any,
) -> AsyncIterator[Client]:
    """Run the whole exporter on loopback, on free ports, until the block is left, for `patience` seconds."""
    chosen = Settings(**{"port": 0, "address": "127.0.0.1", **settings})
    application = Application(chosen, transport or InProcess(server or cluster()))
    stopping = asyncio.Event()
    with capture_logs() as logs:
        running = asyncio.create_task(application.run(stopping))
        try:
            async with (
                asyncio.timeout(patience),
                aiohttp.ClientSession(
                    auto_decompress=False, skip_auto_headers={"Accept-Encoding"}
                ) as session,
            ):
                await until(
                    lambda: running.done() or (application.supervisor.ready if ready else listening(logs))
                )
                if running.done():
                    await running
                yield Client(application, session, listening(logs))
        finally:
            stopping.set()
            async with asyncio.timeout(5):
                await running


def phases(client: Client) -> list[str]:
    """The phase of each watch."""
    return [state.phase for state in client.application.supervisor.states]
