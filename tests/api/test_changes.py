"""GET /api/v1/changes over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

import aiohttp
import msgspec
import pytest

from astrolabe.api import limits
from astrolabe.api.v1 import changes, history, subscribers
from astrolabe.graph.facts import Facts, Verdict
from tests.api.events import Event, Mirror, parse
from tests.api.exporter import Client, cluster, serving, until
from tests.api.shop import pod
from tests.api.test_metrics import stalled
from tests.api.test_security_access import bearer, written

PATH = "/api/v1/changes"


def facts(name: str, *, status: str = "Ready", message: str = "", uid: str = "", version: str = "") -> Facts:
    return Facts(
        id=f"ConfigMap/shop/{name}",
        kind="ConfigMap",
        namespace="shop",
        uid=uid or f"uid-{name}",
        api_version="v1",
        resource_version=version,
        verdict=Verdict(status, message=message),  # type: ignore[arg-type]
    )


def happens(client: Client, *names: str, message: str = "") -> None:
    for name in names:
        client.application.put(facts(name, message=message), None, perf_counter())


class Stream:
    """A response that is read event by event."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def block(self) -> bytes:
        """The next block, a comment as well."""
        async with asyncio.timeout(5):
            return await self.response.content.readuntil(b"\n\n")

    async def event(self) -> Event:
        while not (found := list(parse(await self.block()))):
            pass
        return found[0]

    async def names(self) -> list[str]:
        data = (await self.event()).data
        assert data is not None
        return [node["name"] for node in data["nodes"]]


@asynccontextmanager
async def stream(
    client: Client, *, after: str = "", path: str = PATH, **headers: str
) -> AsyncIterator[Stream]:
    if after:
        headers["Last-Event-ID"] = after
    async with client.session.get(client.urls[0] + path, headers=headers) as response:
        assert response.status == 200
        yield Stream(response)


def count(client: Client, name: str) -> float | None:
    return client.application.telemetry.registry.get_sample_value(f"astrolabe_changes_{name}")


async def test_an_event_in_full() -> None:
    async with serving() as client, stream(client) as events:
        assert events.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert events.response.headers["Cache-Control"] == "no-store"
        epoch, _, number = client.application.feed.mark().rpartition("-")
        assert await events.block() == f"retry: 2000\nid: {epoch}-{number}\n\n".encode()
        client.application.put(facts("new", message="Zwölf\nZeilen"), None, perf_counter())
        assert (await events.block()).decode() == (
            f"id: {epoch}-{int(number) + 1}\n"
            'data: {"nodes":[{"uid":"uid-new","name":"new","namespace":"shop","kind":"ConfigMap",'
            '"status":"Ready","message":"Zwölf\\nZeilen"}],"gone":[],"edges":{"added":[],"removed":[]}}\n\n'
        )


async def test_what_is_recreated_is_another_object_with_edges_of_its_own() -> None:
    server = cluster()
    async with serving(server) as client, stream(client) as events:
        await events.block()
        graph = client.application.graph
        old = graph.get("Pod/shop/web-abc-1")
        service = graph.get("Service/shop/web")
        assert old is not None
        assert service is not None
        server.delete("pods", "shop", "web-abc-1")
        server.put(pod("web-abc-1"))
        told = (await events.event()).data
        assert told is not None
        new = graph.get("Pod/shop/web-abc-1")
        assert new is not None
        assert new.facts.uid != old.facts.uid
        assert told["gone"] == [old.facts.uid]
        selects = {"type": "selects", "from": service.facts.uid}
        assert {**selects, "to": old.facts.uid} in told["edges"]["removed"]
        assert {**selects, "to": new.facts.uid} in told["edges"]["added"]


async def test_a_graph_answer_and_the_events_after_it_are_a_later_graph_answer() -> None:
    server = cluster()
    async with serving(server) as client:
        _, response, body = await client.get("/api/v1/graph")
        mirror = Mirror(msgspec.json.decode(body))
        # Nobody listens while this happens.
        happens(client, "between")
        server.delete("deployments.apps", "shop", "web")
        await until(lambda: "Deployment/shop/web" not in client.application.graph)
        async with stream(client, after=response.headers["Last-Event-ID"]) as events:
            happens(client, "later")
            _, response, body = await client.get("/api/v1/graph")
            while (event := await events.event()).id != response.headers["Last-Event-ID"]:
                if event.data is not None:
                    mirror.apply(event.data)
            assert event.data is not None
            mirror.apply(event.data)
            assert mirror.shows(msgspec.json.decode(body))


