"""How fast the watch library hands changes to a handler, and what it holds of each object."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

from astrolabe.testing.apiserver import ApiServer
from astrolabe.watch import Controller, Rule
from astrolabe.watch.testing import cluster
from tests.bench.budget import Figure
from tests.bench.progress import say
from tests.watch.helpers import configmap

OBJECTS = 20_000
CHANGES = 5_000


async def handing_over() -> AsyncIterator[Figure]:
    """Yield the figures: the first list, and changes of one moment, the simulated server's part included."""
    say("the watch library")
    handled = 0

    async def handle(event: Any) -> None:
        nonlocal handled
        handled += bool(event.key)

    server = ApiServer()
    for number in range(OBJECTS):
        server.put(configmap(f"c{number}"))
    controller = Controller([Rule("v1/configmaps")])
    controller.add_event_handler(handle)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    async with cluster(controller, server) as api:
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        start = perf_counter()
        for number in range(CHANGES):
            api.put(configmap(f"c{number}", data="2"))
        await api.settled()
        rate = CHANGES / (perf_counter() - start)
    assert handled == OBJECTS + CHANGES
    yield Figure("watch library: changes handed over", "a second", rate, 1000, at_least=True)
    yield Figure("watch library: held of a small ConfigMap", "bytes", (held - before) / OBJECTS, 2000)


if __name__ == "__main__":
    import asyncio
    import sys

    from tests.bench.budget import table

    async def _main() -> None:
        sys.stdout.write(table([figure async for figure in handing_over()]) + "\n")

    asyncio.run(_main())
