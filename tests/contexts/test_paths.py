"""What of several clusters is served where: each below its prefix as if it were the only one."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from astrolabe.api.asked import path_to
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster
from tests.api.shop import pod
from tests.contexts.fleet import Fleet, fleet

ODD = "arn:aws:eks:eu-west-1:1:cluster/ü? x%2F"
"""A name that has to be escaped in a path."""


def two() -> dict[str, ApiServer]:
    return {"a": cluster(pod("own", "own")), "b": cluster()}


async def ready(served: Fleet, *names: str) -> None:
    for name in names:
        await served.until(f"{path_to(name)}/readyz", 200)


async def test_each_cluster_has_the_whole_api(tmp_path: Path) -> None:
    async with fleet(tmp_path, two(), contexts=("a", f"b={ODD}")) as served:
        await ready(served, "a", ODD)
        namespaces = "/api/v1/namespaces"
        assert json.loads(await served.text("/clusters/a" + namespaces)) == ["own", "shop"]
        assert json.loads(await served.text(path_to(ODD) + namespaces)) == ["shop"]
        _, refused = await served.get("/clusters/a/api/v1/resources?limit=0")
        assert json.loads(refused)["error"]["parameter"] == "limit"
        status, nowhere = await served.get("/clusters/a/api/v1/nowhere")
        assert (status, "error" in json.loads(nowhere)) == (404, True)
        question = {"query": "{ namespaces }"}
        async with served.session.post(served.url + "/clusters/a/api/v1/graphql", json=question) as answer:
            assert answer.status in (200, 400)
            assert answer.content_type.startswith("application/")
        assert json.loads(await served.text(path_to(ODD) + "/openapi.json"))["servers"] == [
            {"url": path_to(ODD)}
        ]


async def test_a_page_of_a_list_leads_to_the_next_of_the_same_cluster(tmp_path: Path) -> None:
    async with fleet(tmp_path, two()) as served:
        await ready(served, "a")
        names: list[str] = []
        path = "/clusters/a/api/v1/resources?limit=3"
        while path:
            async with served.session.get(served.url + path) as answer:
                names += [each["name"] for each in await answer.json()]
                link = answer.links.get("next")
                path = str(link["url"].relative()) if link else ""
                assert not path or path.startswith("/clusters/a/api/v1/resources?")
        assert len(names) == len(json.loads(await served.text("/clusters/a/api/v1/resources")))


async def test_changes_are_those_of_the_cluster(tmp_path: Path) -> None:
    servers = two()
    async with fleet(tmp_path, servers) as served:
        await ready(served, "a", "b")
        async with (
            served.session.get(served.url + "/clusters/a/api/v1/changes") as answer,
            served.session.ws_connect(served.url + "/clusters/b/api/v1/changes/ws") as socket,
        ):
            assert (await socket.receive_json())["event"] == "begin"
            servers["a"].put(pod("of-a"))
            servers["b"].put(pod("of-b"))
            assert "of-b" in (await socket.receive()).data
            async for line in answer.content:
                if line.startswith(b"data:"):
                    assert b"of-a" in line
                    break


async def test_links_of_a_page_stay_in_the_cluster(tmp_path: Path) -> None:
    async with fleet(tmp_path, two()) as served:
        await ready(served, "b")
        listed = await served.text("/")
        assert 'href="/clusters/a/"' in listed
        assert 'href="/clusters/b/"' in listed
        page = await served.text("/clusters/b/?namespace=shop")
        assert 'href="/clusters/b/?object=Pod/shop/web-abc-1"' in page
        assert 'data-source="/clusters/b/api/v1/graph?namespace=shop' in page
        addresses = [part.partition('"')[0] for part in page.split('="/')[1:]]
        assert all(each.startswith("clusters/b/") for each in addresses)
        for each in sorted({address.partition("?")[0].partition("#")[0] for address in addresses}):
            assert (await served.get("/" + each))[0] == 200, each
        async with served.session.get(served.url + "/clusters/b", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (308, "/clusters/b/")


async def test_one_cluster_is_scraped_below_its_prefix_and_all_at_the_top(tmp_path: Path) -> None:
    async with fleet(tmp_path, two(), telemetry_port=0) as served:
        await ready(served, "a", "b")
        everything = await served.samples()
        for name in ("a", "b"):
            own = await served.samples(f"/clusters/{name}/metrics?name[]=astrolabe_resource_info")
            assert own == {
                line for line in everything if line.startswith(f'astrolabe_resource_info{{cluster="{name}"')
            }
        synced = await served.samples("/clusters/a/metrics?name[]=astrolabe_synced")
        assert synced
        assert all(line.startswith('astrolabe_synced{cluster="a",') for line in synced)
        # What the process says of itself has no cluster, and stands there once.
        assert sum(line.startswith("astrolabe_build_info{") for line in everything) == 1
        assert not [line for line in everything if line.startswith("process_") and "cluster=" in line]
        named = await served.samples(
            "/metrics?name[]=astrolabe_cluster_up&name[]=astrolabe_scrape_duration_seconds"
        )
        assert {line.partition("{")[0].partition(" ")[0] for line in named} == {
            "astrolabe_cluster_up",
            *(f"astrolabe_scrape_duration_seconds_{each}" for each in ("bucket", "count", "sum")),
        }


@pytest.mark.parametrize(
    "path", ["/clusters/c/metrics", "/clusters/c/api/v1/graph", "/clusters/c", "/clusters/", "/api/v1/graph"]
)
async def test_what_is_not_there_says_so(tmp_path: Path, path: str) -> None:
    async with fleet(tmp_path, {"a": cluster()}) as served:
        status, text = await served.get(path)
        assert status == 404
        if path.startswith("/clusters/c"):
            assert "there is no such cluster; clusters are a" in text
        assert text.startswith("{") is ("/api/" in path)


async def test_paths_cannot_lead_out_of_a_cluster(tmp_path: Path) -> None:
    async with fleet(tmp_path, two()) as served:
        await ready(served, "a", "b")
        for path in ("/clusters/a/../b/metrics", "/clusters/a/%2e%2e/b/metrics", "/clusters/a//metrics"):
            url = aiohttp.client.URL(served.url + path, encoded=True)
            async with served.session.get(url) as answer:
                assert answer.status == 404, path


async def test_health_tells_of_each_cluster(tmp_path: Path) -> None:
    async with fleet(tmp_path, two()) as served:
        await ready(served, "a", "b")
        health = json.loads(await served.text("/health"))
        assert health["status"] == "healthy"
        nodes = {name: each["nodes"] for name, each in health["clusters"].items()}
        assert health["nodes"] == sum(nodes.values())
        assert nodes == {
            name: json.loads(await served.text(f"/clusters/{name}/health"))["nodes"] for name in "ab"
        }
        assert await served.text("/livez") == "ok\n"


def test_names_are_escaped_in_paths() -> None:
    assert path_to("a/b") == "/clusters/a%2Fb"
    assert path_to(ODD) == "/clusters/" + quote(ODD, safe="")
    assert path_to("") == ""
