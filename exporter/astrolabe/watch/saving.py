"""Saves the position of every watch regularly, so that a new process can continue there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from astrolabe.kube.reflector import Checkpoint
from astrolabe.kube.supervisor import Place
from astrolabe.watch.item import Item
from astrolabe.watch.plan import Plan
from astrolabe.watch.positions import Positions, StateFile

_SAVE = 1.0
"""Seconds between two saved states, at least."""

Versions: TypeAlias = Callable[[], Mapping[Place, str]]
"""Tells the resource version that each watch has reached."""


class Saver:
    """The state file of one controller."""

    def __init__(self, path: Path, plan: Plan) -> None:
        """Load what an earlier process left; raises `ConfigError` for a file that cannot be written."""
        self.positions = Positions(StateFile(path))
        self.positions.check()
        self._plan = plan
        self._known = asyncio.Event()

    def restored(self, cluster: str) -> dict[Place, Checkpoint[Item]]:
        """Return from where to go on in this cluster; empty where it is not known which one it is.

        Nothing is saved before.
        """
        self.positions.belong(cluster)
        self._known.set()
        restored = {}
        for saved in self.positions.saved.watches:
            watch = self._plan.restore(saved.resource, saved.scope, saved.rules, saved.delivered)
            if watch is not None:
                self.positions.restore(saved)
                items = [
                    Item(key, uid, version, b"", watch) for key, (uid, version) in saved.delivered.items()
                ]
                restored[watch.place] = Checkpoint(saved.version, items, saved.resource.api_version)
        return restored

    async def run(self, versions: Versions) -> None:
        """Save again and again, but spend no more than a tenth of the time on it."""
        loop = asyncio.get_running_loop()
        took = 0.0
        await self._known.wait()
        while True:
            await asyncio.sleep(max(_SAVE, took * 10))
            start = loop.time()
            await asyncio.to_thread(self.positions.save, self._snapshot(versions, clean=False))
            took = loop.time() - start

    def end(self, versions: Versions) -> None:
        """Save for the last time: nothing is on its way any more."""
        if self._known.is_set():
            self.positions.save(self._snapshot(versions, clean=True))
        else:
            self.positions.put_back()

    def forget(self) -> None:
        """Let a new process begin with initial events: what is known is of another cluster."""
        self.positions.forget()

    def _snapshot(self, versions: Versions, *, clean: bool) -> bytes:
        reached = versions()
        return self.positions.snapshot(self._plan.positioned(reached), reached, clean=clean)
