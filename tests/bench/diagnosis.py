"""What diagnosis costs and how much it says: many Pods that fail for one reason, and for many."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import msgspec

from astrolabe.graph.facts import READY, Facts, Ref, Verdict
from astrolabe.metrics.snapshot import plain
from tests.bench.budget import Figure
from tests.bench.inside import World
from tests.bench.progress import say

PODS = 10_000
FAILING = 300
_OBJECTS = 17_100
"""Objects of a cluster with so many Pods, and some more."""
SHARED = "Secret/team-000/shared"
_LACKING = Verdict("Error", "CreateContainerConfigError", 'Container web: secret "shared" not found', 1.7e9)
_PARTLY = Verdict("Pending", "PartiallyReady", "9 of 10 replicas are ready", 1.7e9)
_CRASHING = Verdict("Error", "CrashLoopBackOff", "Container web exited with code 1: no database", 1.7e9)


def diagnosing(size: int) -> Iterator[Figure]:
    """Measure all of it."""
    say("building a cluster of 10,000 Pods")
    world = World(_OBJECTS)
    assert len(world.pods) >= PODS
    say("300 of 10,000 Pods fail, each by itself")
    step = PODS // FAILING
    places = range(0, step * FAILING, step)
    quiet = _rows(world, "astrolabe_cause_info")
    for place in places:
        _say(world, place, _CRASHING)
        for owner in _owners(world, place):
            world.tell(world.graph.apply(msgspec.structs.replace(owner, verdict=_PARTLY)))
    what = "300 of 10,000 Pods failing"
    causes = _rows(world, "astrolabe_root_cause_info")
    texts = _rows(world, "astrolabe_cause_info") - quiet
    times = _rows(world, "astrolabe_resource_status_since_timestamp_seconds")
    yield Figure(f"root causes, {what}", "rows", causes, 1400)
    yield Figure(f"texts of causes, {what}", "rows", texts, FAILING)
    # Each Pod, its ReplicaSet and its Deployment.
    yield Figure(f"times of what is not Ready, {what}", "rows", times, 3 * FAILING)
    say("10,000 Pods fail for one reason")
    for place in places:
        world.tell(world.graph.apply(world.pods[place]))
        for owner in _owners(world, place):
            world.tell(world.graph.apply(msgspec.structs.replace(owner, verdict=READY)))
    before = _rows(world, "astrolabe_cause_info")
    start = perf_counter()
    for place in range(PODS):
        _say(world, place, _LACKING, SHARED)
    world.rest()
    rows = _rows(world, "astrolabe_cause_info") - before
    yield Figure("10,000 Pods fail for one reason, until it is told", "s", perf_counter() - start, 5)
    yield Figure("texts of causes, 10,000 Pods failing for one reason", "rows", rows, 1)
    del world
    say(f"an incident among {size:,} objects")
    large = World(size)
    quiet = _rows(large, "astrolabe_cause_info")
    start = perf_counter()
    _say(large, 0, _CRASHING)
    large.rest()
    assert _rows(large, "astrolabe_cause_info") == quiet + 1
    yield Figure(f"an incident among {size:,} objects, until it is told", "s", perf_counter() - start, 5)


def _say(world: World, place: int, verdict: Verdict, secret: str = "") -> None:
    """Let a Pod be so, and need a Secret more."""
    old: Facts = world.pods[place]
    refs = (*old.refs, Ref("uses-secret", secret)) if secret else old.refs
    world.tell(world.graph.apply(msgspec.structs.replace(old, verdict=verdict, refs=refs)))


def _owners(world: World, place: int) -> Iterator[Facts]:
    """Yield the ReplicaSet and the Deployment of a Pod."""
    pod = world.pods[place]
    replicas = pod.name.rpartition("-")[0]
    for node_id in (
        f"ReplicaSet/{pod.namespace}/{replicas}",
        f"Deployment/{pod.namespace}/{replicas.rpartition('-')[0]}",
    ):
        node = world.graph.get(node_id)
        assert node is not None
        yield node.facts


def _rows(world: World, family: str) -> int:
    """Return how many series of a family are told now."""
    world.rest()
    snapshot = world.exposition.snapshot_now()
    text = b"".join(plain(snapshot.pieces(openmetrics=False, names=frozenset({family}), kinds=frozenset())))
    return sum(not line.startswith(b"#") for line in text.splitlines())
