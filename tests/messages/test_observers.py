"""Each namespace has an observer of its own, which begins and ends with it."""

from __future__ import annotations

import asyncio

import pytest

from astrolabe.messages.observers import observe_namespaces
from tests.messages.helpers import Model, World, facts

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


class Observed(World):
    """Remembers the observers of namespaces, in the order in which they began."""

    def __init__(self) -> None:
        super().__init__()
        self.began: list[Model] = []
        observe_namespaces(self.router, self._begin, kinds=("Pod",), namespaces=("prod-.*",))

    def _begin(self, namespace: str) -> Model:
        model = Model(namespace)
        self.began.append(model)
        return model


async def test_a_namespace_that_appears_gets_its_observer() -> None:
    world = Observed()
    world.put(facts("Namespace", "prod-a", ""), facts("Pod", "web", "prod-a"))
    async with world.running():
        await asyncio.sleep(1)
        world.put(facts("Namespace", "prod-b", ""), facts("Namespace", "test", ""))
        await asyncio.sleep(1)
        world.put(
            facts("Pod", "web", "prod-b"), facts("Secret", "web", "prod-b"), facts("Pod", "web", "test")
        )
        await asyncio.sleep(1)
    assert {model.name: model.told for model in world.began} == {
        "prod-a": [("Restarted", ["Pod/prod-a/web"]), ("Applied", "Pod/prod-a/web")],
        "prod-b": [("Restarted", []), ("Applied", "Pod/prod-b/web")],
    }


async def test_its_observer_ends_after_it_was_told_what_went_with_the_namespace() -> None:
    world = Observed()
    world.put(facts("Namespace", "prod-a", ""), facts("Pod", "web", "prod-a"))
    async with world.running():
        await asyncio.sleep(1)
        world.remove("Pod/prod-a/web")
        world.remove("Namespace/prod-a")
        await asyncio.sleep(1)
        (observer,) = world.began
        assert observer.told[-1] == ("Deleted", "Pod/prod-a/web")
        assert observer.closed == 1
        assert [each.consumer.name for each in world.router.consumers] == ["namespaces"]
        world.put(facts("Namespace", "prod-a", "", uid="another"))
        await asyncio.sleep(1)
        assert [model.closed for model in world.began] == [1, 0]


async def test_a_namespace_that_went_unheard_has_no_observer_either() -> None:
    world = Observed()
    world.put(facts("Namespace", "prod-a", ""))
    async with world.running():
        await asyncio.sleep(1)
        world.graph.remove("Namespace/prod-a")
        world.router.lost()
        await asyncio.sleep(1)
        assert [model.closed for model in world.began] == [1]


async def test_one_that_fails_leaves_the_others_alone() -> None:
    world = Observed()
    world.put(facts("Namespace", "prod-a", ""), facts("Namespace", "prod-b", ""))
    async with world.running():
        await asyncio.sleep(1)
        world.began[0].failures = [ValueError("no")]
        world.put(facts("Pod", "web", "prod-a"), facts("Pod", "web", "prod-b"))
        await asyncio.sleep(1)
    told = {model.name: [action for action, _ in model.told] for model in world.began}
    assert told == {"prod-a": ["Restarted", "Restarted", "Applied"], "prod-b": ["Restarted", "Applied"]}
