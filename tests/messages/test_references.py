"""A message tells whether what an object names exists, and comes again when that changes."""

from __future__ import annotations

import asyncio

import pytest

from astrolabe.graph.facts import Ref
from astrolabe.messages.message import Listing
from astrolabe.messages.objects import Pod, Reference
from astrolabe.messages.subscription import Subscription
from tests.messages.helpers import Model, World, facts

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]

NAMED = {
    "Secret": Ref("uses-secret", "Secret/shop/web"),
    "ConfigMap": Ref("uses-configmap", "ConfigMap/shop/web", optional=True),
    "PersistentVolumeClaim": Ref("mounts", "PersistentVolumeClaim/shop/web"),
    "ServiceAccount": Ref("uses-sa", "ServiceAccount/shop/web"),
}


class Watched(World):
    """A Pod that names one of each, and a consumer of Pods."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.router.add(self.model, Subscription(("Pod",)))
        self.put(facts("Pod", "web", refs=tuple(NAMED.values())))

    async def exists(self) -> dict[str, bool | None]:
        await asyncio.sleep(1)
        pod = self.model.known["Pod/shop/web"]
        assert isinstance(pod, Pod)
        return {reference.kind: reference.exists for reference in pod.references}


@pytest.mark.parametrize("kind", NAMED)
async def test_a_pod_is_told_again_when_what_it_names_comes_and_goes(kind: str) -> None:
    world = Watched()
    for each in NAMED:
        world.step(("cover", (each, "")))
    nothing = dict.fromkeys(NAMED, False)
    async with world.running():
        assert await world.exists() == nothing
        world.put(facts(kind, "web"))
        assert await world.exists() == nothing | {kind: True}
        world.remove(f"{kind}/shop/web")
        assert await world.exists() == nothing
    assert world.model.told == [("Restarted", ["Pod/shop/web"]), *[("Applied", "Pod/shop/web")] * 3]


@pytest.mark.parametrize("kind", NAMED)
async def test_nothing_is_said_of_what_is_not_known_as_a_whole(kind: str) -> None:
    world = Watched()
    unknown: dict[str, bool | None] = dict.fromkeys(NAMED)
    async with world.running():
        assert await world.exists() == unknown
        world.put(facts(kind, "web"))
        assert await world.exists() == unknown | {kind: True}
        world.remove(f"{kind}/shop/web")
        assert await world.exists() == unknown
        world.step(("cover", (kind, "")))
        assert await world.exists() == unknown | {kind: False}
        world.step(("uncover", (kind, "")))
        assert await world.exists() == unknown


async def test_the_one_that_is_named_counts_not_another_of_its_name() -> None:
    world = World()
    model = Model()
    world.router.add(model, Subscription(("Pod",)))
    world.put(facts("Pod", "web", refs=[Ref("mounts", "PersistentVolumeClaim/shop/web", uid="one")]))
    world.step(("cover", ("PersistentVolumeClaim", "")))
    async with world.running():
        for uid, exists in (("two", False), ("one", True)):
            world.put(facts("PersistentVolumeClaim", "web", uid=uid))
            await asyncio.sleep(1)
            claim = Reference("mounts", "PersistentVolumeClaim", "shop", "web", exists)
            assert model.known["Pod/shop/web"].references == (claim,)


async def test_a_reference_that_points_back_is_verified_too() -> None:
    world = World()
    model = Model()
    world.router.add(model, Subscription(("EndpointSlice",)))
    named = Ref("endpoints", "Service/shop/web", reverse=True)
    async with world.running():
        world.put(facts("EndpointSlice", "web", refs=[named]))
        await asyncio.sleep(1)
        world.put(facts("Service", "web"))
        await asyncio.sleep(1)
    told = [
        resource.references[0].exists
        for resource in (message.resource for message in model.messages)
        if not isinstance(resource, Listing)
    ]
    assert told == [None, True]


async def test_what_others_name_is_not_told_again_because_of_them() -> None:
    world = World()
    model = Model()
    world.router.add(model, Subscription(("Secret",)))
    async with world.running():
        world.put(facts("Secret", "web"))
        await asyncio.sleep(1)
        for number in range(10):
            world.put(facts("Pod", f"web-{number}", refs=[NAMED["Secret"]]))
        await asyncio.sleep(1)
    assert model.told == [("Restarted", []), ("Applied", "Secret/shop/web")]
