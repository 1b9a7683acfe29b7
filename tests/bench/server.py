"""An API server that only streams: ready bytes for lists, changes of Pods at a steady rate for watches.

It leaves out what a shard does not ask for, as an API server with `ShardedListAndWatch` does.
`python -m tests.bench.server SIZE RATE [NAMESPACES]` prints its URL once it serves; it ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

from aiohttp import web

from astrolabe.sharding import fnv1a
from tests.bench.population import Population

VERSION = 10**9
_RANGE = re.compile(r"shardRange\(object\.metadata\.namespace, '(0x[0-9a-f]+)', '(0x[0-9a-f]+)'\)")
_NAMESPACE = re.compile(rb'"namespace":"([^"]*)"')
_KINDS: dict[str, tuple[str, str, str, bool]] = {
    "pods": ("", "v1", "Pod", True),
    "nodes": ("", "v1", "Node", False),
    "services": ("", "v1", "Service", True),
    "configmaps": ("", "v1", "ConfigMap", True),
    "secrets": ("", "v1", "Secret", True),
    "serviceaccounts": ("", "v1", "ServiceAccount", True),
    "deployments": ("apps", "v1", "Deployment", True),
    "replicasets": ("apps", "v1", "ReplicaSet", True),
    "endpointslices": ("discovery.k8s.io", "v1", "EndpointSlice", True),
    "customresourcedefinitions": ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", False),
}


class _Watcher(NamedTuple):
    """A watch, and the hashes of namespaces that it asked for."""

    response: web.StreamResponse
    hashes: range

    async def tell(self, event: bytes, body: bytes) -> None:
        if self.hashes is _ALL or _hashed(body) in self.hashes:
            await self.response.write(b'{"type":"' + event + b'","object":' + body + b"}\n")


class Server:
    """Objects as bytes, and who watches."""

    def __init__(self, population: Population, rate: float) -> None:
        self._items: dict[str, list[bytes]] = defaultdict(list)
        for item in population:
            self._items[item.resource.partition(".")[0]].append(item.body)
        self._rate = rate
        self._watching: dict[str, set[_Watcher]] = defaultdict(set)
        self._version = VERSION
        self._random = random.Random(1)
        self.sent = 0

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/version", self._greet)
        app.router.add_get("/api", self._discover)
        app.router.add_get("/apis", self._discover)
        app.router.add_get("/api/v1/{plural}", self._list)
        app.router.add_get("/apis/{group}/{version}/{plural}", self._list)
        return app

    async def _greet(self, _request: web.Request) -> web.Response:
        return web.json_response({"gitVersion": "v1.36.0"})

    async def _discover(self, request: web.Request) -> web.Response:
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for plural, (group, _, kind, namespaced) in _KINDS.items():
            if (request.path == "/api") == (group == ""):
                groups[group].append(
                    {
                        "resource": plural,
                        "responseKind": {"group": group, "version": "v1", "kind": kind},
                        "scope": "Namespaced" if namespaced else "Cluster",
                        "verbs": ["get", "list", "watch"],
                    }
                )
        items = [
            {
                "metadata": {"name": group},
                "versions": [{"version": "v1", "resources": found, "freshness": "Current"}],
            }
            for group, found in groups.items()
        ]
        body = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}
        return web.Response(
            body=json.dumps(body),
            headers={"Content-Type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"},
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        plural = request.match_info["plural"]
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        watcher = _Watcher(response, _range(request.query.get("shardSelector", "")))
        if request.query.get("sendInitialEvents") == "true":
            for body in self._items[plural]:
                await watcher.tell(b"ADDED", body)
            end = {"k8s.io/initial-events-end": "true"}
            await response.write(_bookmark(plural, self._version, end))
        self._watching[plural].add(watcher)
        try:
            while True:
                await asyncio.sleep(60)
                await response.write(_bookmark(plural, self._version, {}))
        finally:
            self._watching[plural].discard(watcher)

    async def churn(self) -> None:
        """Flip the readiness of Pods, at the rate asked for."""
        pods = self._items["pods"]
        loop = asyncio.get_running_loop()
        start = loop.time()
        while self._rate:
            await asyncio.sleep(max(0.0, start + self.sent / self._rate - loop.time()))
            if not self._watching["pods"]:
                start = loop.time() - self.sent / self._rate
                continue
            self.sent += 1
            self._version += 1
            place = self._random.randrange(len(pods))
            pods[place] = _flipped(pods[place], self._version)
            for watcher in list(self._watching["pods"]):
                await watcher.tell(b"MODIFIED", pods[place])


_ALL = range(1 << 64)
_hash = cache(fnv1a)


def _range(selector: str) -> range:
    found = _RANGE.fullmatch(selector)
    return range(int(found[1], 16), int(found[2], 16)) if found else _ALL


def _hashed(body: bytes) -> int:
    found = _NAMESPACE.search(body)
    return _hash(found[1].decode() if found else "")


def _flipped(body: bytes, version: int) -> bytes:
    ready, not_ready = b'"ready":true', b'"ready":false'
    old, new = (ready, not_ready) if ready in body else (not_ready, ready)
    head, _, rest = body.replace(old, new).partition(b'"resourceVersion":"')
    return head + b'"resourceVersion":"' + str(version).encode() + rest[rest.index(b'"') :]


def _bookmark(plural: str, version: int, annotations: dict[str, str]) -> bytes:
    group, api, kind, _ = _KINDS[plural]
    meta = {"resourceVersion": str(version), "annotations": annotations}
    body = {"kind": kind, "apiVersion": f"{group}/{api}" if group else api, "metadata": meta}
    return json.dumps({"type": "BOOKMARK", "object": body}).encode() + b"\n"


async def main(population: Population, rate: float) -> None:
    server = Server(population, rate)
    runner = web.AppRunner(
        server.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    churn = asyncio.create_task(server.churn())
    await asyncio.to_thread(sys.stdin.read)
    churn.cancel()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Population(int(sys.argv[1]), *sys.argv[3:]), float(sys.argv[2])))
