"""GET /api/v1/changes/ws over real HTTP: the same events, and who breaks off ends with the same graph."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import WSCloseCode, WSMsgType

from astrolabe.api import authentication, files, limits
from astrolabe.api.v1 import changes, subscribers
from astrolabe.api.v1.followed import Part
from astrolabe.derived.access.access import Event as AccessEvent
from astrolabe.graph.facts import Release
from tests.api.events import Mirror, part_of
from tests.api.exporter import Client, cluster, serving, until
from tests.api.test_changes import count, facts, happens, stream
from tests.api.test_security_access import bearer, written
from tests.api.test_security_paths import reviewed
from tests.api.websocket import HANDSHAKE, PATH, end, read, shown, socket, told

NAMES = [f"n{number}" for number in range(6)]
PARTS = [
    Part(),
    Part(kind=("Pod", "ConfigMap")),
    Part(namespace=("shop",), kind=("ConfigMap", "Deployment")),
    Part(kind=("Node", "Namespace")),
    Part(release=("a", "b")),
    Part(namespace=("other", "shop"), release=("a",)),
]


async def test_it_begins_with_the_id_of_the_state() -> None:
    async with serving() as client, socket(client) as ws:
        begin = await told(ws)
        assert begin == {"event": "begin", "id": begin["id"]}
        assert (await read(client))[1] == begin["id"]


async def test_the_events_are_those_of_the_other_stream() -> None:
    async with serving() as client, stream(client) as sse, socket(client) as ws:
        await told(ws)
        await sse.event()
        for number in range(3):
            # Short, medium and long frames.
            happens(client, f"n{number}", message="x" * (10, 1000, 100_000)[number])
            event, message = await sse.event(), await told(ws)
            assert message == {"event": "change", "id": event.id, "data": event.data}


async def test_what_was_missed_comes_first() -> None:
    async with serving() as client:
        _, after = await read(client)
        async with socket(client) as ws:
            await told(ws)
            for number in range(3):
                happens(client, f"n{number}")
                await told(ws)
        async with socket(client, after=after) as ws:
            names = [(await told(ws))["data"]["nodes"][0]["name"] for _ in range(3)]
            assert names == ["n0", "n1", "n2"]


@pytest.mark.parametrize("after", ["nonsense", "000000000000-1", "\N{SNOWMAN}"])
async def test_an_id_that_is_not_understood_is_told_to_read_again(after: str) -> None:
    async with serving() as client, socket(client, after=after) as ws:
        reset = await told(ws)
        assert (reset["event"], reset["data"]) == ("reset", {"reason": "the id is not of this process"})
        happens(client, "later")
        assert (await told(ws))["data"]["nodes"][0]["name"] == "later"


class Follower:
    """A client that keeps a copy, and comes back when its connection breaks."""

    def __init__(self, client: Client, random: Random, *, changing: bool = False) -> None:
        self._client = client
        self._random = random
        self.changing = changing
        """Whether it follows another part of the graph from time to time, while it is connected."""
        self.part = Part()
        self.resets = 0
        self.event_id = ""
        self.mirror: Mirror | None = None

    async def follow(self) -> None:
        """Follow until the connection is cut, after a number of messages that nobody knows before."""
        if self.mirror is None:
            await self._read()
        async with socket(self._client, after=self.event_id, part=self.part) as ws:
            for _ in range(self._random.randrange(5)):
                if self.changing and self._random.randrange(2):
                    await self._change(ws)
                try:
                    async with asyncio.timeout(self._random.choice((0.01, 0.15))):
                        message = json.loads((await ws.receive()).data)
                except TimeoutError:
                    break
                await self.take(message)
            assert ws._response.connection is not None
            transport = ws._response.connection.transport
            assert transport is not None
            transport.abort()

    async def rest(self) -> None:
        """Take in everything up to now: a filter that is agreed on comes behind what was missed."""
        document, now = await read(self._client)
        async with socket(self._client, after=self.event_id, part=self.part) as ws:
            await ws.send_json(shown(self.part))
            while (message := await told(ws))["event"] != "filter":
                await self.take(message)
        assert message == {"event": "filter", "id": now, "data": shown(self.part)}
        assert self.mirror is not None
        assert self.mirror.shows(part_of(document, self.part))

    async def take(self, message: dict[str, Any]) -> None:
        assert self.mirror is not None
        if number(message["id"]) <= number(self.event_id):
            return
        if message["event"] == "reset":
            self.resets += 1
            await self._read()
            return
        assert message["event"] in ("change", "begin")
        if message["event"] == "change":
            self.mirror.apply(message["data"])
        self.event_id = message["id"]

    async def _change(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Follow another part from here on, and read what there is of it."""
        wanted = self._random.choice(PARTS)
        await ws.send_json(shown(wanted))
        while (message := await told(ws))["event"] != "filter":
            await self.take(message)
        assert message["data"] == shown(wanted)
        self.part = wanted
        await self._read()
        assert number(message["id"]) <= number(self.event_id)

    async def _read(self) -> None:
        document, self.event_id = await read(self._client)
        self.mirror = Mirror(part_of(document, self.part))


