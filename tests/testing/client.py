"""A plain reader of the simulated API server, so that its tests need nothing of the program."""

import asyncio
from contextlib import asynccontextmanager

import msgspec

from astrolabe.testing.inprocess import InProcess

PODS = "/api/v1/pods"
STREAM = {
    "watch": "1",
    "sendInitialEvents": "true",
    "resourceVersionMatch": "NotOlderThan",
    "allowWatchBookmarks": "true",
}
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


def pod(name, namespace="shop", labels=None, node="node-1", phase="Running"):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {"nodeName": node},
        "status": {"phase": phase},
    }


def definition(plural="rockets", kind="Rocket", group="space.example", versions=("v1",), scope="Namespaced"):
    served = [{"name": name, "served": True, "storage": name == versions[0]} for name in versions]
    names = {"plural": plural, "kind": kind, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "names": names, "scope": scope, "versions": served},
    }


def rocket(name, namespace="shop"):
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "space.example/v1", "kind": "Rocket", "metadata": metadata, "spec": {}}


class Client:
    """Reads whole answers and single events."""

    def __init__(self, server, credentials=lambda: None):
        self.transport = InProcess(server, credentials)

    async def raw(self, path, query=None, **options):
        async with self.transport.request(path, query, **options) as response:
            return response, b"".join([piece async for piece in response.chunks()])

    async def get(self, path, query=None, **options):
        response, body = await self.raw(path, query, **options)
        return response.status, msgspec.json.decode(body)

    async def names(self, path, query=None):
        status, document = await self.get(path, query)
        assert status == 200, document
        return [item["metadata"]["name"] for item in document["items"]]

    @asynccontextmanager
    async def watch(self, path, query=None, **options):
        async with self.transport.request(path, {"watch": "1"} | (query or {}), **options) as response:
            assert response.status == 200
            yield Events(response.chunks())


class Events:
    """The events of one watch."""

    def __init__(self, chunks):
        self.chunks = chunks

    async def next(self):
        return msgspec.json.decode(await anext(self.chunks))

    async def short(self, count):
        """The next events as (type, name), bookmarks as (type, version)."""
        return [summary(await self.next()) for _ in range(count)]

    async def rest(self):
        return [summary(msgspec.json.decode(line)) async for line in self.chunks]

    async def quiet(self, seconds):
        """Whether nothing arrives for so many seconds."""
        task = asyncio.ensure_future(anext(self.chunks))
        done, _ = await asyncio.wait({task}, timeout=seconds)
        task.cancel()
        return not done


def summary(event):
    metadata = event["object"].get("metadata", {})
    if event["type"] == "ERROR":
        return "ERROR", event["object"]["code"]
    return event["type"], metadata.get("name", metadata.get("resourceVersion"))
