"""`astrolabe export` as a program: what it serves, and what it leaves out because nobody reads it there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from signal import SIGTERM

import aiohttp

from tests.api.exporter import cluster
from tests.api.shop import shop
from tests.ports import free_port
from tests.test_cli import LONGEST, following


async def test_its_port_tells_how_the_export_is_and_no_series_of_the_graph(tmp_path: Path) -> None:
    port = free_port()
    words = ("export", f"--to={tmp_path}/graph.lbug", f"--port={port}")
    async with following(tmp_path, cluster(*shop()), *words) as process, aiohttp.ClientSession() as session:

        async def get(path: str) -> tuple[int, str]:
            async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                return response.status, await response.text()

        async with asyncio.timeout(LONGEST):
            text = ""
            while "astrolabe_export_equal 1.0" not in text:
                await asyncio.sleep(0.1)
                try:
                    _, text = await get("/metrics")
                except aiohttp.ClientConnectionError:
                    continue
        assert (await get("/readyz"))[0] == 200
        assert (await get("/api/v1/graph"))[0] == 404
        assert (await process.stopped(SIGTERM, within=LONGEST)).code == 0
    families = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    assert "astrolabe_watch_errors_total" in families or "astrolabe_synced" in families, families
    assert not [name for name in families if name.startswith(("astrolabe_object", "astrolabe_edge"))]
