"""Consumers hear of what they are for; each fails, waits and begins again by itself."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from itertools import pairwise

import msgspec
import pytest

from astrolabe.messages.consumer import FIRST_WAIT, LONGEST_WAIT, Consumer
from astrolabe.messages.message import KubeMessage
from astrolabe.messages.subscription import Subscription
from tests.graph.test_laws import step
from tests.messages.helpers import Model, World, facts

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]

POD, SECRET = "Pod/shop/web", "Secret/shop/web"


async def test_it_begins_with_what_there_is_and_goes_on_with_changes() -> None:
    world = World()
    model = Model()
    world.put(facts("Pod", "web"))
    world.router.add(model)
    async with world.running():
        world.put(facts("Secret", "web"))
        await asyncio.sleep(1)
        world.remove(POD)
        await asyncio.sleep(1)
    assert model.told == [
        ("Restarted", [POD]),
        ("Applied", POD),
        ("Applied", SECRET),
        ("Deleted", POD),
    ]
    message = model.messages[-1]
    assert (message.cluster, message.namespace) == ("lab", "shop")
    assert message.timestamp.tzinfo is not None
    assert model.closed == 1


async def test_nothing_is_told_before_every_list_is_in() -> None:
    world = World()
    world.ready = False
    model = Model()
    world.router.add(model)
    async with world.running():
        world.put(facts("Pod", "web"))
        await asyncio.sleep(100)
        assert model.told == []
        world.ready = True
        await asyncio.sleep(1)
    assert model.told == [("Restarted", [POD]), ("Applied", POD)]


async def test_one_that_never_began_is_closed_as_well() -> None:
    world = World()
    world.ready = False
    model = Model()
    world.router.add(model)
    async with world.running():
        await asyncio.sleep(1)
    assert (model.told, model.closed) == ([], 1)


async def test_kinds_and_namespaces_select() -> None:
    world = World()
    pods, near, namespaces = Model("pods"), Model("near"), Model("namespaces")
    world.router.add(pods, Subscription(("Pod",)))
    world.router.add(near, Subscription((), ("sh.*",)))
    world.router.add(namespaces, Subscription(("Namespace",), ("shop",)))
    async with world.running():
        for each in (
            facts("Pod", "web"),
            facts("Pod", "web", "other"),
            facts("Secret", "web"),
            facts("Node", "n", ""),
            facts("Namespace", "shop", ""),
            facts("Namespace", "other", ""),
        ):
            world.put(each)
        await asyncio.sleep(1)
    assert set(pods.known) == {POD, "Pod/other/web"}
    assert set(near.known) == {POD, SECRET, "Namespace/shop"}
    assert set(namespaces.known) == {"Namespace/shop"}


async def test_restarted_says_nothing_of_other_kinds_and_namespaces() -> None:
    world = World()
    model = Model()
    world.put(
        facts("Pod", "web"), facts("Pod", "web", "other"), facts("Secret", "web"), facts("Node", "n", "")
    )
    gone = msgspec.structs.replace(world.expected()[POD], id="Pod/shop/old", name="old")
    model.known = {**world.expected(), "Pod/shop/old": gone}
    world.router.add(model, Subscription(("Pod",), ("sh.*",)))
    async with world.running():
        await asyncio.sleep(1)
    assert model.known == world.expected()


async def test_another_object_of_the_name_is_told_after_the_one_that_is_gone() -> None:
    world = World()
    model = Model()
    world.router.add(model)
    world.put(facts("Pod", "web", uid="one"))
    async with world.running():
        world.remove(POD)
        world.put(facts("Pod", "web", uid="two"))
        await asyncio.sleep(1)
    assert model.told[2:] == [("Deleted", POD), ("Applied", POD)]
    assert [message.resource.uid for message in model.messages[2:]] == ["one", "two"]  # type: ignore[union-attr]


async def test_of_what_came_and_went_unseen_nothing_is_told() -> None:
    world = World()
    model = Model()
    world.router.add(model)
    async with world.running():
        world.put(facts("Pod", "web"))
        world.remove(POD)
        await asyncio.sleep(1)
    assert model.told == [("Restarted", [])]


class Slow(Model):
    """Takes a minute for each message."""

    async def take(self, message: KubeMessage) -> None:
        await asyncio.sleep(60)
        await super().take(message)


async def test_a_slow_consumer_gets_the_newest_state_and_holds_up_nobody() -> None:
    world = World()
    slow, quick = Slow("slow"), Model("quick")
    for model in (slow, quick):
        world.router.add(model)
    async with world.running():
        await asyncio.sleep(100)
        world.put(facts("Secret", "web"))
        await asyncio.sleep(1)
        for number in range(20):
            world.step(("apply", facts("Pod", "web")))
            world.step(("report", (POD, "Error" if number % 2 else "Pending")))
            await asyncio.sleep(1)
        assert len(quick.messages) > 20
        await asyncio.sleep(200)
    assert slow.told == [("Restarted", []), ("Applied", SECRET), ("Applied", POD)]
    assert slow.known == quick.known == world.expected()


@pytest.mark.parametrize(
    "failure", [ValueError("no"), asyncio.CancelledError(), SystemExit(1), TimeoutError()], ids=repr
)
async def test_one_that_fails_begins_again_and_stops_nobody_else(failure: BaseException) -> None:
    world = World()
    failing, steady = Model("failing"), Model("steady")
    for model in (failing, steady):
        world.router.add(model)
    world.put(facts("Pod", "web"))
    async with world.running():
        failing.failures = [failure]
        world.put(facts("Secret", "web"))
        await asyncio.sleep(FIRST_WAIT / 2)
        assert SECRET not in failing.known
        await asyncio.sleep(FIRST_WAIT)
    both = sorted([POD, SECRET])
    assert failing.told == [
        ("Restarted", [POD]),
        ("Applied", POD),
        ("Restarted", both),
        *[("Applied", each) for each in (POD, SECRET)],
    ]
    assert steady.told == [("Restarted", [POD]), ("Applied", POD), ("Applied", SECRET)]


async def test_it_waits_longer_from_failure_to_failure() -> None:
    world = World()
    loop = asyncio.get_running_loop()
    times: list[float] = []

    class Broken(Consumer):
        name = "broken"

        async def take(self, message: KubeMessage) -> None:
            times.append(loop.time())
            raise ValueError(message.action)

    world.router.add(Broken())
    async with world.running():
        await asyncio.sleep(10 * LONGEST_WAIT)
    waits = [later - sooner for sooner, later in pairwise(times)]
    for number, wait in enumerate(waits):
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2**number)
        assert 0.8 * longest - 0.01 <= wait <= longest + 0.01
    assert waits[-1] > LONGEST_WAIT / 2


async def test_after_a_delta_that_was_not_taken_in_everything_is_told() -> None:
    world = World()
    model = Model()
    world.router.add(model)
    world.put(facts("Pod", "web"))
    async with world.running():
        step(world.graph, ("remove", POD))
        world.router.lost()
        await asyncio.sleep(1)
        assert model.known == {}
        assert model.told[-1] == ("Restarted", [])


async def test_one_that_is_added_later_hears_everything() -> None:
    world = World()
    async with world.running():
        world.put(facts("Pod", "web"))
        model = Model()
        world.router.add(model)
        await asyncio.sleep(1)
        assert model.told == [("Restarted", [POD]), ("Applied", POD)]


async def test_where_nobody_listens_a_change_allocates_nothing() -> None:
    world = World()
    deltas = [step(world.graph, ("apply", facts("Pod", str(number)))) for number in range(100)]
    deltas += [step(world.graph, ("report", (f"Pod/shop/{number}", "Error"))) for number in range(100)]
    follow = world.router.follow
    peaks = []
    tracemalloc.start()
    try:
        # Other threads of the tests may allocate meanwhile, but not each time.
        for _round in range(10):
            gc.collect()
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            for delta in deltas:
                follow(delta)
            _, peak = tracemalloc.get_traced_memory()
            peaks.append(peak - before)
    finally:
        tracemalloc.stop()
    # The loop of the test is some bytes itself; one generator would be twice as many.
    assert min(peaks) < 150