class TestResuming:
    async def test_a_client_gets_what_it_missed(self) -> None:
        async with serving() as client:
            async with stream(client) as events:
                start = (await events.event()).id
                happens(client, "one")
                first = await events.event()
            happens(client, "two")
            async with stream(client, after=first.id) as events:
                assert await events.block() == b"retry: 2000\n\n"
                assert await events.names() == ["two"]
            async with stream(client, path=f"{PATH}?last_event_id={start}") as events:
                assert await events.names() == ["one"]
                assert await events.names() == ["two"]
            # What a browser does when it comes back: its URL is as it was.
            async with stream(client, path=f"{PATH}?last_event_id={start}", after=first.id) as events:
                assert await events.names() == ["two"]

    @pytest.mark.parametrize(
        "event_id", ["0123456789ab-1", "x", "-", "-1", "{epoch}-", "{epoch}-²", "{epoch}-1e9"]
    )
    async def test_an_id_that_this_process_did_not_give(self, event_id: str) -> None:
        async with serving() as client:
            now = client.application.feed.mark()
            given = event_id.format(epoch=now.partition("-")[0])
            async with stream(client, path=f"{PATH}?last_event_id={given}") as events:
                assert await events.event() == (now, {"reason": "the id is not of this process"}, "reset")
                happens(client, "one")
                assert await events.names() == ["one"]

    @pytest.mark.parametrize("bound", ["EVENTS", "BYTES"])
    async def test_a_history_that_is_too_short(self, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history, bound, {"EVENTS": 2, "BYTES": 800}[bound])
        async with serving() as client:
            ids = [client.application.feed.mark()]
            for name in ("one", "two", "three"):
                happens(client, name)
                ids.append(client.application.feed.mark())
            reason = {"reason": "the events after the id are not kept any more"}
            async with stream(client, after=ids[0]) as events:
                assert await events.event() == (ids[-1], reason, "reset")
            async with stream(client, after=ids[1]) as events:
                assert [await events.names(), await events.names()] == [["two"], ["three"]]

    async def test_an_id_that_is_still_to_come(self) -> None:
        async with serving() as client:
            epoch, _, number = client.application.feed.mark().rpartition("-")
            async with stream(client, after=f"{epoch}-{int(number) + 1}") as events:
                assert (await events.event()).name == "reset"

    async def test_much_to_catch_up_with(self) -> None:
        async with serving() as client:
            start = client.application.feed.mark()
            for number in range(300):
                happens(client, *(f"{number}-{each}" for each in range(10)), message="x" * 100)
                client.application.feed.mark()
            happens(client, "last")
            async with stream(client, after=start) as events:
                for number in range(300):
                    assert await events.names() == [f"{number}-{each}" for each in range(10)]
                assert await events.names() == ["last"]


async def test_what_happens_while_a_client_is_let_in_reaches_it_at_once() -> None:
    """And not with the next change, which may be hours away."""
    async with serving() as client:
        opening = asyncio.create_task(client.session.get(client.urls[0] + PATH))
        await until(lambda: count(client, "subscribers") == 1)
        # It is just catching up, with nothing.
        happens(client, "meanwhile")
        client.application.feed.mark()
        async with await opening as response:
            events = Stream(response)
            assert (await events.event()).data is None
            assert await events.names() == ["meanwhile"]