def number(event_id: str) -> int:
    return int(event_id.rpartition("-")[2])


@pytest.mark.parametrize("changing", [False, True])
@pytest.mark.parametrize("seed", range(3))
async def test_a_client_whose_connection_breaks_at_random_ends_with_the_same_graph(
    seed: int, *, changing: bool
) -> None:
    random = Random(seed)
    server = cluster()
    async with serving(server) as client:
        followers = [Follower(client, Random(seed * 10 + number), changing=changing) for number in range(4)]
        for number in range(12):
            for name in random.sample(NAMES, 3):
                # With another UID it is deleted and created again.
                uid = f"uid-{name}-{random.randrange(3)}"
                release = Release("shop", random.choice("ab")) if random.randrange(3) else None
                client.application.put(
                    msgspec.structs.replace(facts(name, message=f"m{number}", uid=uid), release=release),
                    None,
                    perf_counter(),
                )
            if number == 5:
                server.delete("pods", "shop", "web-abc-1")
            await asyncio.gather(*(each.follow() for each in followers))
        for each in followers:
            await each.rest()
        assert changing or not any(each.resets for each in followers)


async def test_without_a_websocket_it_is_told_what_is_needed() -> None:
    async with serving() as client:
        status, response, body = await client.get(PATH)
        assert (status, response.headers["Upgrade"]) == (426, "websocket")
        assert "/api/v1/changes" in json.loads(body)["error"]["message"]
        status, _, body = await client.get(f"{PATH}?status=Ready")
        assert (status, json.loads(body)["error"]["parameter"]) == (400, "status")


# Who may follow, and for how long


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:{port}", True),
        ("https://grafana.example.com", True),
        ("https://evil.example.com", False),
        ("http://localhost", False),
        ("null", False),
        ("", False),
    ],
)
async def test_pages_of_other_origins_follow_where_the_settings_say_so(origin: str, *, allowed: bool) -> None:
    """Browsers let any page open a WebSocket anywhere, with the credentials that they have for it."""
    async with serving(cors_origins=("https://grafana.example.com",)) as client:
        headers = {"Origin": origin.format(port=client.port)}
        if allowed:
            async with socket(client, headers=headers) as ws:
                assert (await told(ws))["event"] == "begin"
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with socket(client, headers=headers):
                    pass
            assert refused.value.status == 403


async def test_it_ends_when_its_token_is_taken_out_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(authentication, "RECHECK_INTERVAL", 0.05)
    monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
    async with serving(web_token_file=written(tmp_path, "old\nfresh\n")) as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with socket(client):
                pass
        assert refused.value.status == 401
        async with (
            socket(client, headers=bearer("old")) as old,
            socket(client, headers=bearer("fresh")) as fresh,
        ):
            await told(fresh)
            written(tmp_path, "fresh\n")
            assert await end(old) == WSCloseCode.GOING_AWAY
            happens(client, "later")
            assert (await told(fresh))["event"] == "change"


async def test_events_of_access_are_for_those_who_may_read_them() -> None:
    async with reviewed("/astrolabe/api/v1/changes/ws", "/astrolabe/api/v1/access/events") as (
        server,
        client,
    ):
        server.accounts.tokens |= {"half": "half"}
        server.accounts.paths |= {("half", "/astrolabe/api/v1/changes/ws")}
        async with (
            socket(client, headers=bearer("good")) as whole,
            socket(client, headers=bearer("half")) as half,
        ):
            await told(whole)
            await told(half)
            client.application.feed.access((AccessEvent(1.0, "finding", "a", "b"),), 0)
            happens(client, "later")
            assert [(await told(whole))["event"] for _ in range(2)] == ["access", "change"]
            assert (await told(half))["event"] == "change"


