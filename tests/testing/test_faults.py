import asyncio

import msgspec
import pytest

from astrolabe.kube.transport import Unreachable
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.faults import (
    Cut,
    CutBeforeBookmark,
    EmptyClose,
    ErrorEvent,
    ExpiredPage,
    HalfOpen,
    Insert,
    Refuse,
    Silent,
    Slow,
    Split,
    Truncate,
)
from astrolabe.testing.requests import Verb
from tests.testing.client import PODS, STREAM, Client, definition, pod, rocket

pytestmark = pytest.mark.looptime


@pytest.fixture
def server():
    server = ApiServer()
    server.put(pod("a"))
    server.put(pod("b"))
    return server


@pytest.fixture
def client(server):
    return Client(server)


async def watched(client, query=None):
    async with client.watch(
        PODS, {"resourceVersion": "1000", "timeoutSeconds": "1"} | (query or {})
    ) as events:
        return await events.rest()


async def test_a_fault_hits_as_often_as_it_was_ordered(server, client):
    server.faults.order("pods", EmptyClose(), times=2)
    assert [len(await watched(client)) for _ in range(3)] == [0, 0, 2]


async def test_a_fault_hits_only_its_resource_and_verbs(server, client):
    server.faults.order("pods", Refuse(500), verbs=frozenset({Verb.STREAM}), times=None)
    assert (await client.get("/api/v1/nodes"))[0] == 200
    assert (await client.get(PODS))[0] == 200
    assert len(await watched(client)) == 2
    assert (await client.get(PODS, STREAM))[0] == 500
    server.faults.clear("pods")
    assert len(await watched(client, STREAM)) == 3


async def test_a_status_with_a_time_to_wait(server, client):
    server.faults.order("pods", Refuse(429, "slow down", retry_after=3))
    response, body = await client.raw(PODS)
    assert (response.status, response.headers["Retry-After"]) == (429, "3")
    assert msgspec.json.decode(body) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "slow down",
        "reason": "TooManyRequests",
        "details": {"retryAfterSeconds": 3},
        "code": 429,
    }


async def test_an_error_event(server, client):
    server.faults.order("pods", ErrorEvent(500, retry_after=3, after=1))
    async with client.watch(PODS, {"resourceVersion": "1000"}) as events:
        await events.next()
        error = await events.next()
        assert (error["type"], error["object"]["code"]) == ("ERROR", 500)
        assert error["object"]["details"] == {"retryAfterSeconds": 3}
        assert await events.rest() == []


async def test_a_page_that_has_expired(server, client):
    server.faults.order("pods", ExpiredPage(2))
    _, first = await client.get(PODS, {"limit": "1"})
    again = {"limit": "1", "continue": first["metadata"]["continue"]}
    assert [(await client.get(PODS, again))[0] for _ in range(2)] == [410, 200]


async def test_connections_that_break(server, client):
    server.faults.order("pods", CutBeforeBookmark())
    server.faults.order("pods", Cut(after=1, inside=5))
    async with client.watch(PODS, STREAM) as events:
        assert len(await anext(events.chunks)) > 100
        assert await anext(events.chunks) == b'{"typ'
        with pytest.raises(Unreachable, match="connection reset by peer"):
            await anext(events.chunks)
    server.faults.order("pods", CutBeforeBookmark())
    async with client.watch(PODS, STREAM) as events:
        await events.short(2)
        with pytest.raises(Unreachable):
            await events.next()


async def test_a_half_open_connection(server, client):
    server.faults.order("pods", HalfOpen(after=1))
    async with client.watch(PODS, {"resourceVersion": "1000", "timeoutSeconds": "5"}) as events:
        assert await events.short(1) == [("ADDED", "a")]
        assert await events.quiet(10_000)


async def test_a_connection_that_is_never_answered(server, client):
    server.faults.order("pods", Silent())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1000):
            await client.get(PODS)


async def test_a_slow_answer(server, client, looptime):
    server.faults.order("pods", Slow(7))
    assert (await client.get(PODS))[0] == 200
    assert looptime == 7


