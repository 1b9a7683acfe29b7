import asyncio

import pytest

from astrolabe.kube.transport import Unreachable
from astrolabe.testing.apiserver import ApiServer
from tests.testing.client import METADATA, PODS, STREAM, Client, definition, pod, rocket

pytestmark = pytest.mark.looptime


@pytest.fixture
def server():
    server = ApiServer()
    server.put(pod("a", labels={"app": "web"}))
    server.put(pod("b"))
    return server


@pytest.fixture
def client(server):
    return Client(server)


async def test_a_watch_sends_what_is_newer_than_its_version(server, client):
    async with client.watch(PODS, {"resourceVersion": "1001"}) as events:
        assert await events.short(1) == [("ADDED", "b")]
        server.put(pod("b", phase="Failed"))
        server.delete("pods", "shop", "a")
        event = await events.next()
        assert (event["type"], event["object"]["kind"], event["object"]["apiVersion"]) == (
            "MODIFIED",
            "Pod",
            "v1",
        )
        event = await events.next()
        assert (event["type"], event["object"]["metadata"]["resourceVersion"]) == ("DELETED", "1004")


@pytest.mark.parametrize("version", ["", "0"])
async def test_a_watch_without_a_version_begins_with_what_exists(client, version):
    async with client.watch(PODS, {"resourceVersion": version}) as events:
        assert await events.short(2) == [("ADDED", "a"), ("ADDED", "b")]


async def test_a_streaming_list_is_complete_at_its_bookmark(server, client):
    async with client.watch(PODS, STREAM) as events:
        assert await events.short(2) == [("ADDED", "a"), ("ADDED", "b")]
        server.put(pod("c"))
        bookmark = await events.next()
        assert bookmark["type"] == "BOOKMARK"
        assert bookmark["object"]["metadata"] == {
            "resourceVersion": "1002",
            "annotations": {"k8s.io/initial-events-end": "true"},
        }
        assert await events.short(1) == [("ADDED", "c")]


async def test_objects_enter_and_leave_a_selection(server, client):
    async with client.watch(PODS, {"resourceVersion": "1002", "labelSelector": "app=web"}) as events:
        server.put(pod("b", labels={"app": "web"}))
        server.put(pod("a"))
        server.put(pod("a", phase="Failed"))
        server.delete("pods", "shop", "b")
        assert await events.short(2) == [("ADDED", "b"), ("DELETED", "a")]
        event = await events.next()
        assert (event["type"], event["object"]["metadata"]["name"]) == ("DELETED", "b")


async def test_a_watch_of_a_namespace(server, client):
    async with client.watch("/api/v1/namespaces/other/pods", {"resourceVersion": "1002"}) as events:
        server.put(pod("c"))
        server.put(pod("c", namespace="other"))
        event = await events.next()
        assert event["object"]["metadata"]["namespace"] == "other"


async def test_bookmarks_come_each_minute_and_before_the_end(client, looptime):
    query = {"resourceVersion": "1002", "allowWatchBookmarks": "true", "timeoutSeconds": "150"}
    async with client.watch(PODS, query) as events:
        assert await events.short(1) == [("BOOKMARK", "1002")]
        assert looptime == 60
        assert await events.short(1) == [("BOOKMARK", "1002")]
        assert looptime == 120
        assert await events.short(1) == [("BOOKMARK", "1002")]
        assert looptime == 148
        assert await events.rest() == []
        assert looptime == 150


async def test_a_bookmark_names_the_version_of_the_whole_server(server, client):
    query = {"resourceVersion": "1002", "allowWatchBookmarks": "true"}
    async with client.watch("/api/v1/namespaces/other/pods", query) as events:
        server.put(pod("c"))
        assert await events.short(1) == [("BOOKMARK", "1003")]


@pytest.mark.parametrize("seconds", [60, 148])
async def test_no_bookmark_overtakes_an_event_of_the_same_moment(server, client, seconds):
    """Who resumes at the bookmark would never hear of it."""
    query = {"resourceVersion": "1002", "allowWatchBookmarks": "true", "timeoutSeconds": "150"}
    loop = asyncio.get_running_loop()
    loop.call_at(loop.time() + seconds, server.put, pod("c"))
    async with client.watch(PODS, query) as events:
        if seconds > 60:
            assert await events.short(2) == [("BOOKMARK", "1002")] * 2
        assert await events.short(2) == [("ADDED", "c"), ("BOOKMARK", "1003")]


