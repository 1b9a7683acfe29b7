"""The program of docs/live.md keeps its copy over a WebSocket."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from astrolabe.api.v1 import changes
from tests.api.exporter import cluster, serving, until
from tests.api.test_changes import happens

PAGE = Path(__file__).parents[2] / "docs" / "live.md"


async def test_the_program_keeps_its_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    # Streams that end all the time.
    monkeypatch.setattr(changes, "LIFETIME", (0.05, 0.1))
    program: dict[str, Any] = {}
    (source,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    exec(source, program)
    server = cluster()
    copy: dict[str, Any] = {}
    async with serving(server) as client:
        following = asyncio.create_task(program["follow"](client.urls[0], copy))
        await until(lambda: "uid-web-abc-1" in copy or len(copy) > 5)
        gone = next(uid for uid, node in copy.items() if node["name"] == "web-abc-1")
        server.delete("pods", "shop", "web-abc-1")
        for number in range(5):
            happens(client, f"n{number}")
            await until(lambda number=number: f"uid-n{number}" in copy)
        await until(lambda: gone not in copy)
        document = (await (await client.session.get(f"{client.urls[0]}/api/v1/graph")).json())["nodes"]
        assert copy == {node["uid"]: node for node in document}
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
