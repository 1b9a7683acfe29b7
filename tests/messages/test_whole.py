"""Messages of a whole exporter: whatever happens to the API server, they tell what the graph knows."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from astrolabe.messages.making import object_of
from astrolabe.messages.message import Listing
from astrolabe.messages.objects import AnyObject, Pod
from astrolabe.messages.router import MessageRouter
from astrolabe.messages.subscription import Subscription
from tests.api.exporter import Exporter, cluster, following
from tests.api.shop import make, pod
from tests.changes import change
from tests.messages.helpers import Model

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


class Told:
    """A router beside an exporter, and who listens to it."""

    def __init__(self, exporter: Exporter, *models: Model) -> None:
        self.application = exporter.application
        self.wanted = Subscription()
        self.router = MessageRouter(
            self.application.graph, "lab", lambda: self.application.supervisor.ready, random=Random(1)
        )
        for model in models:
            self.router.add(model, self.wanted)
        self.application.bus.add("messages", self.router)
        self._task = asyncio.create_task(self.router.run())

    def expected(self) -> dict[str, AnyObject]:
        graph = self.application.graph
        return {node.id: object_of(node, graph) for node in graph if self.wanted.selects(node.facts)}

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.mark.parametrize("seed", range(2))
async def test_after_every_fault_a_consumer_knows_what_the_graph_knows(seed: int) -> None:
    random = Random(seed)
    server = cluster()
    steady, failing = Model("steady"), Model("failing", seed=seed, failing=0.02, forgetful=True)
    async with following(server) as exporter:
        failing.failures = [ValueError("once at least")]
        told = Told(exporter, steady, failing)
        for _ in range(6):
            change(server, random, 8)
            match random.randrange(4):
                case 0:
                    server.break_connections()
                case 1:
                    server.compact()
                    server.break_connections()
                case 2:
                    server.go_away()
                    await asyncio.sleep(random.choice((1, 60)))
                    change(server, random, 4)
                    server.come_back()
            await asyncio.sleep(random.choice((0.1, 5, 40)))
        await asyncio.sleep(60)
        failing.calm()
        await asyncio.sleep(300)
        assert steady.known == failing.known == told.expected()
        # A relist is the net difference: nobody begins again because of it.
        assert [action for action, _ in steady.told].count("Restarted") == 1
        assert told.router.consumers[1].restarts
        await told.stop()


async def test_a_pod_is_told_again_when_its_secret_comes_and_goes() -> None:
    server = cluster(pod("late", "shop", secret="late"))
    model = Model()
    async with following(server) as exporter:
        told = Told(exporter, model)
        await asyncio.sleep(1)
        seen = []
        for step in ("absent", "there", "gone"):
            if step == "there":
                server.put(make("Secret", "late"))
            if step == "gone":
                server.delete("secrets", "shop", "late")
            await asyncio.sleep(1)
            late = model.known["Pod/shop/late"]
            assert isinstance(late, Pod)
            seen += [each.exists for each in late.references if (each.kind, each.name) == ("Secret", "late")]
        assert seen == [False, True, False]
        assert not any(isinstance(each.resource, Listing) for each in model.messages[1:])
        await told.stop()
