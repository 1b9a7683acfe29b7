"""GET /metrics over real HTTP."""

from __future__ import annotations

import asyncio
import gzip
import socket
from time import perf_counter
from typing import Any

import aiohttp
import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from astrolabe.api import scrape
from astrolabe.graph.facts import Facts, Ref
from tests.api.exporter import SEEN, Client, serving, until
from tests.ports import free_port

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
GRAPH = (
    "astrolabe_resource_info",
    "astrolabe_resource_status",
    "astrolabe_edge_info",
    "astrolabe_reference_missing_info",
    "astrolabe_pod_workload_info",
    "astrolabe_impact",
    "astrolabe_resources",
    "astrolabe_edges",
)
OWN = ("astrolabe_build_info", "astrolabe_synced", "process_resident_memory_bytes", "python_info")


def samples(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def names(text: str) -> set[str]:
    return {line.partition("{")[0].partition(" ")[0] for line in samples(text)}


def graph_part(text: str) -> str:
    """Everything before the program's own telemetry."""
    return text.partition("# HELP process_")[0].partition("# HELP python_")[0]


async def test_text_is_what_everybody_gets() -> None:
    async with serving() as client:
        status, response, body = await client.get("/metrics")
        assert (status, response.headers["Content-Type"]) == (200, TEXT)
        assert response.headers["Vary"] == "Accept, Accept-Encoding"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in response.headers
        families = {family.name: family for family in parser.text_string_to_metric_families(body.decode())}
        assert set(GRAPH) <= set(families)
        assert set(OWN) <= set(families)
        assert {families[name].type for name in GRAPH} == {"gauge"}
        assert body.endswith(b"\n")
        assert b"# EOF" not in body


async def test_openmetrics_for_whom_it_is_wanted() -> None:
    async with serving() as client:
        _, response, body = await client.get(
            "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0, text/plain; q=0.5"}
        )
        assert response.headers["Content-Type"] == OPENMETRICS
        text = body.decode()
        families = {family.name: family for family in openmetrics_parser.text_string_to_metric_families(text)}
        assert set(GRAPH) <= set(families)
        assert families["astrolabe_list"].type == "counter"
        assert text.endswith("\n# EOF\n")
        assert text.count("# EOF") == 1
        plain = await client.text()
        assert sorted(samples(graph_part(text))) == sorted(samples(graph_part(plain)))


async def test_an_accept_header_that_makes_no_sense_gets_text() -> None:
    async with serving() as client:
        for accept in ("application/openmetrics-text; version=x", "image/png", ";q=,"):
            status, response, _ = await client.get("/metrics", headers={"Accept": accept})
            assert (status, response.headers["Content-Type"]) == (200, TEXT)


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text"])
async def test_gzip_for_whom_it_is_allowed(accept: str) -> None:
    async with serving() as client:
        plain = await client.text(headers={"Accept": accept})
        _, response, body = await client.get(
            "/metrics", headers={"Accept": accept, "Accept-Encoding": "deflate, gzip"}
        )
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(body) < len(plain) / 3
        text = gzip.decompress(body).decode()
        assert graph_part(text) == graph_part(plain)
        assert names(text) == names(plain)
        _, response, body = await client.get("/metrics", headers={"Accept-Encoding": "gzip;q=0, *"})
        assert "Content-Encoding" not in response.headers
        assert body.startswith(b"# HELP astrolabe_resource_info ")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_head_has_the_headers_alone(encoding: str) -> None:
    async with serving() as client:
        headers = {"Accept-Encoding": encoding}
        got = await client.get("/metrics", headers=headers)
        head = await client.get("/metrics", method="HEAD", headers=headers)
        assert (head[0], head[2]) == (200, b"")
        for header in ("Content-Type", "Content-Encoding", "Vary"):
            assert head[1].headers.get(header) == got[1].headers.get(header)
        # The connection is in order afterwards.
        assert (await client.get("/livez", method="GET"))[2] == b"ok\n"


