"""GET /api/v1/resources: exact bodies, filters, pages."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.api.v1.resources import age
from tests.api.exporter import until
from tests.api.v1.scene import CREATED, Asking, asked, pod

PLAIN = {
    "apiVersion": "v1",
    "status": "Ready",
    "chart": "",
    "release": "",
    "creationTimestamp": CREATED,
}
FROM_TEMPLATE = {
    "image": "nginx:1.30",
    "usedConfigMaps": ["settings"],
    "usedSecrets": ["shared"],
    "serviceAccountName": "shared",
}
WEB = {**PLAIN, "chart": "web-1.2.3", "release": "web"}
EXACT: dict[str, dict[str, Any]] = {
    "Pod/shop/web-0": {
        **WEB,
        **FROM_TEMPLATE,
        "message": "Running",
        "nodeName": "one",
        "restartCount": 2,
        "ownerReferences": [{"kind": "StatefulSet", "name": "web"}],
        "mountedPVCs": ["data-web"],
    },
    "StatefulSet/shop/web": {
        **WEB,
        **FROM_TEMPLATE,
        "apiVersion": "apps/v1",
        "message": "All replicas ready (1/1)",
        "replicas": {"desired": 1, "current": 1, "ready": 1, "available": 1},
    },
    "Service/shop/web": {
        **WEB,
        "status": "Error",
        "message": "NoReadyEndpoints: None of its 1 Pod is ready",
        "reason": "NoReadyEndpoints",
        "targetPods": ["web-0"],
    },
    "PersistentVolumeClaim/shop/data-web": {**PLAIN, "message": "Bound", "volumeName": "pv-web"},
    "PersistentVolume/pv-web": {**PLAIN, "message": "Bound", "claimRef": "shop/data-web"},
    "Secret/shop/shared": {**PLAIN, "message": "Exists"},
    "Node/one": {**PLAIN, "message": "Ready"},
}


def id_of(resource: dict[str, Any]) -> str:
    return "/".join(part for part in (resource["kind"], resource["namespace"], resource["name"]) if part)


async def ids(api: Asking, query: str) -> list[str]:
    return [id_of(resource) for resource in await api.json(f"/resources{query}")]


async def test_objects_are_told_exactly_and_what_does_not_apply_is_left_out() -> None:
    async with asked() as api:
        found = {id_of(resource): resource for resource in await api.json("/resources")}
    for node_id, expected in EXACT.items():
        kind, _, rest = node_id.partition("/")
        namespace, _, name = rest.rpartition("/")
        told = dict(found[node_id])
        assert told.pop("age").endswith("d")
        assert told == {"kind": kind, "namespace": namespace, "name": name, **expected}


async def test_images_are_no_resources_and_the_order_is_that_of_the_ids() -> None:
    async with asked() as api:
        found = await ids(api, "")
        everything = {node.id for node in api.client.application.graph}
    assert found == sorted(found)
    assert everything - set(found) == {"Image/docker.io/library/nginx:1.30"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?namespace=other", ["Secret/other/odd-name"]),
        ("?namespace=&kind=&release=&status=&label=&continue=&kind=Node", ["Node/one"]),
        ("?kind=Node&kind=StorageClass", ["Node/one", "StorageClass/fast"]),
        ("?kind=Pod&status=Pending", ["Pod/shop/api-0"]),
        ("?status=Pending&status=Error&kind=Pod", ["Pod/shop/api-0"]),
        ("?label=app%3Dweb&kind=Pod", ["Pod/shop/web-0"]),
        ("?label=app+in+(web,api),tier!%3Dback&kind=Pod", ["Pod/shop/api-0", "Pod/shop/web-0"]),
        ("?label=app,!tier", []),
        ("?kind=Pod&namespace=other", []),
        ("?kind=Nothing", []),
        ("?status=Odd", []),
        ("?namespace=nowhere", []),
        ("?release=nothing", []),
        ("?release=shop/nothing", []),
        (
            "?release=shop/web",
            [
                "PersistentVolume/pv-web",
                "PersistentVolumeClaim/shop/data-web",
                "Pod/shop/web-0",
                "Secret/shop/shared",
                "Service/shop/web",
                "ServiceAccount/shop/shared",
                "StatefulSet/shop/web",
                "StorageClass/fast",
            ],
        ),
        ("?release=web&namespace=other", ["Secret/other/odd-name"]),
        ("?release=shop/web&namespace=other", []),
        ("?release=shop/web&namespace=shop&kind=Secret", ["Secret/shop/shared"]),
        ("?release=web&kind=Secret", ["Secret/other/odd-name", "Secret/shop/shared"]),
        ("?release=api&kind=Secret&kind=Pod", ["Pod/shop/api-0", "Secret/shop/shared"]),
    ],
)
async def test_filters_hold_together_and_unknown_values_find_nothing(query: str, expected: list[str]) -> None:
    async with asked() as api:
        assert await ids(api, query) == expected


@pytest.mark.parametrize("filters", ["", "kind=Pod&kind=Secret&kind=Node", "release=web", "namespace=shop"])
@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_pages_together_are_the_whole(filters: str, limit: int) -> None:
    async with asked() as api:
        whole = await api.json(f"/resources?{filters}")
        path, found = f"/api/v1/resources?{filters}&limit={limit}", []
        pages = 0
        while path:
            status, response, _ = await api.client.get(path)
            assert status == 200
            page = await api.json(path.removeprefix("/api/v1"))
            assert len(page) <= limit
            found += page
            pages += 1
            path = str(response.links["next"]["url"].relative()) if "next" in response.links else ""
    assert [id_of(each) for each in found] == [id_of(each) for each in whole]
    assert pages == max(1, -(-len(whole) // limit))


async def test_what_comes_and_goes_between_pages_moves_nothing() -> None:
    async with asked() as api:
        _, response, _ = await api.client.get("/api/v1/resources?kind=Pod&kind=Secret&limit=1")
        link = str(response.links["next"]["url"].relative())
        api.server.delete("pods", "shop", "api-0")
        api.server.put(pod("a-0"))
        graph = api.client.application.graph
        await until(lambda: "Pod/shop/a-0" in graph and "Pod/shop/api-0" not in graph)
        assert [each["name"] for each in await api.json(link.removeprefix("/api/v1"))] == ["web-0"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("limit=many", "limit"),
        ("limit=null", "limit"),
        ("limit=", "limit"),
        ("limit=1e3", "limit"),
        ("limit=+1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("release=a&release=b", "release"),
        ("label=a%3D%3D%3Db", "label"),
        ("label=a+in+()", "label"),
        ("label=,", "label"),
        ("continue=rubbish", "continue"),
        ("limit=2&continue=rubbish", "continue"),
        ("limit=2&continue=%C3%A4", "continue"),
        ("limit=2&continue=WyJ4Il0%3D", "continue"),
        ("colour=red", "colour"),
        ("Kind=Pod", "Kind"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name(query: str, parameter: str) -> None:
    async with asked() as api:
        refusal = await api.refused(f"/resources?{query}")
    assert refusal["parameter"] == parameter
    assert refusal["message"]


async def test_a_token_of_another_question_is_refused() -> None:
    async with asked() as api:
        _, response, _ = await api.client.get("/api/v1/resources?kind=Pod&limit=1")
        token = response.links["next"]["url"].query["continue"]
        assert len(await api.json(f"/resources?kind=Pod&limit=5&continue={token}")) == 1
        for query in ("resources?kind=Secret", "resources?", "graph?kind=Pod"):
            refusal = await api.refused(f"/{query}&limit=1&continue={token}")
            assert refusal["parameter"] == "continue"
        assert (await api.refused(f"/resources?kind=Pod&continue={token}"))["parameter"] == "continue"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86399, "23h"),
        (86400, "1d"),
        (12.9 * 86400, "12d"),
        (400 * 86400, "400d"),
    ],
)
def test_ages_have_one_unit(seconds: float, told: str) -> None:
    assert age(1000.0, 1000.0 + seconds) == told


def test_an_unknown_age_is_empty() -> None:
    assert age(0.0, 1000.0) == ""