async def test_without_bookmarks_a_quiet_watch_is_silent_to_its_end(client, looptime):
    async with client.watch(PODS, {"resourceVersion": "1002", "timeoutSeconds": "100"}) as events:
        assert await events.rest() == []
        assert looptime == 100


async def test_a_version_that_is_too_old_comes_as_an_event(server, client):
    server.compact()
    async with client.watch(PODS, {"resourceVersion": "1001"}) as events:
        error = await events.next()
        assert error["type"] == "ERROR"
        assert error["object"] == {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": "too old resource version: 1001 (1002)",
            "reason": "Expired",
            "code": 410,
        }
        assert await events.rest() == []


async def test_a_version_that_lies_ahead_is_an_error_for_a_streaming_list_alone(server, client):
    async with client.watch(PODS, STREAM | {"resourceVersion": "9999"}) as events:
        assert await events.rest() == [("ERROR", 504)]
    async with client.watch(PODS, {"resourceVersion": "1003"}) as events:
        server.put(pod("c"))
        server.put(pod("d"))
        assert await events.short(1) == [("ADDED", "d")]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            {"sendInitialEvents": "true"},
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            {"resourceVersionMatch": "NotOlderThan"},
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
    ],
)
async def test_options_that_exclude_each_other(client, query, message):
    status, document = await client.get(PODS, {"watch": "1"} | query)
    assert (status, document["reason"]) == (422, "Invalid")
    assert document["message"] == (
        f'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: {message}'
    )


async def test_metadata_only(client):
    async with client.watch(PODS, STREAM, accept=METADATA) as events:
        for _ in range(3):
            event = await events.next()
            assert event["object"]["kind"] == "PartialObjectMetadata"
            assert sorted(event["object"]) == ["apiVersion", "kind", "metadata"]


async def test_a_definition_is_served_while_it_exists(server, client):
    path = "/apis/space.example/v1/rockets"
    response, _ = await client.raw(path)
    assert response.status == 404
    stored = server.put(definition())
    assert [condition["type"] for condition in stored["status"]["conditions"]] == [
        "NamesAccepted",
        "Established",
    ]
    server.put(rocket("r"))
    async with client.watch(path, STREAM) as events:
        assert await events.short(1) == [("ADDED", "r")]
        await events.next()
        server.delete("customresourcedefinitions.apiextensions.k8s.io", "", "rockets.space.example")
        assert await events.rest() == [("DELETED", "r")]
    response, _ = await client.raw(path)
    assert response.status == 404


async def test_a_version_that_is_dropped_ends_its_watches(server, client):
    server.put(definition(versions=("v1", "v1beta1")))
    server.put(rocket("r"))
    _, document = await client.get("/apis/space.example/v1beta1/rockets")
    assert document["items"][0]["apiVersion"] == "space.example/v1beta1"
    async with (
        client.watch("/apis/space.example/v1beta1/rockets", STREAM) as old,
        client.watch("/apis/space.example/v1/rockets", STREAM) as new,
    ):
        server.put(definition(versions=("v1",)))
        assert len(await old.rest()) == 2
        server.put(rocket("s"))
        assert await new.short(3) == [("ADDED", "r"), ("BOOKMARK", "1005"), ("ADDED", "s")]
    response, _ = await client.raw("/apis/space.example/v1beta1/rockets")
    assert response.status == 404


async def test_open_watches_can_be_steered(server, client):
    async with client.watch(PODS, {"resourceVersion": "1002"}) as events:
        (watch,) = server.watches("pods")
        watch.send(b'{"type":"MAYBE","object":{}}\n')
        watch.finish()
        assert await events.rest() == [("MAYBE", None)]
    async with client.watch(PODS, {"resourceVersion": "1002"}) as events:
        server.break_connections()
        with pytest.raises(Unreachable, match="connection reset by peer"):
            await events.next()
    async with client.watch(PODS, {"resourceVersion": "1002", "timeoutSeconds": "10"}) as events:
        server.watches("pods")[0].freeze()
        server.put(pod("c"))
        assert await events.quiet(1000)
    assert server.watches() == []
    assert client.transport.open == 0


async def test_a_restored_server_breaks_connections_and_knows_only_the_old_state(server, client):
    snapshot = server.snapshot()
    server.put(pod("c"))
    async with client.watch(PODS, {"resourceVersion": "1003"}) as events:
        server.restore(snapshot)
        with pytest.raises(Unreachable):
            await events.next()
    assert await client.names(PODS) == ["a", "b"]
