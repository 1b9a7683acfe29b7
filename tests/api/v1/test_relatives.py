"""One object, its neighbours, its impact, its causes, by every form of its name."""

from __future__ import annotations

import json

import pytest
from yarl import URL

from tests.api.exporter import until
from tests.api.v1.scene import Asking, asked, built
from tests.api.v1.test_graph import edges, uids

EMPTY = {"nodes": [], "edges": []}


@pytest.mark.parametrize(
    "name", ["Pod/shop/web-0", "Pod%2Fshop%2Fweb-0", "Pod%2fshop%2fweb%2D0", "uid-Pod-web-0"]
)
async def test_an_object_is_found_by_its_id_escaped_or_not_and_by_its_uid(name: str) -> None:
    async with asked() as api:
        for suffix in ("", "/neighbors", "/impact"):
            assert await raw(api, f"/graph/{name}{suffix}") == await raw(
                api, f"/graph/Pod%2Fshop%2Fweb-0{suffix}"
            )
        body = await raw(api, f"/graph/{name}")
    assert body["node"]["uid"] == "uid-Pod-web-0"


async def raw(api: Asking, path: str) -> dict:
    status, body = await get(api, path)
    assert status == 200, body
    found: dict = json.loads(body)
    return found


async def get(api: Asking, path: str) -> tuple[int, bytes]:
    url = URL(f"{api.client.urls[0]}/api/v1{path}", encoded=True)
    async with api.client.session.get(url) as response:
        return response.status, await response.read()


async def test_a_name_that_ends_like_a_path_is_told_apart_by_escaping() -> None:
    async with asked() as api:
        api.server.put(built("Secret", "impact"))
        await until(lambda: "Secret/shop/impact" in api.client.application.graph)
        assert (await raw(api, "/graph/Secret%2Fshop%2Fimpact"))["node"]["name"] == "impact"
        assert await raw(api, "/graph/Secret/shop/impact") == EMPTY
        assert len((await raw(api, "/graph/Secret%2Fshop%2Fimpact/impact"))["nodes"]) == 1


async def test_an_object_is_told_with_its_relations_both_ways_and_what_it_misses() -> None:
    async with asked() as api:
        body = await api.json("/graph/PersistentVolumeClaim/shop/data-web")
        assert body == {
            "relations": [
                {
                    "type": "binds",
                    "direction": "to",
                    "id": "PersistentVolume/pv-web",
                    "uid": "uid-PersistentVolume-pv-web",
                    "kind": "PersistentVolume",
                    "namespace": "",
                    "name": "pv-web",
                    "status": "Ready",
                    "message": "Bound",
                },
                {
                    "type": "mounts",
                    "direction": "from",
                    "id": "Pod/shop/web-0",
                    "uid": "uid-Pod-web-0",
                    "kind": "Pod",
                    "namespace": "shop",
                    "name": "web-0",
                    "status": "Ready",
                    "message": "Running",
                },
                {
                    "type": "provisions",
                    "direction": "from",
                    "id": "StorageClass/fast",
                    "uid": "uid-StorageClass-fast",
                    "kind": "StorageClass",
                    "namespace": "",
                    "name": "fast",
                    "status": "Ready",
                    "message": "Exists",
                },
            ],
            "missing": [],
            "node": {
                "uid": "uid-PersistentVolumeClaim-data-web",
                "name": "data-web",
                "namespace": "shop",
                "kind": "PersistentVolumeClaim",
                "status": "Ready",
                "message": "Bound",
                "metadata": {"volumeName": "pv-web"},
            },
        }
        misses = (await api.json("/graph/Pod/shop/web-0"))["missing"]
        assert [missing["to"] for missing in misses] == ["ConfigMap/shop/settings"]
        image = await api.json("/graph/Image/docker.io/library/nginx:1.30")
        assert image["node"]["uid"] == "Image/docker.io/library/nginx:1.30"
        assert {relation["type"] for relation in image["relations"]} == {"runs-image"}


async def test_neighbours_are_as_far_away_as_asked_for() -> None:
    async with asked() as api:
        near = await api.json("/graph/PersistentVolume/pv-web/neighbors")
        assert near == await api.json("/graph/PersistentVolume/pv-web/neighbors?depth=1")
        assert uids(near) == {
            "uid-PersistentVolume-pv-web",
            "uid-PersistentVolumeClaim-data-web",
            "uid-StorageClass-fast",
        }
        assert edges(near) == {
            ("binds", "uid-PersistentVolumeClaim-data-web", "uid-PersistentVolume-pv-web"),
            ("provisions", "uid-StorageClass-fast", "uid-PersistentVolume-pv-web"),
            ("provisions", "uid-StorageClass-fast", "uid-PersistentVolumeClaim-data-web"),
        }
        further = await api.json("/graph/PersistentVolume/pv-web/neighbors?depth=2")
        assert uids(further) - uids(near) == {
            "uid-Pod-web-0",
            "uid-PersistentVolume-pv-api",
            "uid-PersistentVolumeClaim-data-api",
        }
        for depth in ("0", "17", "far", "-1"):
            refusal = await api.refused(f"/graph/Node/one/neighbors?depth={depth}")
            assert refusal["parameter"] == "depth"


