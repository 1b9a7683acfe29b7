"""A reflector or a supervisor that follows the simulated API server, and what its sink was told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import msgspec

from astrolabe.kube.discovery import Discovery
from astrolabe.kube.observer import Decoder
from astrolabe.kube.reflector import Checkpoint, Reflector, ReflectorOptions
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.supervisor import Supervisor, WatchTarget
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from astrolabe.testing.requests import Request, Verb

PODS = Resource("", "v1", "pods", "Pod")
CONFIGMAPS = Resource("", "v1", "configmaps", "ConfigMap")


class Item(msgspec.Struct, frozen=True):
    id: str
    uid: str
    resource_version: str
    labels: dict[str, str] = {}


class _Metadata(msgspec.Struct, rename="camel"):
    name: str
    uid: str
    resource_version: str
    namespace: str = ""
    labels: dict[str, str] = {}


class _Object(msgspec.Struct):
    metadata: _Metadata


def decoder(kind: str) -> Decoder[Item]:
    def decode(raw: msgspec.Raw, _known: Mapping[str, Item]) -> Item:
        meta = msgspec.json.decode(raw, type=_Object).metadata
        return Item(f"{kind}/{meta.namespace}/{meta.name}", meta.uid, meta.resource_version, meta.labels)

    return decode


class Recorder:
    """A sink that insists on each change being possible, and keeps them all."""

    def __init__(self) -> None:
        self.contents: dict[str, Item] = {}
        self.events: list[tuple[str, str]] = []
        self.complete: dict[str, bool] = {}
        self.scheduler = Scheduler()
        self.reread = False
        """Whether objects may be read in another version of the API."""

    def put(self, item: Item, old: Item | None, read_at: float | None) -> None:
        assert read_at is None or read_at > 0
        assert self.contents.get(item.id) is old
        if old is not None:
            assert (old.id, old.uid) == (item.id, item.uid)
            assert self.reread or old.resource_version != item.resource_version
        self.contents[item.id] = item
        self.events.append(("added" if old is None else "changed", item.id))

    def remove(self, item: Item, read_at: float | None) -> None:
        assert read_at is None or read_at > 0
        assert self.contents.pop(item.id) is item
        self.events.append(("deleted", item.id))

    def covered(self, resource: str, complete: bool) -> None:
        self.complete[resource] = complete

    async def work(self, steps: Iterator[object]) -> None:
        if not self.scheduler.begin(steps):
            await self.scheduler.work(steps)

    def drain(self) -> list[tuple[str, str]]:
        events, self.events = self.events, []
        return events


class Telemetry:
    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.sync: dict[str, bool] = {}
        self.forgot: list[str] = []

    def listed(self, resource: str, result: str) -> None:
        self.counts["listed", resource, result] += 1

    def watched(self, resource: str, result: str) -> None:
        self.counts["watched", resource, result] += 1

    def event(self, resource: str, type: str) -> None:  # noqa: A002
        self.counts["event", resource, type] += 1

    def decode_error(self, resource: str) -> None:
        self.counts["decode error", resource, ""] += 1

    def synced(self, resource: str, synced: bool) -> None:
        self.sync[resource] = synced

    def forgotten(self, resource: str) -> None:
        # What only an earlier process knew was never said to be synced or not.
        self.sync.pop(resource, None)
        self.forgot.append(resource)


def pod(name: str, namespace: str = "default", **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}}


def configmap(name: str, namespace: str = "default") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}


class World:
    def __init__(
        self, server: ApiServer | None = None, token: Callable[[], str | None] = lambda: None
    ) -> None:
        self.server = server or ApiServer()
        self.transport = InProcess(self.server, token)
        self.sink = Recorder()
        self.telemetry = Telemetry()
        self._followed = 0

    def pods(self, count: int) -> None:
        for number in range(count):
            self.server.put(pod(f"p{number:04}"))

    def fresh(self, resource: str = "pods", kind: str = "Pod") -> dict[str, tuple[str, str]]:
        """What a full list would give."""
        found = {}
        for obj in self.server.objects(resource):
            meta = obj["metadata"]
            key = f"{kind}/{meta.get('namespace', '')}/{meta['name']}"
            found[key] = (meta["uid"], meta["resourceVersion"])
        return found

    def known(self, kind: str = "Pod") -> dict[str, tuple[str, str]]:
        return {
            item.id: (item.uid, item.resource_version)
            for item in self.sink.contents.values()
            if item.id.startswith(kind + "/")
        }

    def requests(self, *verbs: Verb, resource: str = "pods") -> list[Request]:
        """Requests since the last `forget`, without the questions for the server's version."""
        return [
            request
            for request in self.server.requests
            if request.resource == resource
            and (not verbs or request.verb in verbs)
            and request.query.get("limit") != "1"
        ]

    def forget(self) -> None:
        self.server.requests.clear()
        self.telemetry.counts.clear()
        self.sink.drain()

    @asynccontextmanager
    async def following(
        self,
        resource: Resource = PODS,
        scope: Scope | None = None,
        *,
        options: ReflectorOptions | None = None,
        restored: Checkpoint[Item] | None = None,
        settle: float = 5.0,
    ) -> AsyncIterator[Reflector[Item]]:
        """Follow one resource, for some seconds at first; afterwards nothing of it may be open."""
        reflector = Reflector(
            self.transport,
            resource,
            scope or Scope(),
            decoder(resource.kind),
            self.sink,
            self.telemetry,
            random=Random(1),
            options=options or ReflectorOptions(),
            restored=restored,
        )
        async with self._running(reflector.run()):
            await asyncio.sleep(settle)
            yield reflector

    @asynccontextmanager
    async def supervised(
        self, choose: Callable[[Discovery], Sequence[WatchTarget[Item]]], *, settle: float = 5.0, **more: Any
    ) -> AsyncIterator[Supervisor[Item]]:
        supervisor = Supervisor(self.transport, choose, self.sink, self.telemetry, random=Random(1), **more)
        async with self._running(supervisor.run()):
            await asyncio.sleep(settle)
            yield supervisor

    @asynccontextmanager
    async def _running(self, coroutine: Any) -> AsyncIterator[None]:
        self._followed += 1
        task = asyncio.create_task(coroutine)
        try:
            yield
        finally:
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=5)
            assert done
            assert task.cancelled(), task.exception()
            self._followed -= 1
            if not self._followed:
                assert self.transport.open == 0
                assert self.server.watches() == []
