"""Try handlers without a cluster: an API server in the same process, on the clock of the test's own loop.

    async def test_it_notes_new_pods():
        controller = Controller([Rule("v1/pods")])
        controller.add_event_handler(handler)
        async with cluster(controller) as api:
            api.put({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}})
            await api.settled()
        assert handler.seen == ["shop/web"]

On a loop with virtual time (the package `looptime`) no second of this passes for real.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess
from astrolabe.watch.controller import Controller

__all__ = ["ApiServer", "TestCluster", "cluster"]

_LOOK = 0.05
"""Seconds between looks at whether everything was handled."""


class TestCluster:
    """What a test does to the cluster. Objects are mappings, as in a manifest."""

    __test__ = False  # for pytest

    def __init__(self, server: ApiServer, controller: Controller) -> None:
        self.server = server
        """The whole simulated API server: faults, definitions, history."""
        self._controller = controller

    def put(self, obj: dict[str, Any]) -> dict[str, Any]:
        """Create or change an object; return it as it was stored."""
        return self.server.put(obj)

    def delete(self, resource: str, namespace: str, name: str) -> dict[str, Any]:
        """Delete an object of a resource (`pods`, `deployments.apps`); return it as it last was."""
        return self.server.delete(resource, namespace, name)

    async def settled(self, seconds: float = 60.0) -> None:
        """Wait until every change was handled, retries and dead letters included.

        Raises `TimeoutError` after so many seconds of the loop's clock.
        """
        async with asyncio.timeout(seconds):
            await self._controller.ready()
            # What was written just now is on its way in two rounds of the loop, or three.
            await asyncio.sleep(_LOOK)
            while any(len(handling.queue) for handling in self._controller.handlers):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK)


@asynccontextmanager
async def cluster(controller: Controller, server: ApiServer | None = None) -> AsyncIterator[TestCluster]:
    """Run a controller that was given no connection against a simulated API server; yields once it is ready.

    At the end the controller stops as a program does: running handlers finish.
    """
    server = server or ApiServer()
    controller.connect(InProcess(server))
    async with controller:
        await controller.ready()
        yield TestCluster(server, controller)
