import aiohttp

from astrolabe.demo.cluster import demo_cluster


async def test_the_demo_is_reached_over_http():
    async with (
        demo_cluster() as demo,
        aiohttp.ClientSession(demo.url) as session,
        session.get("/api/v1/namespaces", params={"limit": "500"}) as response,
    ):
        assert response.status == 200
        assert len((await response.json())["items"]) == 32
    assert demo.day.cancelled()
    async with aiohttp.ClientSession() as session:
        try:
            await session.get(demo.url)
        except aiohttp.ClientConnectorError:
            return
    raise AssertionError("the port is still open")
