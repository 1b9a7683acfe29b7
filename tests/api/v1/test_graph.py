"""GET /api/v1/graph: exact bodies, edges between what is returned, one moment, fast paths that agree."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import msgspec
import pytest

from astrolabe.api.v1.bodies import edge_body, missing_body, node_body
from astrolabe.graph.relations import Relations
from tests.api.exporter import until
from tests.api.v1.scene import Asking, asked, pod, unordered

WEB = {
    "nodes": {
        "uid-PersistentVolume-pv-web",
        "uid-PersistentVolumeClaim-data-web",
        "uid-Pod-web-0",
        "uid-Secret-shared",
        "uid-Service-web",
        "uid-ServiceAccount-shared",
        "uid-StatefulSet-web",
        "uid-StorageClass-fast",
    },
    "edges": {
        ("binds", "uid-PersistentVolumeClaim-data-web", "uid-PersistentVolume-pv-web"),
        ("mounts", "uid-Pod-web-0", "uid-PersistentVolumeClaim-data-web"),
        ("owns", "uid-StatefulSet-web", "uid-Pod-web-0"),
        ("provisions", "uid-StorageClass-fast", "uid-PersistentVolume-pv-web"),
        ("provisions", "uid-StorageClass-fast", "uid-PersistentVolumeClaim-data-web"),
        ("selects", "uid-Service-web", "uid-Pod-web-0"),
        ("uses-sa", "uid-Pod-web-0", "uid-ServiceAccount-shared"),
        ("uses-sa", "uid-StatefulSet-web", "uid-ServiceAccount-shared"),
        ("uses-secret", "uid-Pod-web-0", "uid-Secret-shared"),
        ("uses-secret", "uid-StatefulSet-web", "uid-Secret-shared"),
    },
}


def edges(body: dict[str, Any]) -> set[tuple[str, str, str]]:
    found = [(edge["type"], edge["from"], edge["to"]) for edge in body["edges"]]
    assert len(found) == len(set(found))
    return set(found)


def uids(body: dict[str, Any]) -> set[str]:
    found = [node["uid"] for node in body["nodes"]]
    assert len(found) == len(set(found))
    return set(found)


def expected(graph: Relations) -> dict[str, Any]:
    """The whole graph, told without blocks, turns or filters."""
    body = {
        "nodes": [node_body(node) for node in graph],
        "edges": [edge_body(graph, edge) for edge in graph.edges()],
        "missing": [missing_body(graph, missing) for missing in graph.missing()],
    }
    found: dict[str, Any] = msgspec.to_builtins(body)
    return found


async def test_a_release_is_told_with_what_it_reaches_and_the_edges_between() -> None:
    async with asked() as api:
        body = await api.json("/graph?release=shop/web")
    assert list(body) == ["nodes", "edges"]
    assert uids(body) == WEB["nodes"]
    assert edges(body) == WEB["edges"]
    told = {node["uid"]: node for node in body["nodes"]}
    assert told["uid-Pod-web-0"] == {
        "uid": "uid-Pod-web-0",
        "name": "web-0",
        "namespace": "shop",
        "kind": "Pod",
        "status": "Ready",
        "message": "Running",
        "chart": "web-1.2.3",
        "release": "web",
        "metadata": {"nodeName": "one", "image": "nginx:1.30", "restartCount": 2},
    }
    assert told["uid-StorageClass-fast"] == {
        "uid": "uid-StorageClass-fast",
        "name": "fast",
        "namespace": "",
        "kind": "StorageClass",
        "status": "Ready",
        "message": "Exists",
    }


async def test_the_whole_graph_is_the_same_however_it_is_made() -> None:
    async with asked() as api:
        whole = await api.json("/graph?missing=true")
        assert unordered(whole) == unordered(expected(api.client.application.graph))
        # No limit makes it from blocks, a large one from the objects themselves.
        assert unordered(await api.json("/graph?missing=true&limit=10000")) == unordered(whole)
        assert await api.json("/graph") == {key: whole[key] for key in ("nodes", "edges")}


async def test_compressed_or_not_it_is_the_same_answer() -> None:
    async with asked() as api:
        plain = await api.client.text("/api/v1/graph?missing=true")
        for query in ("missing=true", "missing=true&limit=10000"):
            _, response, body = await api.client.get(
                f"/api/v1/graph?{query}", headers={"Accept-Encoding": "gzip"}
            )
            assert response.headers["Content-Encoding"] == "gzip"
            assert response.headers["Vary"] == "Accept-Encoding"
            assert unordered(json.loads(gzip.decompress(body))) == unordered(json.loads(plain))
        _, response, body = await api.client.get("/api/v1/graph", method="HEAD")
        assert (body, int(response.headers["Content-Length"]) > 0) == (b"", True)


async def test_nothing_is_an_empty_array_and_never_null() -> None:
    async with asked() as api:
        assert await api.json("/graph?kind=Nothing&missing=true") == {"nodes": [], "edges": [], "missing": []}


async def test_what_is_missing_has_an_id_and_no_uid() -> None:
    async with asked() as api:
        body = await api.json("/graph?kind=Pod&label=app%3Dweb&missing=true")
    assert body["missing"] == [
        {
            "type": "uses-configmap",
            "from": "uid-Pod-web-0",
            "to": "ConfigMap/shop/settings",
            "kind": "ConfigMap",
            "namespace": "shop",
            "name": "settings",
            "optional": False,
        }
    ]


@pytest.mark.parametrize(
    "filters", ["", "release=web", "namespace=shop", "status=Ready&kind=Pod&kind=Secret"]
)
async def test_pages_together_are_the_whole_and_each_knows_only_what_came_before(filters: str) -> None:
    async with asked() as api:
        whole = await api.json(f"/graph?{filters}")
        path = f"/api/v1/graph?{filters}&limit=2"
        known: set[str] = set()
        found: list[tuple[str, str, str]] = []
        while path:
            _, response, raw = await api.client.get(path)
            page = json.loads(raw)
            known |= uids(page)
            assert {end for edge in edges(page) for end in edge[1:]} <= known
            found += edges(page)
            path = str(response.links["next"]["url"].relative()) if "next" in response.links else ""
    assert known == uids(whole)
    assert sorted(found) == sorted(edges(whole))


async def test_the_blocks_follow_what_changes_also_what_is_recreated() -> None:
    async with asked() as api:
        graph = api.client.application.graph
        await api.json("/graph")
        api.server.delete("pods", "shop", "web-0")
        again = pod("web-0", claim="data-web", owner="web")
        again["metadata"]["uid"] = "uid-again"
        api.server.put(again)
        api.server.put(pod("extra"))
        api.server.delete("secrets", "shop", "shared")
        await until(
            lambda: (
                graph.by_uid("uid-again") and "Pod/shop/extra" in graph and "Secret/shop/shared" not in graph
            )
        )
        body = await api.json("/graph?missing=true")
        assert unordered(body) == unordered(expected(graph))
    assert ("owns", "uid-StatefulSet-web", "uid-again") in edges(body)
    assert "uid-Secret-shared" not in uids(body)


async def test_who_knows_the_state_gets_no_body_until_something_changes() -> None:
    async with asked() as api:
        _, response, _ = await api.client.get("/api/v1/graph")
        known = {"If-None-Match": response.headers["ETag"]}
        assert (await api.client.get("/api/v1/graph", headers=known))[0::2] == (304, b"")
        assert (await api.client.get("/api/v1/graph/Node%2Fone", headers=known))[0] == 304
        api.server.put(pod("extra"))
        await until(lambda: "Pod/shop/extra" in api.client.application.graph)
        status, response, _ = await api.client.get("/api/v1/graph", headers=known)
        assert status == 200
        assert response.headers["ETag"] != known["If-None-Match"]


async def test_requests_that_come_together_share_one_answer() -> None:
    async with asked() as api:
        reading = api.client.application
        made = 0
        original = reading.graph.carried

        def carried(node: Any) -> Any:
            nonlocal made
            made += 1
            return original(node)

        reading.graph.carried = carried  # type: ignore[method-assign]
        answers = await asyncio.gather(*(read_raw(api, "/api/v1/graph?status=Ready") for _ in range(8)))
        ready = sum(node.status == "Ready" for node in reading.graph)
    assert len(set(answers)) == 1
    assert made == ready


async def read_raw(api: Asking, path: str) -> bytes:
    return (await api.client.get(path))[2]
