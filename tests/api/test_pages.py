"""Health, readiness, the landing page, and what there is not."""

from __future__ import annotations

import json
import re
import socket
from time import perf_counter

import pytest

from astrolabe import __version__
from astrolabe.graph.facts import Facts
from astrolabe.simulation.apiserver import ApiServer
from astrolabe.simulation.faults import Refuse, Silent
from tests.api.exporter import Client, cluster, serving, until
from tests.api.shop import make, pod


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


def phases(client: Client) -> list[str]:
    return [state.phase for state in client.application.supervisor.states]


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


class TestLanding:
    async def test_it_shows_what_is_there_and_what_is_broken(self) -> None:
        broken = pod("broken")
        broken["status"] = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."}
        async with serving(cluster(broken)) as client:
            status, response, body = await client.get("/")
            assert (status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
            text = body.decode()
            assert "<code>Pod/shop/broken</code>" in text
            assert f"version {__version__}" in text
            assert '<b class="healthy">healthy</b> · 12 objects' in text
            assert "1 in error" in text
            assert "<td>deployments.apps</td>" in text

    async def test_nothing_is_broken(self) -> None:
        server = ApiServer()
        server.put(make("Namespace", "shop", "", status={"phase": "Active"}))
        async with serving(server) as client:
            text = await client.text("/")
        assert "<p>Nothing. Every object is Ready, as far as it can be known.</p>" in text
        assert "0 in error, 0 pending" in text

    async def test_nothing_of_it_comes_from_elsewhere(self) -> None:
        async with serving() as client:
            _, response, body = await client.get("/")
            text = body.decode()
            assert re.findall(r"https?:|//\w|@import", text) == []
            linked = re.findall(r"""(?:href|src|action)\s*=\s*["']?([^"'\s>]+)""", text)
            assert linked == ["/metrics", "/readyz", "/health"]
            for path in linked:
                assert (await client.get(path))[0] == 200
            policy = response.headers["Content-Security-Policy"].split("; ")
            assert "default-src 'none'" in policy
            assert not any(part.startswith("script-src") for part in policy)
            assert "<script" not in text
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"

    async def test_what_comes_from_the_cluster_is_escaped(self) -> None:
        server = cluster()
        server.faults.order("secrets", Refuse(500, "<img src=x onerror=alert(1)>"), times=None)
        evil = Facts(
            id='Pod/shop/<b a="\'">',
            kind="<i>Pod",
            namespace="shop",
            uid="1",
            api_version="v1",
            status="Error",
            message="</table><script>alert(1)</script>&amp;",
        )
        async with serving(server, ready=False) as client:
            await until(lambda: "failing" in phases(client))
            client.application.added(evil, perf_counter())
            text = await client.text("/")
        assert "<code>Pod/shop/&lt;b a=&quot;&#x27;&quot;&gt;</code>" in text
        assert "<td>&lt;/table&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</td>" in text
        assert "<td>&lt;i&gt;Pod</td>" in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
        for raw in ("<script", "<img", "<i>", "<b a"):
            assert raw not in text

    async def test_it_stays_short_however_much_is_broken(self) -> None:
        async with serving() as client:
            for number in range(300):
                name = f"p{number:03}"
                client.application.added(
                    Facts(
                        id=f"Pod/x/{name}",
                        kind="Pod",
                        namespace="x",
                        uid=name,
                        api_version="v1",
                        status="Error",
                    ),
                    perf_counter(),
                )
            text = await client.text("/")
        assert "Pod/x/p199" in text
        assert "Pod/x/p200" not in text
        # The Ingress of the shop, which has no address, comes after what is in error.
        assert "<p>and 101 more: ask <code>astrolabe_resource_status</code></p>" in text


@pytest.mark.parametrize("path", ["/metric", "/metrics/", "/api/v2", "/..%2f", "/favicon.ico"])
async def test_what_is_not_there(path: str) -> None:
    async with serving() as client:
        status, response, _ = await client.get(path)
        assert (status, response.headers["X-Content-Type-Options"]) == (404, "nosniff")


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/livez", "/readyz", "/health"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_written(path: str, method: str) -> None:
    async with serving() as client:
        status, response, _ = await client.get(path, method=method, data=b"x" * 100_000)
        assert (status, response.headers["Allow"]) == (405, "GET,HEAD")
        assert (await client.get("/livez"))[0] == 200


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("0.0.0.0", "localhost"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.2", "127.0.0.2"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
async def test_the_url_is_one_that_a_browser_on_this_machine_opens(address: str, named: str) -> None:
    if ":" in address and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    async with serving(address=address) as client:
        assert re.fullmatch(rf"http://{re.escape(named)}:\d+", client.urls[0])
        assert await client.text("/livez") == "ok\n"