async def test_it_ends_after_a_while_in_good_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "LIFETIME", (0.1, 0.1))
    async with serving() as client, socket(client) as ws:
        await told(ws)
        assert await end(ws) == WSCloseCode.GOING_AWAY


async def test_signs_of_life_are_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "HEARTBEAT", 0.05)
    async with serving() as client, socket(client) as ws:
        await told(ws)
        async with asyncio.timeout(5):
            for _ in range(3):
                assert (await ws.receive()).type is WSMsgType.PING
                await ws.pong()


async def test_both_streams_share_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "STREAMS_AT_ONCE", 1)
    async with serving() as client, stream(client) as sse:
        await sse.event()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with socket(client):
                pass
        assert refused.value.status == 503


async def test_a_client_that_does_not_read_on_in_time_is_told_to_read_the_graph_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscribers, "BEHIND", 1 << 16)
    async with serving() as client, socket(client) as other:
        await told(other)
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1)
        writer.write(HANDSHAKE.encode())
        await until(lambda: count(client, "subscribers") == 2)
        for number in range(40):
            happens(client, "big", message=f"{number}" + "x" * 300_000)
            assert (await told(other))["event"] == "change"
            if count(client, "dropped_total"):
                break
        assert count(client, "dropped_total") == 1
        happens(client, "left out")
        await told(other)
        found = bytearray()
        async with asyncio.timeout(5):
            while b'"event":"reset"' not in found:
                found += await reader.read(1 << 20)
        assert b"left out" not in found.replace(b"meanwhile is left out", b"")
        happens(client, "later")
        async with asyncio.timeout(5):
            while b'"name":"later"' not in found:
                found += await reader.read(1 << 20)
        assert (count(client, "subscribers"), count(client, "dropped_total")) == (2, 1)
        assert count(client, "dropped_total") == 1
        writer.close()


async def test_a_client_that_does_not_read_at_all_loses_its_place_to_one_who_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscribers, "BEHIND", 1 << 16)
    monkeypatch.setattr(changes, "STREAMS_AT_ONCE", 1)
    monkeypatch.setattr(limits, "STALL", 0.0)
    async with serving() as client:
        _, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1)
        writer.write(HANDSHAKE.encode())
        await until(lambda: count(client, "subscribers") == 1)
        while not count(client, "dropped_total"):
            happens(client, "big", message=f"{client.application.feed.history.last}" + "x" * 300_000)
            client.application.feed.mark()
            await asyncio.sleep(0)
        async with socket(client) as ws:
            assert (await told(ws))["event"] == "begin"
        writer.close()


# Parts of the graph


async def test_a_part_is_followed_from_the_start_or_from_when_it_is_asked_for() -> None:
    async with serving() as client, socket(client, part=Part(kind=("Service", "Secret"))) as ws:
        await told(ws)
        happens(client, "not for it")
        client.application.feed.mark()
        await ws.send_json({"kind": ["ConfigMap"], "namespace": ["shop"]})
        agreed = await told(ws)
        assert agreed["event"] == "filter"
        assert agreed["data"] == {"namespace": ["shop"], "kind": ["ConfigMap"], "release": []}
        assert agreed["id"] == (await read(client))[1]
        happens(client, "for it")
        assert [node["name"] for node in (await told(ws))["data"]["nodes"]] == ["for it"]
        await ws.send_json({})
        assert (await told(ws))["data"] == {"namespace": [], "kind": [], "release": []}


async def test_who_hears_of_little_is_told_up_to_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "HEARTBEAT", 0.05)
    async with serving() as client, socket(client, part=Part(kind=("Service",))) as ws:
        first = await told(ws)
        happens(client, "not for it")
        now = client.application.feed.mark()
        assert now != first["id"]
        while (message := await told(ws))["id"] != now:
            assert message["event"] == "begin"
        assert message == {"event": "begin", "id": now}


async def test_who_follows_by_release_reads_again_when_something_joins_it() -> None:
    async with serving() as client, socket(client, part=Part(release=("a",))) as ws:
        await told(ws)
        pod = facts("n0")
        for release, event in (
            (Release("shop", "b"), None),
            (Release("shop", "a"), "reset"),
            (None, "reset"),
        ):
            client.application.put(msgspec.structs.replace(pod, release=release), None, perf_counter())
            now = client.application.feed.mark()
            if event is not None:
                message = await told(ws)
                assert (message["event"], message["id"]) == (event, now)
                assert message["data"] == {"reason": "other objects belong to the release now"}
