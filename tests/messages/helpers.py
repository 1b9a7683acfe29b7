"""What the tests of messages share: consumers that remember, fail and are slow, and a graph to follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Protocol

import pytest

from astrolabe.bus import Bus
from astrolabe.graph.facts import Facts, Ref, object_id
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.messages.consumer import Consumer
from astrolabe.messages.making import object_of
from astrolabe.messages.message import KubeMessage, Listing, apply
from astrolabe.messages.objects import AnyObject
from astrolabe.messages.router import MessageRouter
from astrolabe.messages.subscription import Subscription
from astrolabe.metrics.internalerrors import InternalErrors
from tests.graph.test_laws import step
from tests.persistence.servers import PASSWORD

PATIENCE = 10_000.0
"""Seconds of virtual time in which everything has come to rest, the longest wait of a consumer included."""


class Model(Consumer):
    """Knows what its messages told; fails and is slow as chance has it."""

    def __init__(self, name: str = "model", *, seed: int = 0, failing: float = 0.0, forgetful: bool = False):
        self.name = name
        self.known: dict[str, AnyObject] = {}
        self.messages: list[KubeMessage] = []
        self.failures: list[BaseException] = []
        self.closed = 0
        self._random = Random(seed)
        self._failing = failing
        self._forgetful = forgetful

    async def take(self, message: KubeMessage) -> None:
        if self._failing:
            await asyncio.sleep(self._random.choice((0, 0, 0.3)))
        if self.failures or self._random.random() < self._failing:
            if self._forgetful:
                self.known.clear()
            raise self.failures.pop() if self.failures else ValueError("chance")
        self._check_order(message)
        self.messages.append(message)
        apply(message, self.known)

    async def close(self) -> None:
        self.closed += 1

    def calm(self) -> None:
        """Fail no more."""
        self._failing = 0.0

    def _check_order(self, message: KubeMessage) -> None:
        """Of one object: no other one of its name is told before it is gone."""
        resource = message.resource
        if isinstance(resource, Listing):
            return
        # After a restart it may be the successor that goes, of an object whose end was never told.
        known = self.known.get(resource.id)
        assert known is None or known.uid == resource.uid or not self._told_since_restart(resource.id)

    def _told_since_restart(self, object_id_: str) -> bool:
        for message in reversed(self.messages):
            if isinstance(message.resource, Listing):
                return False
            if message.resource.id == object_id_:
                return message.action == "Applied"
        return False

    @property
    def told(self) -> list[tuple[str, Any]]:
        return [
            (message.action, sorted(message.resource.objects))
            if isinstance(message.resource, Listing)
            else (message.action, message.resource.id)
            for message in self.messages
        ]


class World:
    """A graph, its bus, and the router that follows it."""

    def __init__(self) -> None:
        self.graph = Graph(JUDGES)
        self.bus = Bus(InternalErrors())
        self.ready = True
        self.router = MessageRouter(
            self.graph,
            "lab",
            lambda: self.ready,
            random=Random(1),
            elapsed=lambda: asyncio.get_running_loop().time(),
        )
        self.bus.add("messages", self.router)

    def step(self, event: tuple[str, Any]) -> None:
        self.bus.follow(step(self.graph, event))

    def put(self, *facts: Facts) -> None:
        for each in facts:
            self.step(("apply", each))

    def remove(self, node_id: str) -> None:
        self.step(("remove", node_id))

    def expected(self, subscription: Subscription | None = None) -> dict[str, AnyObject]:
        """What a consumer has to know."""
        wanted = subscription or Subscription()
        return {node.id: object_of(node, self.graph) for node in self.graph if wanted.selects(node.facts)}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.router.run())
        try:
            await asyncio.sleep(0.2)
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


def facts(kind: str, name: str, namespace: str = "shop", *, uid: str = "", refs: Sequence[Ref] = ()) -> Facts:
    node_id = object_id(kind, namespace, name)
    return Facts(
        id=node_id,
        kind=kind,
        namespace=namespace,
        uid=uid or f"uid-{node_id}",
        api_version="v1",
        refs=tuple(refs),
    )


class Server(Protocol):
    """Where a line is sent."""

    async def send(self, line: bytes, key: tuple[str, ...] = ()) -> None: ...

    async def close(self) -> None: ...


async def refusal(server: Server) -> str:
    """Return why a line is not taken: one line, without the password."""
    with pytest.raises(ConnectionError) as caught:
        await server.send(b"{}", ("lab",))
    await server.close()
    text = str(caught.value)
    assert PASSWORD not in text
    assert "\n" not in text
    return text


def known(messages: list[tuple[str, KubeMessage]]) -> dict[str, AnyObject]:
    """The objects that a reader of messages knows."""
    found: dict[str, AnyObject] = {}
    for _, message in messages:
        apply(message, found)
    return found
