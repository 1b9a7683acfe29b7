import pytest

from astrolabe.testing.apiserver import ApiServer
from tests.testing.client import METADATA, METADATA_LIST, PODS, Client, definition, pod, rocket


@pytest.fixture
def server():
    server = ApiServer()
    for name, labels in (("a", {"app": "web"}), ("b", {"app": "db"}), ("c", {}), ("d", {"app": "web"})):
        server.put(pod(name, labels=labels))
    server.put(pod("a", namespace="other", node="node-2", phase="Pending"))
    return server


@pytest.fixture
def client(server):
    return Client(server)


async def test_a_list_is_sorted_as_in_etcd_and_leaves_kinds_out(client):
    status, document = await client.get(PODS)
    keys = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in document["items"]]
    assert status == 200
    assert keys == [("other", "a"), ("shop", "a"), ("shop", "b"), ("shop", "c"), ("shop", "d")]
    assert document["kind"] == "PodList"
    assert document["metadata"] == {"resourceVersion": "1005"}
    assert sorted(document["items"][0]) == ["metadata", "spec", "status"]


async def test_a_list_of_custom_resources_carries_kinds(server, client):
    server.put(definition())
    server.put(rocket("r"))
    _, document = await client.get("/apis/space.example/v1/rockets")
    assert [(item["apiVersion"], item["kind"]) for item in document["items"]] == [
        ("space.example/v1", "Rocket")
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"labelSelector": "app=web"}, ["a", "d"]),
        ({"labelSelector": "app!=web"}, ["b", "c"]),
        ({"labelSelector": "app in (web, db),app notin (db)"}, ["a", "d"]),
        ({"labelSelector": "app"}, ["a", "b", "d"]),
        ({"labelSelector": "!app"}, ["c"]),
        ({"fieldSelector": "metadata.name=b"}, ["b"]),
        ({"fieldSelector": "metadata.name!=b,spec.nodeName=node-1"}, ["a", "c", "d"]),
    ],
)
async def test_selectors(client, query, names):
    assert await client.names("/api/v1/namespaces/shop/pods", query) == names


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"labelSelector": "a b c"}, "unable to parse requirement: a b c"),
        ({"fieldSelector": "foo=b"}, "field label not supported: foo"),
        ({"limit": "2", "continue": "???"}, "invalid continue token: continue key is not valid"),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(client, query, message):
    status, document = await client.get(PODS, query)
    assert (status, document["reason"], document["message"]) == (400, "BadRequest", message)


async def test_pages_show_the_moment_of_the_first(server, client):
    _, first = await client.get(PODS, {"limit": "2"})
    assert first["metadata"]["remainingItemCount"] == 3
    server.put(pod("bb"))
    server.delete("pods", "shop", "c")
    _, second = await client.get(PODS, {"limit": "2", "continue": first["metadata"]["continue"]})
    _, third = await client.get(PODS, {"limit": "2", "continue": second["metadata"]["continue"]})
    names = [item["metadata"]["name"] for page in (first, second, third) for item in page["items"]]
    assert names == ["a", "a", "b", "c", "d"]
    assert {page["metadata"]["resourceVersion"] for page in (first, second, third)} == {"1005"}
    assert "continue" not in third["metadata"]
    assert [request.page for request in server.requests] == [1, 2, 3]


async def test_a_selector_hides_how_many_items_remain(client):
    _, document = await client.get(PODS, {"limit": "1", "labelSelector": "app=web"})
    assert sorted(document["metadata"]) == ["continue", "resourceVersion"]


async def test_a_continue_token_expires_with_the_history(server, client):
    _, first = await client.get(PODS, {"limit": "2"})
    server.compact()
    status, document = await client.get(PODS, {"limit": "2", "continue": first["metadata"]["continue"]})
    assert (status, document["code"], document["reason"]) == (410, 410, "Expired")


async def test_resource_version_0_ignores_the_limit(client):
    assert len(await client.names(PODS, {"limit": "2", "resourceVersion": "0"})) == 5


async def test_a_version_that_lies_ahead_times_out(client):
    response, body = await client.raw(PODS, {"resourceVersion": "9999"})
    assert response.status == 504
    assert response.headers["retry-after"] == "1"
    assert b"Timeout: Too large resource version: 9999, current: 1005" in body


async def test_metadata_only(client):
    status, document = await client.get(PODS, {"limit": "1"}, accept=f"{METADATA_LIST},application/json")
    assert (status, document["kind"], document["apiVersion"]) == (
        200,
        "PartialObjectMetadataList",
        "meta.k8s.io/v1",
    )
    (item,) = document["items"]
    assert sorted(item) == ["apiVersion", "kind", "metadata"]
    assert item["kind"] == "PartialObjectMetadata"


async def test_a_list_is_not_acceptable_as_a_single_object(client):
    status, document = await client.get(PODS, accept=METADATA)
    assert (status, document["reason"]) == (406, "NotAcceptable")
    status, document = await client.get(PODS, accept="text/html")
    assert status == 406


async def test_single_objects(client):
    status, document = await client.get("/api/v1/namespaces/shop/pods/a")
    assert (status, document["metadata"]["name"], document["spec"]) == (200, "a", {"nodeName": "node-1"})
    status, document = await client.get("/api/v1/namespaces/shop/pods/a", accept=METADATA)
    assert (status, sorted(document)) == (200, ["apiVersion", "kind", "metadata"])
    status, document = await client.get("/api/v1/namespaces/shop/pods/nix")
    assert (status, document["message"]) == (404, 'pods "nix" not found')


async def test_unknown_resources_and_unknown_groups_are_told_apart(client):
    status, document = await client.get("/api/v1/foos")
    assert (status, document["message"]) == (404, "the server could not find the requested resource")
    response, body = await client.raw("/apis/foo.example/v1/bars")
    assert (response.status, body) == (404, b"404 page not found\n")


async def test_health_and_version(client):
    _, body = await client.raw("/readyz")
    assert body == b"ok"
    _, document = await client.get("/version")
    assert document["gitVersion"] == "v1.36.3"
