"""The loop that controllers share: what changed is looked at again, now or later."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import rfc3339
from astrolabe.testing.resources import Object
from astrolabe.testing.store import Event

Key = tuple[str, str, str]
"""Resource, namespace, name."""
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # as of names that Kubernetes generates


def key_of(resource: str, obj: Object) -> Key:
    """Return the key of an object."""
    return resource, obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


class ControlLoop:
    """Calls the controller of a resource for each of its objects that changed."""

    def __init__(self, server: ApiServer, seed: int = 0) -> None:
        self.server = server
        self.random = random.Random(seed)  # noqa: S311 - names and delays of a simulation
        self._controllers: dict[str, Callable[[str, str], None]] = {}
        self._dirty: dict[Key, None] = {}
        self._timers: list[tuple[datetime, int, Key]] = []
        self._order = count()
        self._owned: dict[str, dict[Key, None]] = {}
        self._orphans: list[Key] = []
        self._changed = asyncio.Event()

    def control(self, resource: str, controller: Callable[[str, str], None]) -> None:
        """Have a controller look at each object (namespace, name) of a resource after each change."""
        self._controllers[resource] = controller

    def observe(self, resource: str, observer: Callable[[Object], None]) -> None:
        """Call an observer, at once, with each object of a resource that changes."""
        self.server.listen(resource, lambda event: observer(event.object))

    def start(self) -> None:
        """Begin to notice changes, of every resource that is served by now."""
        for resource in self.server.resources:
            self.server.listen(resource, partial(self._note, resource))

    def _note(self, resource: str, event: Event) -> None:
        key = key_of(resource, event.object)
        owners = event.object["metadata"].get("ownerReferences", ())
        if event.type == "DELETED":
            for owner in owners:
                self._owned.get(owner["uid"], {}).pop(key, None)
            # Deleted later: whoever else listens must hear of the owner first.
            self._orphans += self._owned.pop(event.object["metadata"]["uid"], ())
            self._changed.set()
        else:
            for owner in owners:
                self._owned.setdefault(owner["uid"], {})[key] = None
        self.touch(*key)
        for owner in owners:
            self.touch(self.server.resource_of(owner).name, key[1], owner["name"])

    def _collect(self) -> None:
        """Delete what lost its owner, as the garbage collector does."""
        while self._orphans:
            key = self._orphans.pop(0)
            if self.server.has(*key):
                self.delete(*key)

    def owned(self, owner: Object, resource: str) -> list[Object]:
        """Return the objects of a resource that an object owns, oldest first, only to be read."""
        keys = self._owned.get(owner["metadata"]["uid"], ())
        return [self.server.peek(*key) for key in keys if key[0] == resource]

    def delete(self, resource: str, namespace: str, name: str) -> None:
        """Delete an object; a Pod is given time to stop."""
        if resource != "pods":
            self.server.delete(resource, namespace, name)
            return
        pod = self.server.get(resource, namespace, name)
        if "deletionTimestamp" not in pod["metadata"]:
            pod["metadata"] |= {"deletionTimestamp": self.time(30), "deletionGracePeriodSeconds": 30}
            self.server.put(pod)

    def touch(self, resource: str, namespace: str, name: str) -> None:
        """Have the object looked at soon."""
        if resource in self._controllers:
            self._dirty[resource, namespace, name] = None
            self._changed.set()

    def later(self, seconds: float, resource: str, namespace: str, name: str) -> None:
        """Have the object looked at after some seconds."""
        due = self.server.now() + timedelta(seconds=seconds)
        heapq.heappush(self._timers, (due, next(self._order), (resource, namespace, name)))
        self._changed.set()

    def time(self, seconds: float = 0) -> str:
        """Return the present, or a moment some seconds from it, as objects word it."""
        return rfc3339(self.server.now() + timedelta(seconds=seconds))

    def since(self, time: str) -> float:
        """Return the seconds since a time that an object words."""
        then = datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return (self.server.now() - then).total_seconds()

    def suffix(self, length: int = 5) -> str:
        """Return the end of a generated name."""
        return "".join(self.random.choices(_ALPHABET, k=length))

    def settle(self) -> None:
        """Look at everything that is due."""
        while True:
            self._collect()
            now = self.server.now()
            while self._timers and self._timers[0][0] <= now:
                self._dirty[heapq.heappop(self._timers)[2]] = None
            if not self._dirty:
                return
            key = next(iter(self._dirty))
            del self._dirty[key]
            self._controllers[key[0]](key[1], key[2])

    def upcoming(self) -> Iterator[datetime]:
        """Yield the moments at which something is due, as long as there are any."""
        while self._timers:
            yield self._timers[0][0]

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._changed.clear()
            self.settle()
            pause = None
            if self._timers:
                pause = max(0.0, (self._timers[0][0] - self.server.now()).total_seconds())
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(0.05)  # writes that belong together are looked at together