async def test_impact_is_what_breaks_and_the_object_itself() -> None:
    async with asked() as api:
        body = await api.json("/graph/PersistentVolume/pv-web/impact")
    assert uids(body) == {
        "uid-PersistentVolume-pv-web",
        "uid-PersistentVolumeClaim-data-web",
        "uid-Pod-web-0",
        "uid-StatefulSet-web",
        "uid-Service-web",
        "uid-HorizontalPodAutoscaler-web",
    }


async def test_causes_are_told_with_the_way_to_them_also_what_does_not_exist() -> None:
    missing = {
        "id": "ConfigMap/shop/settings",
        "path": ["Pod/shop/api-0", "ConfigMap/shop/settings"],
        "kind": "ConfigMap",
        "namespace": "shop",
        "name": "settings",
        "missing": True,
    }
    async with asked() as api:
        api.server.put(built("Service", "api", spec={"selector": {"app": "api"}}))
        await until(lambda: "Service/shop/api" in api.client.application.graph)
        assert await api.json("/graph/Service/shop/api/causes") == [missing]
        api.server.put(built("ConfigMap", "settings"))
        await until(lambda: "ConfigMap/shop/settings" in api.client.application.graph)
        assert await api.json("/graph/Service/shop/api/causes") == [
            {
                "id": "Pod/shop/api-0",
                "path": ["Pod/shop/api-0"],
                "kind": "Pod",
                "namespace": "shop",
                "name": "api-0",
                "missing": False,
                "uid": "uid-Pod-api-0",
                "status": "Pending",
                "message": "ContainerCreating: Starting: web",
                "reason": "ContainerCreating",
            }
        ]
        assert await api.json("/graph/Node/one/causes") == []


async def test_who_is_not_there_gets_empty_results() -> None:
    async with asked() as api:
        for name in ("Pod/shop/nobody", "uid-nobody", "Nothing", "a%20b%0A", "%2F"):
            assert await raw(api, f"/graph/{name}") == {"relations": [], "missing": []}
            assert await raw(api, f"/graph/{name}/neighbors") == EMPTY
            assert await raw(api, f"/graph/{name}/impact") == EMPTY
            assert await raw(api, f"/graph/{name}/causes") == []


async def test_names_are_told_once_and_in_order() -> None:
    async with asked() as api:
        assert await api.json("/releases") == ["api", "web"]
        assert await api.json("/releases?namespace=other") == ["web"]
        assert await api.json("/releases?namespace=nowhere") == []
        assert await api.json("/charts") == ["api-1.2.3", "web-1.2.3"]
        assert await api.json("/charts?namespace=other") == ["web-1.2.3"]
        assert await api.json("/charts?namespace=nowhere") == []
        assert await api.json("/namespaces") == ["empty", "other", "shop"]
        assert (await api.refused("/namespaces?namespace=shop"))["parameter"] == "namespace"


async def test_search_has_the_likeliest_first() -> None:
    async with asked() as api:
        found = await api.json("/search?q=WEB")
        assert [hit["id"] for hit in found] == [
            "HorizontalPodAutoscaler/shop/web",
            "Service/shop/web",
            "StatefulSet/shop/web",
            "Pod/shop/web-0",
            "PersistentVolume/pv-web",
            "PersistentVolumeClaim/shop/data-web",
        ]
        assert found[3] == {
            "id": "Pod/shop/web-0",
            "uid": "uid-Pod-web-0",
            "kind": "Pod",
            "namespace": "shop",
            "name": "web-0",
            "status": "Ready",
            "message": "Running",
        }
        assert [hit["id"] for hit in await api.json("/search?q=web&limit=2")] == [
            "HorizontalPodAutoscaler/shop/web",
            "Service/shop/web",
        ]
        assert [hit["id"] for hit in await api.json("/search?q=pod/shop/w")] == ["Pod/shop/web-0"]
        assert await api.json("/search?q=") == await api.json("/search") == []
        assert (await api.refused("/search?q=a&limit=1001"))["parameter"] == "limit"


async def test_a_part_of_the_graph_tells_the_ways_to_causes() -> None:
    async with asked() as api:
        api.server.put(built("Service", "api", spec={"selector": {"app": "api"}}))
        await until(lambda: "Service/shop/api" in api.client.application.graph)
        for path in ("/graph?namespace=shop&kind=Service", "/graph/Service/shop/api/neighbors?depth=2"):
            assert "causes" not in await api.json(path)
            body = await api.json(f"{path}&causes=true")
            ids = {node["uid"]: f"{node['kind']}/shop/{node['name']}" for node in body["nodes"]}
            broken = {node["uid"] for node in body["nodes"] if node["status"] in ("Error", "Pending")}
            assert broken
            told = {
                uid: [[each["path"], each["missing"]] for each in body["causes"] if each["from"] == uid]
                for uid in broken
            }
            for uid in broken:
                alone = await api.json(f"/graph/{ids[uid]}/causes")
                assert told[uid] == [[each["path"], each["missing"]] for each in alone]
            assert any(told.values())
            assert {each["from"] for each in body["causes"]} <= broken
        assert (await api.json("/graph/Pod/shop/nobody/neighbors?causes=true"))["causes"] == []
        assert (await api.json("/graph?causes=true"))["causes"] == (
            await api.json("/graph?causes=true&limit=10000")
        )["causes"]
