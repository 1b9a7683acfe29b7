"""An API server whose objects come, change and go at a steady rate, and that restarts now and then.

`python -m tests.bench.churn SIZE RATE PERIOD` prints its URL once it serves. A line on its standard input
begins the churn, the next one ends it; then it prints how many events there were, how many restarts and in
how many seconds. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import msgspec

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.bench.population import Population

AWAY = 3.0
"""Seconds that a restart takes."""
_TICK = 0.01
_STAYING = ("Node",)
_REVISIONS = 8
"""Values that a label takes in turn: values never seen before are as rare as roll-outs."""


class Churn:
    """Creates, updates and deletes objects; how many there are stays the same in the end."""

    def __init__(self, size: int, rate: float, period: float) -> None:
        self.server = ApiServer(requests_kept=1000)
        self.events = 0
        self.restarts = 0
        self._rate = rate
        self._period = period
        self._random = Random(size)
        self._live: list[tuple[str, str, str]] = []
        self._gone: list[dict[str, Any]] = []
        self._port = 0
        for item in Population(size):
            obj = msgspec.json.decode(item.body)
            meta = self.server.put(obj)["metadata"]
            if item.kind not in _STAYING:
                self._live.append((item.resource, meta.get("namespace", ""), meta["name"]))

    async def run(self, over: asyncio.Event) -> float:
        """Serve and change things until it is over; returns the seconds between."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        restarting = asyncio.create_task(self._restart_now_and_then())
        while not over.is_set():
            while self.events < (loop.time() - start) * self._rate:
                self._step()
            await asyncio.sleep(_TICK)
        seconds = loop.time() - start
        while self._gone:
            self._create()
        restarting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await restarting
        return seconds

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Listen; the first time on a free port, then on the same."""
        self._stack = contextlib.AsyncExitStack()
        url = await self._listen()
        try:
            yield url
        finally:
            await self._stack.aclose()

    async def _listen(self) -> str:
        url = await self._stack.enter_async_context(serving(self.server, self._port))
        self._port = int(url.rpartition(":")[2])
        return url

    async def _restart_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._period)
            self.restarts += 1
            # Shielded: the last restart is seen through.
            await asyncio.shield(self._restart())

    async def _restart(self) -> None:
        self.server.break_connections()
        await self._stack.aclose()
        await asyncio.sleep(AWAY)
        if self.restarts % 2:
            self.server.compact()  # a new process keeps no history
        await self._listen()

    def _step(self) -> None:
        chance = self._random.random()
        if chance < 0.2:
            self._delete()
        elif chance < 0.4 and self._gone:
            self._create()
        else:
            self._update()
        self.events += 1

    def _delete(self) -> None:
        place = self._random.randrange(len(self._live))
        self._live[place], self._live[-1] = self._live[-1], self._live[place]
        self._gone.append(self.server.delete(*self._live.pop()))

    def _create(self) -> None:
        """Bring back what went longest ago: as it was, or under a name never seen before."""
        obj = self._gone.pop(0)
        meta = obj["metadata"]
        for stale in ("uid", "resourceVersion", "creationTimestamp"):
            meta.pop(stale, None)
        if self._random.random() < 0.5:
            meta["name"] = f"{meta['name'].partition('.')[0]}.{self._random.randrange(16**6):06x}"
        resource = self.server.resource_of(obj).name
        self.server.put(obj)
        self._live.append((resource, meta.get("namespace", ""), meta["name"]))

    def _update(self) -> None:
        resource, namespace, name = self._random.choice(self._live)
        obj = self.server.get(resource, namespace, name)
        if statuses := (obj.get("status") or {}).get("containerStatuses"):
            statuses[0]["ready"] = not statuses[0]["ready"]
        obj["metadata"].setdefault("labels", {})["revision"] = str(self._random.randrange(_REVISIONS))
        self.server.put(obj)


async def main(size: int, rate: float, period: float) -> None:
    """Follow the standard input's directions."""
    churn = Churn(size, rate, period)
    async with churn.serving() as url:
        _tell(url)
        over = asyncio.Event()
        await asyncio.to_thread(sys.stdin.readline)
        running = asyncio.create_task(churn.run(over))
        await asyncio.to_thread(sys.stdin.readline)
        over.set()
        seconds = await running
        # A restart may be on its way.
        await asyncio.sleep(AWAY + 1)
        _tell(f"{churn.events} {churn.restarts} {seconds}")
        await asyncio.to_thread(sys.stdin.read)


def _tell(what: str) -> None:
    sys.stdout.write(what + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