class TestRestricted:
    """`kind[]` and `name[]`."""

    async def ask(self, client: Client, query: str, **options: Any) -> str:
        return await client.text(f"/metrics?{query}", **options)

    async def test_to_kinds(self) -> None:
        async with serving() as client:
            text = await self.ask(client, "kind[]=Pod&kind[]=Node")
            assert names(text) == {
                "astrolabe_resource_info",
                "astrolabe_resource_status",
                "astrolabe_edge_info",
                "astrolabe_reference_missing_info",
                "astrolabe_pod_workload_info",
                "astrolabe_resources",
            }
            everything = samples(await client.text())
            assert set(samples(text)) < set(everything)
            infos = [line for line in samples(text) if line.startswith("astrolabe_resource_info")]
            assert [line.split('"')[1] for line in infos] == [
                "Node/one",
                "Pod/shop/web-abc-1",
                "Pod/shop/web-abc-2",
            ]
            edges = [line for line in samples(text) if line.startswith("astrolabe_edge_info")]
            assert [line.split('"')[5] for line in edges] == ["Pod/shop/web-abc-1", "Pod/shop/web-abc-2"]
            assert all('target="Node/one"' in line for line in edges)

    async def test_to_names(self) -> None:
        async with serving() as client:
            text = await self.ask(client, "name[]=astrolabe_edges&name[]=astrolabe_build_info")
            assert names(text) == {"astrolabe_edges", "astrolabe_build_info"}
            text = await self.ask(client, "name[]=astrolabe_scrape_duration_seconds")
            assert names(text) == {
                f"astrolabe_scrape_duration_seconds_{suffix}" for suffix in ("bucket", "count", "sum")
            }
            text = await self.ask(client, "name[]=astrolabe_list_total")
            assert names(text) == {"astrolabe_list_total"}

    async def test_to_both(self) -> None:
        async with serving() as client:
            text = await self.ask(client, "kind[]=Node&name[]=astrolabe_resource_status")
            labels = 'id="Node/one",kind="Node",namespace="",name="one",status="Ready",reason=""'
            assert samples(text) == [f"astrolabe_resource_status{{{labels}}} 1"]

    @pytest.mark.parametrize("query", ["kind[]=Unicorn", "name[]=unicorns", "kind[]=", "kind[]=Po"])
    async def test_to_nothing(self, query: str) -> None:
        async with serving() as client:
            assert await self.ask(client, query) == ""
            text = await self.ask(client, query, headers={"Accept": "application/openmetrics-text"})
            assert text == "# EOF\n"
            _, _, body = await client.get(f"/metrics?{query}", headers={"Accept-Encoding": "gzip"})
            assert gzip.decompress(body) == b""


async def test_the_programs_own_metrics_on_a_port_of_their_own() -> None:
    port = free_port()
    async with serving(telemetry_port=port) as client:
        assert client.urls[1] == f"http://localhost:{port}"
        graph, own = await client.text(), await client.text(port=1)
        assert set(GRAPH) <= names(graph)
        assert names(graph).isdisjoint(OWN)
        assert set(OWN) <= names(own)
        assert names(own).isdisjoint(GRAPH)
        both = await client.text(headers={"Accept": "application/openmetrics-text"})
        assert both.endswith("# EOF\n")
        assert both.count("# EOF") == 1
        assert (await client.get("/", port=1))[0] == 404
        assert await client.text("/livez", port=1) == "ok\n"


async def test_a_scrape_is_measured() -> None:
    async with serving() as client:
        registry = client.application.telemetry.registry
        text = graph_part(await client.text())
        assert registry.get_sample_value("astrolabe_scrape_duration_seconds_count") == 1
        assert registry.get_sample_value("astrolabe_exposition_series") == len(samples(text))
        rows = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
        assert registry.get_sample_value("astrolabe_exposition_bytes") == len("".join(rows).encode())


def fill(client: Client, count: int) -> None:
    """Make the page too large for any socket's buffers."""
    for number in range(count):
        name = f"config-{number:06}"
        client.application.put(
            Facts(
                id=f"ConfigMap/shop/{name}", kind="ConfigMap", namespace="shop", uid=name, api_version="v1"
            ),
            None,
            perf_counter(),
        )


