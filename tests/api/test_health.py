"""/livez, /healthz, /readyz and /health."""

from __future__ import annotations

import json

import pytest

from astrolabe.testing.faults import Refuse, Silent
from tests.api.exporter import Client, cluster, phases, serving, until


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
async def test_alive_whatever_the_api_server_does(path: str) -> None:
    server = cluster()
    server.go_away()
    async with serving(server, ready=False) as client:
        assert await client.text(path) == "ok\n"


class TestReady:
    async def test_all_is_well(self) -> None:
        async with serving() as client:
            assert await client.text("/readyz") == "ready\n"

    async def test_a_list_that_is_still_out(self) -> None:
        server = cluster()
        server.faults.order("secrets", Silent(), times=None)
        async with serving(server, ready=False) as client:
            await until(lambda: len(phases(client)) > 20 and phases(client).count("synced") == 25)
            status, _, body = await client.get("/readyz")
            assert (status, body) == (503, b"not ready\nsecrets: listing\n")

    async def test_what_is_forbidden_does_not_hold_it_up(self) -> None:
        server = cluster()
        server.faults.forbid("secrets", "shop")
        async with serving(server, namespaces=("shop",)) as client:
            status, response, body = await client.get("/readyz")
            assert (status, response.content_type) == (200, "text/plain")
            assert body.decode().startswith(
                "ready\nsecrets (namespace shop): forbidden: /api/v1/namespaces/shop/secrets: 403 "
            )

    async def test_a_server_that_is_away(self) -> None:
        server = cluster()
        server.go_away()
        async with serving(server, ready=False) as client:
            await until(lambda: client.application.supervisor.error)
            status, _, body = await client.get("/readyz")
            assert (status, body) == (503, b"not ready\ndiscovery: connection refused\n")


class TestHealth:
    """The form of the original design."""

    async def ask(self, client: Client) -> dict[str, object]:
        status, response, body = await client.get("/health")
        assert (status, response.content_type) == (200, "application/json")
        document: dict[str, object] = json.loads(body)
        return document

    async def test_healthy(self) -> None:
        async with serving() as client:
            assert await self.ask(client) == {"status": "healthy", "nodes": 11}

    async def test_syncing(self) -> None:
        server = cluster()
        server.faults.order("secrets", Silent(), times=None)
        async with serving(server, ready=False) as client:
            assert (await self.ask(client))["status"] == "syncing"

    async def test_degraded(self) -> None:
        server = cluster()
        async with serving(server) as client:
            server.faults.order("pods", Refuse(500), times=None)
            for watch in server.watches("pods"):
                watch.break_off()
            await until(lambda: "failing" in phases(client))
            assert await self.ask(client) == {"status": "degraded", "nodes": 11}
