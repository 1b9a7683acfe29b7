import asyncio

import aiohttp
import msgspec
import pytest

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.faults import HalfOpen, Split
from astrolabe.testing.http import serving
from tests.testing.client import PODS, pod

WATCH = {"watch": "1", "resourceVersion": "1001"}


@pytest.fixture
def server():
    server = ApiServer()
    server.put(pod("a"))
    return server


async def test_lists_and_errors(server):
    async with serving(server) as url, aiohttp.ClientSession(url) as session:
        async with session.get(PODS, params={"limit": "5"}) as response:
            assert (response.status, response.content_type) == (200, "application/json")
            assert [item["metadata"]["name"] for item in (await response.json())["items"]] == ["a"]
        async with session.get("/api/v1/namespaces/shop/pods/nix") as response:
            assert (response.status, (await response.json())["reason"]) == (404, "NotFound")
        server.faults.token = "sesame"
        async with session.get(PODS) as response:
            assert response.status == 401
        async with session.get(PODS, headers={"Authorization": "Bearer sesame"}) as response:
            assert response.status == 200


async def test_events_arrive_as_they_happen(server):
    async with (
        serving(server) as url,
        aiohttp.ClientSession(url) as session,
        session.get(PODS, params=WATCH) as response,
    ):
        for name in "bc":
            server.put(pod(name))
            event = msgspec.json.decode(await response.content.readline())
            assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", name)


async def test_a_client_that_goes_leaves_no_watch_behind(server):
    async with serving(server) as url, aiohttp.ClientSession(url) as session:
        async with session.get(PODS, params=WATCH):
            assert len(server.watches()) == 1
        async with asyncio.timeout(5):
            while server.watches():  # noqa: ASYNC110 - the server tells nobody when a client has gone
                await asyncio.sleep(0)


async def test_a_connection_that_is_refused_breaks_off(server):
    async with serving(server) as url, aiohttp.ClientSession(url) as session:
        async with session.get(PODS, params=WATCH) as response:
            server.go_away()
            with pytest.raises(aiohttp.ClientError):
                await response.content.readline()
        with pytest.raises(aiohttp.ClientError):
            await session.get(PODS)
        server.come_back()
        async with session.get(PODS) as response:
            assert response.status == 200


async def test_stopping_ends_open_watches_and_abandons_frozen_ones(server):
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(5), serving(server) as url:
            proper = await session.get(url + PODS, params=WATCH)
            server.faults.order("pods", HalfOpen())
            frozen = await session.get(url + PODS, params=WATCH)
        assert await proper.read() == b""
        frozen.close()


async def test_pieces_pass(server):
    server.faults.order("pods", Split(100))
    async with serving(server) as url, aiohttp.ClientSession(url) as session, session.get(PODS) as response:
        assert len((await response.json())["items"]) == 1
