"""Astrolabe itself, as a process that follows the simulated shop over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import kubeconfig
from tests.ports import free_port

WITHIN = 60
"""Seconds until the process is ready, or has ended."""


class Process:
    """The process, and what it said when it has ended."""

    def __init__(self, url: str, process: asyncio.subprocess.Process, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session
        self._process = process
        self._said = b""

    async def get(self, path: str, **options: object) -> tuple[int, str]:
        async with self.session.get(self.url + path, **options) as response:  # type: ignore[arg-type]
            return response.status, await response.text()

    async def end(self) -> tuple[int, str]:
        """Tell it to end; return its exit code and all that it said."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WITHIN):
            assert self._process.stderr is not None
            self._said += await self._process.stderr.read()
            return await self._process.wait(), self._said.decode()

    async def ready(self) -> None:
        async with asyncio.timeout(WITHIN):
            while self._process.returncode is None:
                try:
                    if (await self.get("/readyz"))[0] == 200:
                        return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)
        raise AssertionError((await self.end())[1])


@asynccontextmanager
async def exporting(
    server: ApiServer, folder: Path, environment: Mapping[str, str], *flags: str
) -> AsyncIterator[Process]:
    """Run `astrolabe serve` with some variables, from when it is ready until the block is left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    port = free_port()
    async with serving(server) as url, aiohttp.ClientSession() as session:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "astrolabe", "serve", f"--kubeconfig={kubeconfig(folder, url)}"),
            *(f"--port={port}", "--log-format=json", *flags),
            env={**kept, "KUBECONFIG": "", **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        started = Process(f"http://127.0.0.1:{port}", process, session)
        try:
            await started.ready()
            yield started
        finally:
            await started.end()
