"""What the exposition costs, in one process, in ratios of one run."""

from __future__ import annotations

import asyncio
import gc
import random
import zlib
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.follower import Follower
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.applier import EventApplier
from astrolabe.kube.objectstore import ObjectStore
from astrolabe.kube.resource import Resource
from astrolabe.metrics.deflate import LEVEL
from astrolabe.metrics.snapshot import gzipped, plain
from tests.bench.budget import Figure
from tests.bench.population import Population
from tests.bench.progress import say
from tests.bench.start import new_application

EVENTS = 3000
RUNNING = Verdict(message="Running")
UNREADY = Verdict("Pending", "ContainersNotReady", "Not ready (0/1): web")
_FOLLOWED = {kind: Resource("", "v1", plural, kind) for kind, plural in (("Pod", "pods"), ("Node", "nodes"))}


class World(Follower):
    """A graph of some size with its exposition."""

    def __init__(self, size: int) -> None:
        readers = {kind.name: kind.reader(kind.versions[0], KindOptions()) for kind in KINDS}
        application = asyncio.run(new_application())
        self.graph = application.graph
        self.exposition = application.exposition
        contents: dict[str, ObjectStore[Facts]] = {kind: ObjectStore(application) for kind in _FOLLOWED}
        self._intakes = {
            kind: EventApplier(resource, readers[kind], contents[kind], application.telemetry)
            for kind, resource in _FOLLOWED.items()
        }
        self.deltas = 0
        """Changes of the graph since it was built."""
        self.tell = application.bus.follow
        self.pods: list[Facts] = []
        self.bodies: list[bytes] = []
        self.nodes: list[bytes] = []
        self._version = 10**9
        for number, item in enumerate(Population(size)):
            facts = readers[item.kind](item.body, {})
            self.tell(self.graph.apply(facts))
            if facts.kind == "Pod":
                self.pods.append(facts)
                self.bodies.append(item.body)
            elif facts.kind == "Node":
                self.nodes.append(item.body)
            if facts.kind in contents:
                contents[facts.kind].known[facts.id] = facts
            if number % 5000 == 0:
                self.exposition.snapshot_now()
        for kind in readers:
            self.tell(self.graph.cover(kind))
        self.exposition.snapshot_now()
        application.bus.add("changes", self)
        gc.collect()
        gc.freeze()

    def follow(self, delta: Delta) -> None:
        """Count what changes."""
        self.deltas += bool(delta)

    def lost(self) -> None:
        """Miss nothing: it cannot fail."""

    def rest(self) -> None:
        """Do what the program does between scrapes."""
        for steps in (self.exposition._explainer.work(), self.exposition._rows.work()):
            for _ in steps:
                pass

    def flip(self, place: int) -> None:
        """Make a Pod Pending, or Ready again."""
        old = self.pods[place]
        verdict = UNREADY if old.status == "Ready" else RUNNING
        self.pods[place] = new = msgspec.structs.replace(old, verdict=verdict)
        self.tell(self.graph.apply(new))

    def arrival(self, place: int) -> bytes:
        """Return the line of a watch that tells of a Pod with another status than before."""
        body = self.bodies[place]
        old, new = (b'"ready":true', b'"ready":false')
        body = body.replace(old, new) if old in body else body.replace(new, old)
        self.bodies[place] = body
        return self._line(body)

    def heartbeat(self, place: int) -> bytes:
        """Return the line of a watch that tells that a Node is as it was."""
        time = b'"lastHeartbeatTime":"2026-11-01T10:00:%02dZ","status":"True"' % (self._version % 60)
        return self._line(self.nodes[place].replace(b'"status":"True"', time))

    def _line(self, body: bytes) -> bytes:
        self._version += 1
        head, _, rest = body.partition(b'"resourceVersion":"')
        return b'{"type":"MODIFIED","object":%b"resourceVersion":"%d%b}' % (
            head,
            self._version,
            rest[rest.index(b'"') :],
        )

    def take_in(self, line: bytes, kind: str = "Pod") -> None:
        """Do all that a line of a watch makes the program do until its metrics can be scraped."""
        self._intakes[kind].apply(line, perf_counter())
        for _ in self.exposition._rows.work():
            pass


def exposition(size: int) -> Iterator[Figure]:
    """Yield the figures of a scrape, and of an event in a large graph against a small one."""
    say(f"building a graph of {size} objects")
    large = World(size)
    snapshot = large.exposition.snapshot_now()
    say(f"{snapshot.samples} series, {snapshot.size / 1e6:.0f} MB of text")
    scrape = median(_timed(lambda: _drain(gzipped(snapshot.pieces()))) for _ in range(5))
    whole = median(_timed(lambda: _drain(plain(snapshot.pieces()))) for _ in range(5))

    say("letting prometheus_client write the same families")
    theirs = _generate_latest(b"".join(plain(snapshot.pieces())).decode())
    yield Figure(
        f"scrape of {snapshot.samples} series, gzip, against generate_latest (faster by)",
        "x",
        theirs / scrape,
        30,
        at_least=True,
    )
    say(f"plain text: {theirs / whole:.0f} x faster")

    say("changing 1 % of the objects")
    chance = random.Random(1)
    ratios = []
    for _ in range(3):
        body = b"".join(plain(large.exposition.snapshot_now().pieces()))
        everything = _timed(lambda body=body: _compress(body))
        del body
        for place in chance.sample(range(len(large.pods)), size // 100):
            large.flip(place)
        large.rest()
        changed = _timed(lambda: _drain(gzipped(large.exposition.snapshot_now().pieces())))
        ratios.append(changed / everything)
    yield Figure("gzip scrape after 1 % changed, against compressing everything", "", median(ratios), 0.1)

    say("applying events to a large and a small graph in turn")
    small = World(1000)
    costs: dict[str, list[float]] = {"large": [], "small": []}
    for number in range(EVENTS):
        for name, world in (("large", large), ("small", small)):
            place = number * 7919 % len(world.pods)
            body = world.arrival(place)
            costs[name].append(_timed(lambda world=world, body=body: world.take_in(body)))
    yield Figure(
        f"event from its line to its metrics, median at {size} against 1,000 objects",
        "x",
        median(costs["large"]) / median(costs["small"]),
        1.3,
    )
    say(f"an event costs {median(costs['large']) * 1e6:.0f} µs")

    say("letting Nodes say that they are as they were")
    before, beats = large.deltas, []
    for number in range(EVENTS):
        line = large.heartbeat(number % len(large.nodes))
        beats.append(_timed(lambda line=line: large.take_in(line, "Node")))
    yield Figure(f"changes of the graph by {EVENTS} heartbeats", "", large.deltas - before, 0)
    say(f"a heartbeat costs {median(beats) * 1e6:.0f} µs, what it tells others included")


def _generate_latest(text: str) -> float:
    """Return the seconds that prometheus_client takes to write the families of a text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Fixed(text))
    return median(_timed(lambda: generate_latest(registry)) for _ in range(3))


class _Fixed:
    """A collector with the families that a text has."""

    def __init__(self, text: str) -> None:
        self._families: list[GaugeMetricFamily] = []
        for family in text_string_to_metric_families(text):
            gauge = GaugeMetricFamily(family.name, family.documentation)
            gauge.samples = family.samples
            self._families.append(gauge)

    def collect(self) -> list[GaugeMetricFamily]:
        return self._families


def _timed(work: object) -> float:
    start = perf_counter()
    work()  # type: ignore[operator]
    return perf_counter() - start


def _drain(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass


def _compress(body: bytes) -> None:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    compressor.compress(body)
    compressor.flush()
