"""Laws over generated histories: whatever happens to objects, and to the server, in whatever order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

import looptime
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.testing.apiserver import ApiServer
from astrolabe.watch import Controller, EventType, MatchedEvent, Rule, WatchConfig
from astrolabe.watch.testing import TestCluster, cluster
from tests.watch.helpers import configmap

NAMES = ("a", "b", "c")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(NAMES)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES)),
        st.tuples(st.just("wait"), st.sampled_from(("0.01", "1", "40"))),
        st.tuples(st.sampled_from(("cut", "compact", "away", "back")), st.just("")),
    ),
    max_size=30,
)


class World:
    """A server whose changes are numbered, and a handler that fails and is slow as chance has it."""

    def __init__(self, seed: int, *, failing: bool, **options: Any) -> None:
        self.random = Random(seed)
        self.failing = failing
        self.heard: list[MatchedEvent] = []
        self.taken: list[MatchedEvent] = []
        self.running: set[str] = set()
        config = WatchConfig(rules=(Rule("v1/configmaps"),), output_dir="/nowhere", retries=1000)
        self.controller = Controller(config, random=Random(seed))
        self.controller.add_event_handler(self.handle, **options)
        self.history: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """What truly happened, by key: the type and the value after it."""
        self.number = 0

    async def handle(self, event: MatchedEvent) -> None:
        assert event.key not in self.running, "events of one key overlap"
        self.running.add(event.key)
        try:
            self.heard.append(event)
            await asyncio.sleep(self.random.choice((0, 0, 0.5)))
            if self.failing and self.random.random() < 0.3:
                raise ValueError("chance")
            self.taken.append(event)
        finally:
            self.running.discard(event.key)

    def step(self, api: TestCluster, what: str, which: str) -> None:
        server = api.server
        exists = which and server.has("configmaps", "shop", which)
        match what:
            case "put":
                self.number += 1
                server.put(configmap(which, data=str(self.number)))
                self.history[f"shop/{which}"].append(("UPDATED" if exists else "ADDED", str(self.number)))
            case "delete" if exists:
                last = self.history[f"shop/{which}"][-1][1]
                server.delete("configmaps", "shop", which)
                self.history[f"shop/{which}"].append(("DELETED", last))
            case "cut":
                server.break_connections()
            case "compact":
                server.compact()
                server.break_connections()
            case "away":
                server.go_away()
            case "back":
                server.come_back()

    async def live(self, steps: Sequence[tuple[str, str]]) -> None:
        async with cluster(self.controller, ApiServer()) as api:
            for what, which in steps:
                if what == "wait":
                    await asyncio.sleep(float(which))
                else:
                    self.step(api, what, which)
            api.server.come_back()
            await asyncio.sleep(400)
            await api.settled(4000)

    def told(self, key: str) -> list[tuple[str, str]]:
        return [(e.event_type.value, e.object["data"]["value"]) for e in self.taken if e.key == key]


def run(world: World, steps: Sequence[tuple[str, str]]) -> None:
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.run(world.live(steps))


def states(told: list[tuple[str, str]]) -> list[str]:
    """What a handler believes of an object after each event."""
    return ["" if type_ == "DELETED" else value for type_, value in told]


def is_subsequence(part: Sequence[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(each in rest for each in part)


@given(steps=STEPS, seed=st.integers(0, 1000), failing=st.booleans())
@settings(max_examples=60)
def test_a_handler_sees_a_possible_history_that_ends_in_the_truth(
    steps: list[tuple[str, str]], seed: int, failing: bool
) -> None:
    world = World(seed, failing=failing)
    run(world, steps)
    for key, history in world.history.items():
        told = world.told(key)
        true = states(history)
        # Nothing that was not, nothing twice, nothing overtaken; an outage may leave out what was between.
        assert is_subsequence(states(told), true)
        if true[-1] or told:
            assert states(told)[-1] == true[-1]
        # What a handler is told makes sense by itself: added, then updated, then deleted, then added.
        alive = False
        for type_, _ in told:
            assert (type_ == EventType.ADDED) is not alive
            alive = type_ != EventType.DELETED


@given(steps=STEPS, seed=st.integers(0, 1000))
@settings(max_examples=40)
def test_without_an_outage_it_is_each_change_exactly_once(steps: list[tuple[str, str]], seed: int) -> None:
    world = World(seed, failing=False)
    run(world, [step for step in steps if step[0] in ("put", "delete", "wait", "cut")])
    for key, history in world.history.items():
        assert world.told(key) == history


@given(steps=STEPS, seed=st.integers(0, 1000), failing=st.booleans())
@settings(max_examples=40)
def test_with_latest_the_last_one_always_comes(
    steps: list[tuple[str, str]], seed: int, failing: bool
) -> None:
    world = World(seed, failing=failing, latest=True)
    run(world, [step for step in steps if step[0] in ("put", "delete", "wait", "cut")])
    for key, history in world.history.items():
        told = world.told(key)
        assert told[-1] == history[-1]
        assert is_subsequence(states(told), states(history))
        # Each says how many it stands for.
        heard = [event for event in world.heard if event.key == key and event.attempt == 1]
        assert all(event.left_out >= 0 for event in heard)


@given(steps=STEPS, seed=st.integers(0, 1000))
@settings(max_examples=40)
def test_a_full_queue_leaves_out_no_deletion_and_not_the_last(
    steps: list[tuple[str, str]], seed: int
) -> None:
    world = World(seed, failing=False, queue_size=2, workers=1)
    quick: list[MatchedEvent] = []

    async def take(event: MatchedEvent) -> None:
        quick.append(event)

    # It has room, so that what is full does not slow the reading.
    world.controller.add_event_handler(take)
    run(world, [step for step in steps if step[0] in ("put", "delete", "wait", "cut")])
    for key, history in world.history.items():
        told = world.told(key)
        assert told[-1] == history[-1]
        assert [each for each in told if each[0] == "DELETED"] == [e for e in history if e[0] == "DELETED"]
        taken = [event for event in world.taken if event.key == key]
        assert sum(event.left_out for event in taken) + len(taken) == len(history)
        assert [(e.event_type.value, e.object["data"]["value"]) for e in quick if e.key == key] == history


def test_the_laws_can_fail() -> None:
    assert not is_subsequence(["1", "1"], ["1", "2"])
    assert not is_subsequence(["2", "1"], ["1", "2"])
