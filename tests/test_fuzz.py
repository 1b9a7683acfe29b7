"""100,000 mutated lines of watches, and mutated HTTP requests: nothing breaks, and nothing stays behind.

Every run does the same, by its seeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import msgspec
import pytest
import structlog

from astrolabe.api import limits
from astrolabe.application import Application
from astrolabe.graph.facts import Facts
from astrolabe.graph.judging import Judges
from astrolabe.kinds.kind import Kind, KindOptions
from astrolabe.kube.applier import EventApplier, Rewound
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.lines import LineSplitter
from astrolabe.kube.listing import Listing
from astrolabe.kube.objectstore import ObjectStore
from astrolabe.kube.resource import Resource
from astrolabe.metrics.snapshot import plain
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from tests.api.exporter import SEEN, Client, serving, until
from tests.kinds.samples import KINDS, SAMPLES
from tests.mutation import change, paths_of, spoil, text_of

LINES = 100_000
ROUNDS = 4
"""Rounds of lines; after each, everything is deleted."""
REQUESTS = 2_000
AT_ONCE = 50

_TYPES = ("ADDED", "ADDED", "MODIFIED", "MODIFIED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", "added", "")
_PATHS = {name: paths_of(sample) for name, sample in SAMPLES.items()}
_TEXTS = {name: text_of(sample) for name, sample in SAMPLES.items()}


def event(dice: Random, name: str, version: int) -> bytes:
    """An event of a kind: of a few objects that come and go, most of them odd in a place or two."""
    obj: dict[str, Any] = msgspec.json.decode(_TEXTS[name])
    number = dice.randrange(20)
    if number:
        obj["metadata"]["name"] = f"web-{number}"
        obj["metadata"]["uid"] = f"uid-{name}-{number}-{dice.randrange(2)}"
    obj["metadata"]["resourceVersion"] = str(version)
    change(dice, obj, _PATHS[name], dice.choice((0, 1, 1, 2, 4)))
    line = text_of({"type": dice.choice(_TYPES), "object": obj})
    return spoil(dice, line, dice.choice((1, 2))) if dice.random() < 0.2 else line


class Follower:
    """Takes in the lines of one resource as its reflector does, without a connection."""

    def __init__(self, kind: Kind, application: Application) -> None:
        self.kind = kind
        self._read = kind.reader(kind.versions[0], KindOptions())
        self.contents: ObjectStore[Facts] = ObjectStore(application)
        resource = Resource(kind.group, kind.versions[0], kind.plural, kind.name)
        self.intake = EventApplier(resource, self._decode, self.contents, application.telemetry)  # type: ignore[arg-type]
        self.lists = 0
        self.resource = resource

    def _decode(self, raw: msgspec.Raw, known: Mapping[str, Facts]) -> Facts:
        """Refuse what is no object, and nothing else: a rule that fails is a fault of the rule."""
        try:
            return self._read(raw, known)
        except msgspec.DecodeError:
            raise
        except Exception as error:
            raise Failed(f"{self.kind.name}: {bytes(raw)!r}") from error

    def take(self, line: bytes) -> None:
        try:
            self.intake.apply(line, 1.0)
        except (ApiFailure, Rewound):
            # The reflector lists again; what is known stays until then.
            self.lists += 1
            self.intake.version = ""


class Failed(BaseException):
    """Not to be taken for a malformed object."""


class Exporter:
    """Everything from the lines to the page, without a network."""

    def __init__(self) -> None:
        settings = Settings(metrics_denied=(SEEN,))
        self.application = Application(settings, InProcess(ApiServer()), random=Random(1))
        self.followers: dict[str, Follower] = {}
        self.start()

    def start(self) -> None:
        """Follow everything as if for the first time."""
        self.followers = {name: Follower(kind, self.application) for name, kind in KINDS.items()}

    async def lines(self) -> list[str]:
        """What the page says but for what was counted, which stays: a counter that vanishes resets."""
        snapshot = await self.application.exposition.snapshot()
        text = b"".join(plain(snapshot.pieces())).decode()
        counted = tuple(re.findall(r"# TYPE (\S+) (?:counter|histogram)", text))
        return [line for line in text.splitlines() if not line.startswith(counted)]

    async def clear(self) -> None:
        for follower in self.followers.values():
            await self.application.work(follower.contents.clear())

    def check(self) -> None:
        """What holds whatever came: an edge has two ends, and the graph is what the followers know."""
        graph = self.application.graph
        ids = {node.id for node in graph}
        assert all(edge.source in ids and edge.target in ids for edge in graph.edges())
        assert all(missing.source in ids for missing in graph.missing())
        shown = {item.id for each in self.followers.values() for item in each.contents.known.values()}
        assert {each for each in ids if graph.get(each).facts.uid} <= shown  # type: ignore[union-attr]


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Keep nothing of what is logged: it would count as memory."""

    def drop(*_: object) -> NoReturn:
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[drop])
    yield
    structlog.configure(processors=before)


