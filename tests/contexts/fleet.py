"""Simulated clusters over real HTTP, a kubeconfig with a context for each, and who follows them all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from structlog.testing import capture_logs

from astrolabe.commands.several import follow_several
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import listening, until

PATIENCE = 60
"""Seconds that a busy machine may take."""


def kubeconfig(folder: Path, urls: Mapping[str, str]) -> Path:
    """Write a kubeconfig with a context for each URL; returns its path."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url}} for name, url in urls.items()],
        "users": [{"name": "reader", "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "reader"}} for name in urls],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(document), "utf-8")
    return path


class Fleet:
    """A process that follows several clusters, asked over HTTP."""

    def __init__(self, url: str, session: aiohttp.ClientSession, logs: list[Any]) -> None:
        self.url = url
        self.session = session
        self.logs = logs

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        async with self.session.get(self.url + path, **options) as answer:
            return answer.status, await answer.text()

    async def text(self, path: str = "/metrics", **options: Any) -> str:
        status, text = await self.get(path, **options)
        assert status == 200, text
        return text

    async def samples(self, path: str = "/metrics") -> set[str]:
        lines = [line for line in (await self.text(path)).split("\n") if line and not line.startswith("#")]
        assert len(lines) == len(set(lines))
        return set(lines)

    async def gone(self, path: str, *parts: str) -> None:
        """Ask until an answer has none of these parts."""
        async with asyncio.timeout(PATIENCE):
            while True:
                said = await self.text(path)
                if not any(part in said for part in parts):
                    return
                await asyncio.sleep(0.02)  # real sockets share no clock with the test

    async def until(self, path: str, status: int, *parts: str) -> str:
        """Ask until an answer has this status and these parts."""
        said: Any = None
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    said = await self.get(path)
                    if said[0] == status and all(part in said[1] for part in parts):
                        return str(said[1])
                    await asyncio.sleep(0.02)  # real sockets share no clock with the test
        except TimeoutError:
            raise AssertionError(said) from None


@asynccontextmanager
async def fleet(
    folder: Path, clusters: Mapping[str, ApiServer | str], **settings: Any
) -> AsyncIterator[Fleet]:
    """Follow clusters, by context: simulated servers, or URLs where something else is, or nothing."""
    async with AsyncExitStack() as stack:
        urls = {
            name: each if isinstance(each, str) else await stack.enter_async_context(serving(each))
            for name, each in clusters.items()
        }
        path = kubeconfig(folder, urls) if urls else ""
        chosen = Settings(
            **{
                "port": 0,
                "address": "127.0.0.1",
                "kubeconfig": str(path),
                "contexts": tuple(urls),
                **settings,
            }
        )
        stopping = asyncio.Event()
        logs = stack.enter_context(capture_logs())
        running = asyncio.create_task(follow_several(chosen, stopping))
        try:
            await until(lambda: running.done() or listening(logs))
            if running.done():
                await running
            session = await stack.enter_async_context(aiohttp.ClientSession())
            yield Fleet(listening(logs)[0], session, logs)
        finally:
            stopping.set()
            async with asyncio.timeout(10):
                await running