class TestLimits:
    async def test_places_are_bounded_and_are_nobody_elses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "STREAMS_AT_ONCE", 2)
        monkeypatch.setattr(limits, "REQUESTS_AT_ONCE", 1)
        async with serving() as client:
            async with stream(client), stream(client):
                assert count(client, "subscribers") == 2
                status, response, body = await client.get(PATH)
                assert (status, response.headers["Retry-After"]) == (503, "30")
                assert msgspec.json.decode(body) == {
                    "error": {"message": "2 clients follow the changes already"}
                }
                assert (await client.get("/metrics"))[0] == 200
            # They closed their connections without a word; the next one finds their places.
            async with asyncio.timeout(5):
                status = 503
                while status == 503:
                    async with client.session.get(client.urls[0] + PATH) as response:
                        status = response.status
                assert status == 200

    async def test_who_stalls_gives_its_place_to_the_next(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "STREAMS_AT_ONCE", 1)
        monkeypatch.setattr(limits, "STALL", 0.2)
        monkeypatch.setattr(subscribers, "BEHIND", 1 << 30)
        async with serving() as client:
            _, writer = await stalled(client, PATH)
            await until(lambda: count(client, "subscribers") == 1)
            # More than the system takes for a client that does not read.
            for number in range(30):
                happens(client, *(f"{number}-{each}" for each in range(200)), message="x" * 1000)
                client.application.feed.mark()
            async with asyncio.timeout(5):
                status = 503
                while status == 503:
                    async with client.session.get(client.urls[0] + PATH) as response:
                        status = response.status
            assert status == 200
            assert count(client, "dropped_total") == 1
            writer.transport.abort()

    async def test_who_does_not_read_is_dropped_and_holds_up_nobody(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subscribers, "BEHIND", 10_000)
        async with serving() as client:
            _, writer = await stalled(client, PATH)
            await until(lambda: count(client, "subscribers") == 1)
            async with stream(client) as events:
                await events.block()
                received = 0
                while count(client, "dropped_total") == 0:
                    happens(client, *(f"{received}-{each}" for each in range(300)), message="x" * 1000)
                    client.application.feed.mark()
                    await events.event()
                    received += 1
                assert count(client, "subscribers") == 1
                happens(client, "still-there")
                while await events.names() != ["still-there"]:
                    pass
            assert count(client, "dropped_total") == 1
            writer.transport.abort()

    async def test_who_catches_up_too_slowly_is_dropped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "CATCH_UP", 0.3)
        async with serving() as client:
            start = client.application.feed.mark()
            for number in range(30):
                happens(client, *(f"{number}-{each}" for each in range(200)), message="x" * 1000)
                client.application.feed.mark()
            _, writer = await stalled(client, f"{PATH}?last_event_id={start}")
            await until(lambda: count(client, "dropped_total") == 1)
            assert count(client, "subscribers") == 0
            writer.transport.abort()


class TestLife:
    async def test_signs_of_life(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "HEARTBEAT", 0.05)
        async with serving() as client, stream(client) as events:
            await events.block()
            assert [await events.block() for _ in range(2)] == [b":\n\n", b":\n\n"]

    async def test_a_stream_ends_and_is_resumed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "LIFETIME", (0.1, 0.1))
        async with serving() as client:
            async with stream(client) as events, asyncio.timeout(5):
                # Read to a proper end: no error, and the connection can be used again.
                last = list(parse(await events.response.content.read()))[-1]
            happens(client, "one")
            async with stream(client, after=last.id) as events:
                assert await events.names() == ["one"]

    async def test_at_the_end_of_the_program_all_are_sent_away(self) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession() as session:
            async with serving() as client:
                response = await session.get(client.urls[0] + PATH)
                stuck, writer = await stalled(client, PATH)
                await until(lambda: count(client, "subscribers") == 2)
                stopped = loop.time()
            assert loop.time() - stopped < 1
            assert list(parse(await response.content.read()))
            assert b"200 OK" in await stuck.read()
            writer.close()

    async def test_a_client_of_http_1_0(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "LIFETIME", (0.3, 0.3))
        async with serving() as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(b"GET /api/v1/changes HTTP/1.0\r\n\r\n")
            async with asyncio.timeout(5):
                await reader.readuntil(b"\r\n\r\n")
                await reader.readuntil(b"\n\n")
                happens(client, "one")
                (event,) = parse(await reader.read())
            writer.close()
            assert event.data is not None
            assert event.data["nodes"][0]["name"] == "one"


async def test_what_is_asked_wrongly_is_refused() -> None:
    async with serving() as client:
        status, _, body = await client.get(f"{PATH}?namespace=shop")
        assert (status, msgspec.json.decode(body)["error"]["parameter"]) == (400, "namespace")
        assert (await client.get(PATH, method="HEAD"))[0] == 200
        assert count(client, "subscribers") == 0


async def test_credentials_are_asked_for(tmp_path: Path) -> None:
    token_file = written(tmp_path, "sesame\n")
    async with serving(web_token_file=token_file) as client:
        assert (await client.get(PATH))[0] == 401
        async with stream(client, **bearer("sesame")) as events:
            assert (await events.event()).data is None