@pytest.mark.long
@pytest.mark.usefixtures("unlogged")
async def test_mutated_lines_of_watches() -> None:
    """The page is that of an exporter that never saw anything, once all is deleted; memory is as it was."""
    exporter = Exporter()
    empty = await exporter.lines()
    dice = Random(20260301)
    names = list(KINDS)
    version = 0
    seen, blocks = 0, []
    for _ in range(ROUNDS):
        for _ in range(LINES // ROUNDS):
            version += 1
            name = names[dice.randrange(len(names))]
            line = event(dice, name, version)
            exporter.followers[name].take(line)
            if version % 200 == 0:
                await exporter.application.exposition.snapshot()
        exporter.check()
        seen = max(seen, len(exporter.application.graph))
        await exporter.clear()
        assert len(exporter.application.graph) == 0
        assert await exporter.lines() == empty
        assert held_by(exporter.application.graph) == {}
        assert all(each.lists for each in exporter.followers.values())
        exporter.start()
        empty_caches()
        blocks.append(sys.getallocatedblocks())
    assert seen > 300, "hardly anything was understood"
    # What grows with the lines would be a block a line.
    assert blocks[-1] - blocks[0] < LINES // 100, blocks


def empty_caches() -> None:
    """Forget what is shared among objects; a cache without a limit would be a leak."""
    # An application that ran in this process before has frozen the caches: the collector would not find them.
    gc.unfreeze()
    gc.collect()
    caches = 0
    for cache in gc.get_objects():
        if isinstance(cache, functools._lru_cache_wrapper) and cache.__module__.startswith("astrolabe."):
            assert cache.cache_parameters()["maxsize"] is not None, cache
            cache.cache_clear()
            caches += 1
    assert caches > 10, "the caches are not found"
    gc.collect()


def held_by(graph: object) -> dict[str, object]:
    """What is left in the indexes of a graph, by their names."""
    left: dict[str, object] = {}
    waiting: list[tuple[str, object]] = [("", graph)]
    while waiting:
        place, holder = waiting.pop()
        fields = [*getattr(holder, "__dict__", {}), *getattr(type(holder), "__slots__", ())]
        for name in fields:
            value = getattr(holder, name)
            if isinstance(value, (dict, set, list)):
                if value:
                    left[f"{place}.{name}"] = value
            elif type(value).__module__.startswith("astrolabe.") and not isinstance(value, Judges):
                waiting.append((f"{place}.{name}", value))
    return left


@pytest.mark.usefixtures("unlogged")
async def test_a_torn_stream_and_a_streaming_list() -> None:
    """Lines cut anywhere come out whole, and a streaming list takes what a watch takes."""
    dice = Random(7)
    exporter = Exporter()
    for name, follower in exporter.followers.items():
        lines = [event(dice, name, number) for number in range(1, 60)]
        splitter = LineSplitter()
        stream = b"\n".join(lines) + b"\n"
        found = []
        while stream:
            size = dice.randrange(1, 5000)
            found += splitter.feed(stream[:size])
            stream = stream[size:]
        expected = [part for line in lines for part in line.split(b"\n") if part and not part.isspace()]
        assert found == expected
        listing: Listing[Facts] = Listing({})
        for line in found:
            with contextlib.suppress(ApiFailure):
                follower.intake.collect(line, listing)
        assert listing.items


# HTTP

_END = b"\r\n\r\n"
_BASES = tuple(
    b"\r\n".join(lines) + _END
    for lines in (
        (b"GET /metrics HTTP/1.1", b"Host: a", b"Accept: text/plain", b"Accept-Encoding: gzip;q=0.5"),
        (
            b"GET /metrics?name[]=astrolabe_edge_info&kind[]=Pod HTTP/1.1",
            b"Host: a",
            b"Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1",
        ),
        (b"HEAD / HTTP/1.1", b"Host: a", b"Connection: keep-alive", b"Authorization: Basic YWxpOndyb25n"),
        (b"GET /livez HTTP/1.0", b"Authorization: Bearer wrong", b"", b"GET /health HTTP/1.1", b"Host: a"),
        (b"POST /metrics HTTP/1.1", b"Host: a", b"Content-Length: 5", b"", b"hello"),
        (
            b"PUT / HTTP/1.1",
            b"Host: a",
            b"Transfer-Encoding: chunked",
            b"Content-Encoding: gzip",
            b"",
            b"3",
            b"abc",
            b"0",
        ),
        (b"GET /readyz HTTP/1.1", b"Host: a", b"Upgrade: websocket", b"Connection: Upgrade"),
        (
            b"GET http://[::1]:80/%2e%2e/metrics HTTP/1.1",
            b"Host: a",
            b"Cookie: a=b; c=",
            b"Expect: 100-continue",
        ),
        (b"OPTIONS * HTTP/1.1", b"Host: a", b"Range: bytes=0-1", b"If-None-Match: *"),
        (b"CONNECT a:443 HTTP/1.1", b"Host: a", b"", b"\x16\x03\x01\x02\x00\x01"),
    )
)
_HTTP_PIECES = (
    b"\r\n", b"\r\n\r\n", b"\n", b"\x00", b"\xff", b" ", b"\t", b":", b"%", b"%00", b"%ff", b"[", b"]",
    b"/../", b"//", b"?", b"&", b"=", b";q=", b"q=nan", b"1" * 400, b"a" * 9000, b"X: y\r\n" * 150,
    b"HTTP/9.9", b"Host: b\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n", b"\xe2\x98\x83", b"name[]=", b"kind[]=\xff&", b"Accept: ,;=,q\r\n",
    b"Authorization: Basic ====\r\n",
)  # fmt: skip


async def ask(client: Client, request: bytes) -> bytes:
    """Send bytes, and read what comes until the server is done or has waited long enough."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    try:
        writer.write(request)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def throw(client: Client, seed: int, count: int) -> Iterator[bytes]:
    dice = Random(seed)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(request: bytes) -> bytes:
        async with gate:
            return await ask(client, request)

    requests = [spoil(dice, dice.choice(_BASES), dice.choice((1, 2, 4)), _HTTP_PIECES) for _ in range(count)]
    return iter(await asyncio.gather(*map(one, requests)))


def connections() -> int:
    """How many connections the server holds: each has a task."""
    names = (getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())
    return sum(name == "RequestHandler.start" for name in names)


@pytest.mark.parametrize("protected", [False, True])
async def test_mutated_requests(
    protected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is answered or hung up on; none gets what it may not read, none is our fault, none stays."""
    monkeypatch.setattr(limits, "IDLE", 0.3)
    (tmp_path / "users").write_text("ali:sesame\n")
    settings = {"web_users_file": str(tmp_path / "users")} if protected else {}
    async with serving(**settings) as client:
        counts, blocks = dict.fromkeys((b"200", b"400", b"401"), 0), []
        for seed in range(2):
            for answer in await throw(client, seed, REQUESTS // 4):
                code = answer[9:12]
                assert not code or (answer.startswith(b"HTTP/") and code < b"500"), answer
                counts[code] = counts.get(code, 0) + 1
                assert not (protected and b"# HELP" in answer)
            await until(lambda: connections() == 0)
            gc.collect()
            blocks.append(sys.getallocatedblocks())
        wanted = (b"200", b"400", b"401") if protected else (b"200", b"400")
        assert min(counts[code] for code in wanted) >= 10, counts
        assert blocks[1] - blocks[0] < 0.05 * blocks[0], blocks
        assert await client.text("/livez") == "ok\n"
    assert caplog.records == []