async def test_lines_in_pieces_and_lines_cut_short(server, client):
    _, whole = await client.raw(PODS, {"watch": "1", "resourceVersion": "1000", "timeoutSeconds": "1"})
    server.faults.order("pods", Split(1))
    async with client.watch(PODS, {"resourceVersion": "1000", "timeoutSeconds": "1"}) as events:
        pieces = [piece async for piece in events.chunks]
    assert {len(piece) for piece in pieces} == {1}
    assert b"".join(pieces) == whole
    server.faults.order("pods", Truncate(after=1, inside=9))
    _, short = await client.raw(PODS, {"watch": "1", "resourceVersion": "1000", "timeoutSeconds": "1"})
    first, _, rest = short.partition(b"\n")
    assert (whole.startswith(first), rest) == (True, b'{"type":"')


async def test_a_line_that_nobody_meant(server, client):
    server.faults.order("pods", Insert(b"{]\n", after=1))
    _, body = await client.raw(PODS, {"watch": "1", "resourceVersion": "1000", "timeoutSeconds": "1"})
    assert [line[:9] for line in body.splitlines()] == [b'{"type":"', b"{]", b'{"type":"']


async def test_forbidden_until_granted(server, client):
    server.faults.forbid("pods")
    status, document = await client.get(PODS)
    assert (status, document["reason"], document["details"]) == (403, "Forbidden", {"kind": "pods"})
    assert document["message"] == (
        'pods is forbidden: User "system:serviceaccount:astrolabe:astrolabe" cannot list resource "pods" '
        'in API group "" at the cluster scope'
    )
    assert (await client.get(PODS, STREAM))[1]["message"].endswith(
        'cannot watch resource "pods" in API group "" at the cluster scope'
    )
    server.faults.grant("pods")
    assert (await client.get(PODS))[0] == 200


async def test_forbidden_in_one_namespace(server, client):
    server.faults.forbid("deployments.apps", "shop")
    codes = [
        (await client.get(f"/apis/apps/v1{where}/deployments"))[0]
        for where in ("", "/namespaces/shop", "/namespaces/other")
    ]
    assert codes == [403, 403, 200]


async def test_reviews_know_what_is_forbidden(server, client):
    server.faults.forbid("deployments.apps")
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    allowed = []
    for group, resource in (("apps", "deployments"), ("", "pods")):
        attributes = {"verb": "list", "group": group, "resource": resource}
        review = {
            "kind": "SelfSubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "spec": {"resourceAttributes": attributes},
        }
        status, answer = await client.get(path, body=msgspec.json.encode(review))
        assert (status, answer["kind"], answer["spec"]) == (201, "SelfSubjectAccessReview", review["spec"])
        allowed.append(answer["status"]["allowed"])
    assert allowed == [False, True]


async def test_a_token_that_is_no_longer_accepted(server):
    tokens = ["first"]
    client = Client(server, lambda: tokens[-1])
    server.faults.token = "first"
    assert (await client.get(PODS))[0] == 200
    server.faults.token = "second"
    tokens.append("second")
    status, document = await client.get(PODS)
    assert (status, document["message"]) == (401, "Unauthorized")
    await client.transport.renew()
    assert (await client.get(PODS))[0] == 200
    assert [request.token for request in server.requests] == ["first", "first", "second"]
    assert [request.status for request in server.requests] == [200, 401, 200]


async def test_a_server_that_is_away(server, client):
    async with client.watch(PODS, {"resourceVersion": "1002"}) as events:
        server.go_away()
        with pytest.raises(Unreachable, match="connection reset by peer"):
            await events.next()
    with pytest.raises(Unreachable, match="connection refused"):
        await client.get(PODS)
    server.come_back()
    assert (await client.get(PODS))[0] == 200


async def test_a_conversion_webhook_that_is_down(server, client):
    server.put(definition())
    server.put(rocket("apollo"))
    path = "/apis/space.example/v1/rockets"
    server.faults.break_conversion("rockets.space.example")
    status, document = await client.get(path)
    assert status == 500
    assert document["message"].startswith(
        "conversion webhook for space.example/v1, Kind=rockets failed: Post "
    )
    for query in (STREAM, {"watch": "1", "resourceVersion": "1"}):
        response, body = await client.raw(path, query)
        document = msgspec.json.decode(body)
        assert (response.status, response.headers["Retry-After"]) == (429, "1")
        assert document["message"].startswith("storage is (re)initializing: failed to list ")
        assert "connection refused" in document["message"]
    server.faults.clear("rockets.space.example")
    assert (await client.get(path))[0] == 200
