"""Messages of a whole exporter: whatever happens to the API server, they tell what the graph knows."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from astrolabe.commands.messages import _reader
from astrolabe.messages.consumer import Consumer
from astrolabe.messages.making import object_of
from astrolabe.messages.message import Listing
from astrolabe.messages.objects import AnyObject, Pod
from astrolabe.messages.observers import observe_namespaces
from astrolabe.messages.router import MessageRouter
from astrolabe.messages.subscription import Subscription
from astrolabe.watch.item import LAST_APPLIED
from tests.api.exporter import Exporter, cluster, following
from tests.api.shop import definition, make, pod, rocket
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


async def test_a_consumer_that_asks_gets_the_objects_themselves() -> None:
    server = cluster(
        make("Secret", "keys", metadata={"annotations": {LAST_APPLIED: "sesame"}}, data={"key": "c2VzYW1l"}),
        definition("rockets", "Rocket", "space.example"),
        {**rocket("saturn"), "metadata": {"name": "saturn", "namespace": "shop"}},
    )
    model = Model()
    async with following(server) as exporter:
        reader = _reader(exporter.application, exporter.application.supervisor._transport)
        told = Told(exporter)
        told.router.add(model, Subscription(("Pod", "Secret", "Node", "Rocket.space.example")), reader)
        await asyncio.sleep(1)
        server.go_away()
        await asyncio.sleep(1)
        server.come_back()
        server.put(pod("late", "shop", secret="db"))
        await asyncio.sleep(60)
        objects = {
            message.resource.id: message.object
            for message in model.messages
            if not isinstance(message.resource, Listing)
        }
        await told.stop()
    assert set(objects) == set(model.known)
    late, keys = objects["Pod/shop/late"], objects["Secret/shop/keys"]
    assert late is not None
    assert late["spec"] == pod("late", "shop", secret="db")["spec"]
    assert objects["Rocket.space.example/shop/saturn"] is not None
    assert keys is not None
    assert set(keys) == {"apiVersion", "kind", "metadata"}
    assert "sesame" not in str(keys)


async def test_what_has_gone_since_has_no_object() -> None:
    server = cluster()
    async with following(server) as exporter:
        reader = _reader(exporter.application, exporter.application.supervisor._transport)
        node = exporter.application.graph.get("Deployment/shop/web")
        assert node is not None
        web = object_of(node, exporter.application.graph)
        assert (await reader.read(web) or {})["kind"] == "Deployment"
        assert await reader.read(msgspec.structs.replace(web, uid="another")) is None
        server.delete("deployments.apps", "shop", "web")
        assert await reader.read(web) is None


async def test_the_program_of_the_page_runs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "messages.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(class .*?)^await ", page, re.DOTALL | re.MULTILINE)
    observers: list[Model] = []
    printed: list[tuple[str, ...]] = []

    def per_namespace(name: str) -> Model:
        observers.append(Model(name))
        return observers[-1]

    server = cluster(make("Namespace", "prod-a", ""), pod("web", "prod-a"))
    async with following(server) as exporter:
        names: dict[str, Any] = {
            "application": exporter.application,
            "Consumer": Consumer,
            "MessageRouter": MessageRouter,
            "Pod": Pod,
            "PerNamespace": per_namespace,
            "Subscription": Subscription,
            "observe_namespaces": observe_namespaces,
            "print": lambda *words: printed.append(words),
        }
        exec(program, names)
        task = asyncio.create_task(names["router"].run())
        await asyncio.sleep(1)
        server.status("pods", "prod-a", "web", {"phase": "Failed", "reason": "Evicted"})
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
    assert printed == [("web", "Evicted")]
    assert "Pod/prod-a/web" in {model.name: model for model in observers}["prod-a"].known
