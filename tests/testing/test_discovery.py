import asyncio

import pytest

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.discovery import AGGREGATED
from astrolabe.testing.resources import ServedResource
from tests.testing.client import Client, definition

METRICS = ServedResource(group="metrics.k8s.io", versions=("v1beta1",), plural="pods", kind="PodMetrics")


@pytest.fixture
def server():
    server = ApiServer()
    server.register(METRICS)
    server.put(definition(versions=("v1", "v1beta1")))
    return server


@pytest.fixture
def client(server):
    return Client(server)


async def aggregated(client, path):
    response, _ = await client.raw(path, accept=f"{AGGREGATED},application/json")
    assert response.headers["content-type"] == AGGREGATED
    _, document = await client.get(path, accept=f"{AGGREGATED},application/json")
    assert (document["kind"], document["apiVersion"]) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")
    return {item["metadata"].get("name", ""): item["versions"] for item in document["items"]}


async def test_the_core_group_stands_alone_in_its_document(client):
    groups = await aggregated(client, "/api")
    assert list(groups) == [""]
    (version,) = groups[""]
    pods = next(resource for resource in version["resources"] if resource["resource"] == "pods")
    assert pods == {
        "resource": "pods",
        "responseKind": {"group": "", "version": "", "kind": "Pod"},
        "scope": "Namespaced",
        "singularResource": "pod",
        "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        "shortNames": ["po"],
        "subresources": [
            {
                "subresource": "status",
                "responseKind": {"group": "", "version": "", "kind": "Pod"},
                "verbs": ["get", "patch", "update"],
            }
        ],
    }


async def test_definitions_are_discovered_in_each_version(client):
    versions = (await aggregated(client, "/apis"))["space.example"]
    assert [(version["version"], version["freshness"]) for version in versions] == [
        ("v1", "Current"),
        ("v1beta1", "Current"),
    ]
    assert versions[1]["resources"][0]["responseKind"] == {
        "group": "space.example",
        "version": "v1beta1",
        "kind": "Rocket",
    }


async def test_a_broken_group_is_stale_and_unavailable(server, client):
    server.faults.broken_groups.add("metrics.k8s.io")
    groups = await aggregated(client, "/apis")
    assert groups["metrics.k8s.io"] == [{"version": "v1beta1", "freshness": "Stale"}]
    for path in ("/apis/metrics.k8s.io/v1beta1", "/apis/metrics.k8s.io/v1beta1/pods"):
        status, document = await client.get(path)
        assert (status, document["reason"]) == (503, "ServiceUnavailable")


async def test_older_documents(server, client):
    server.faults.aggregated_discovery = False
    accept = f"{AGGREGATED},application/json"
    assert (await client.get("/api", accept=accept))[1]["versions"] == ["v1"]
    _, groups = await client.get("/apis", accept=accept)
    assert groups["kind"] == "APIGroupList"
    (rockets,) = [group for group in groups["groups"] if group["name"] == "space.example"]
    assert rockets["versions"] == [
        {"groupVersion": "space.example/v1", "version": "v1"},
        {"groupVersion": "space.example/v1beta1", "version": "v1beta1"},
    ]
    assert rockets["preferredVersion"] == rockets["versions"][0]
    _, group = await client.get("/apis/space.example")
    assert (group["kind"], group["name"]) == ("APIGroup", "space.example")
    _, resources = await client.get("/apis/space.example/v1beta1")
    assert [resource["name"] for resource in resources["resources"]] == ["rockets", "rockets/status"]
    assert (resources["kind"], resources["groupVersion"]) == ("APIResourceList", "space.example/v1beta1")
    _, core = await client.get("/api/v1")
    assert "pods" in [resource["name"] for resource in core["resources"]]
    response, _ = await client.raw("/apis/nix.example/v1")
    assert response.status == 404


@pytest.mark.looptime
@pytest.mark.parametrize("legacy", [False, True])
async def test_a_restarted_server_does_not_know_the_groups_of_definitions_for_a_moment(
    server, client, legacy
):
    server.faults.aggregated_discovery = not legacy

    async def groups():
        if not legacy:
            return set(await aggregated(client, "/apis"))
        _, document = await client.get("/apis")
        return {group["name"] for group in document["groups"]}

    before = await groups()
    server.restart(0.3)
    assert await groups() == before - {"space.example"}
    assert (await client.get("/apis/space.example/v1/rockets"))[0] == 503
    assert server.requests[-1].resource == "rockets.space.example"
    await asyncio.sleep(0.4)
    assert await groups() == before
    assert (await client.get("/apis/space.example/v1/rockets"))[0] == 200