async def stalled(
    client: Client, path: str = "/metrics"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask and do not read."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", client.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    await writer.drain()
    return reader, writer


def finished(client: Client) -> float:
    count = client.application.telemetry.registry.get_sample_value("astrolabe_scrape_duration_seconds_count")
    assert count is not None
    return count


async def test_a_client_that_does_not_read_on_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scrape, "TIMEOUT", 0.5)
    async with serving() as client:
        fill(client, 25_000)
        reader, writer = await stalled(client)
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        client.application.remove(
            Facts(id="Pod/shop/web-abc-2", kind="Pod", uid="", api_version="v1"), perf_counter()
        )
        text = await client.text("/metrics?name[]=astrolabe_pod_workload_info")
        assert "web-abc-1" in text
        assert "web-abc-2" not in text
        assert finished(client) == 1
        await until(lambda: finished(client) == 2)
        # What was on its way arrives, but not the chunk that would end the body.
        assert not (await reader.read()).endswith(b"0\r\n\r\n")
        writer.close()
    assert caplog.records == []


async def test_a_client_that_goes_away_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as client:
        fill(client, 25_000)
        reader, writer = await stalled(client)
        await reader.readline()
        writer.transport.abort()
        await until(lambda: finished(client) == 1)
        assert len(samples(await client.text("/metrics?name[]=astrolabe_resource_status"))) > 25_000
    assert caplog.records == []


async def test_a_stop_does_not_wait_for_a_client_that_does_not_read_on() -> None:
    async with serving() as client:
        fill(client, 25_000)
        reader, writer = await stalled(client)
        await reader.readline()
    # `serving` has waited for the end, for 5 seconds at most.
    writer.close()


async def test_twenty_clients_at_once_read_one_moment_each() -> None:
    """An edge never names a node that the same scrape lacks, whatever happens meanwhile."""
    async with serving() as client:
        fill(client, 500)
        done = asyncio.Event()

        async def churn() -> None:
            number = 0
            while not done.is_set():
                name = f"extra-{number % 40}"
                pod = Facts(
                    id=f"Pod/shop/{name}",
                    kind="Pod",
                    namespace="shop",
                    uid=f"{name}-{number // 80}",
                    api_version="v1",
                    refs=(Ref("uses-configmap", f"ConfigMap/shop/config-{number % 500:06}"),),
                )
                if (number // 40) % 2:
                    client.application.remove(pod, perf_counter())
                else:
                    client.application.put(pod, None, perf_counter())
                number += 1
                await asyncio.sleep(0)

        async def ask(number: int) -> str:
            headers = {
                "Accept-Encoding": ("gzip", "identity")[number % 2],
                "Accept": ("text/plain", "application/openmetrics-text")[number // 2 % 2],
            }
            status, _, body = await client.get("/metrics", headers=headers)
            assert status == 200
            return (gzip.decompress(body) if number % 2 == 0 else body).decode()

        churning = asyncio.create_task(churn())
        rounds = [await asyncio.gather(*map(ask, range(20))) for _ in range(5)]
        done.set()
        await churning
    seen = set()
    for text in (text for texts in rounds for text in texts):
        lines = samples(text)
        ids = {line.split('"')[1] for line in lines if line.startswith("astrolabe_resource_info{")}
        ends = {
            end
            for line in lines
            if line.startswith("astrolabe_edge_info{")
            for end in (line.split('"')[5], line.split('"')[9])
        }
        assert ends <= ids
        counted = sum(
            int(line.rpartition(" ")[2]) for line in lines if line.startswith("astrolabe_resources{")
        )
        assert counted == len(ids)
        seen.add(graph_part(text))
    assert len(seen) > 2


async def test_one_connection_serves_scrape_after_scrape() -> None:
    # What access says is worked out after the start, maybe between two scrapes.
    async with serving(metrics_denied=(SEEN, "astrolabe_access_.*")) as client:
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(connector=connector) as session:
            texts = []
            for _ in range(3):
                async with session.get(f"{client.urls[0]}/metrics") as response:
                    texts.append(graph_part(await response.text()))
        assert len(set(texts)) == 1
