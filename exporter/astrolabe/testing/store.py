"""The objects of the simulated cluster: one increasing resource version and a bounded history of events."""

from __future__ import annotations

import random
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from astrolabe.testing.clock import LoopClock, rfc3339
from astrolabe.testing.refusal import Refusal, absent, expired
from astrolabe.testing.resources import Object, ServedResource

Key = tuple[str, str]
"""Namespace (empty for cluster-scoped objects) and name."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change. Objects in events and in the store are shared and never changed in place."""

    version: int
    type: str
    """ADDED, MODIFIED or DELETED."""
    object: Object
    previous: Object | None
    """The object before the change: a watch with a selector may match only one of the two."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The store at one moment."""

    version: int
    objects: dict[str, dict[Key, Object]] = field(repr=False)


class Store:
    """Objects by resource name (`plural.group`). Everything that changes takes effect at once."""

    def __init__(
        self,
        resources: Iterable[ServedResource],
        *,
        clock: Callable[[], datetime] | None = None,
        history: int = 4096,
        seed: int = 0,
    ) -> None:
        """Keep at most `history` events of each resource; uids are drawn from `seed`."""
        self.now = clock or LoopClock()
        self.resources: dict[str, ServedResource] = {}
        self.version = 1000
        self._random = random.Random(seed)  # noqa: S311 - uids of a simulation
        self._capacity = history
        self._kinds: dict[tuple[str, str], ServedResource] = {}
        self._objects: dict[str, dict[Key, Object]] = {}
        self._history: dict[str, deque[Event]] = {}
        self._oldest: dict[str, int] = {}
        self._listeners: dict[str, dict[Callable[[Event], None], None]] = {}  # in order
        for resource in resources:
            self.register(resource)

    def register(self, resource: ServedResource) -> None:
        """Serve a resource, or serve it in other versions."""
        self.resources[resource.name] = resource
        self._kinds[resource.group, resource.kind] = resource
        if resource.name not in self._objects:
            self._objects[resource.name] = {}
            self._history[resource.name] = deque()
            self._oldest[resource.name] = self.version
            self._listeners[resource.name] = {}

    def withdraw(self, name: str) -> None:
        """Delete every object of a resource and serve it no longer."""
        for namespace, key in list(self._objects[name]):
            self.delete(name, namespace, key)
        resource = self.resources.pop(name)
        del self._kinds[resource.group, resource.kind], self._objects[name]
        del self._history[name], self._oldest[name], self._listeners[name]

    def resource_of(self, obj: Object) -> ServedResource:
        """Tell which resource an object belongs to; raises `Refusal` for a kind that is not served."""
        group, _, _ = obj["apiVersion"].rpartition("/")
        try:
            return self._kinds[group, obj["kind"]]
        except KeyError:
            message = f'no matches for kind "{obj["kind"]}" in version "{obj["apiVersion"]}"'
            raise Refusal(404, message) from None

    def put(self, obj: Object) -> Object:
        """Create or update an object and return it as it was stored.

        The uid and the creation time are kept, or made where nobody gave them; a status that is left out
        is kept; a change of the specification raises the generation. What changes nothing makes no event.
        Unlike over the API, status and specification may change in one event.
        """
        resource = self.resource_of(obj)
        new = _copy(obj)
        metadata = new["metadata"]
        key = (metadata.get("namespace", "") if resource.namespaced else "", metadata["name"])
        old = self._objects[resource.name].get(key)
        if old is None:
            metadata.setdefault("uid", str(uuid.UUID(int=self._random.getrandbits(128), version=4)))
            metadata.setdefault("creationTimestamp", rfc3339(self.now()))
            if resource.generation:
                metadata.setdefault("generation", 1)
        else:
            self._carry_over(resource, old, new)
            if new == old:
                return _copy(old)
        metadata["resourceVersion"] = self._next()
        self._objects[resource.name][key] = new
        self._publish(resource, Event(self.version, "ADDED" if old is None else "MODIFIED", new, old))
        return _copy(new)

    def _carry_over(self, resource: ServedResource, old: Object, new: Object) -> None:
        before, metadata = old["metadata"], new["metadata"]
        if metadata.get("uid", before["uid"]) != before["uid"]:
            raise Refusal(409, f'{resource.name} "{metadata["name"]}" exists with another uid')
        for name in ("uid", "creationTimestamp", "resourceVersion"):
            metadata[name] = before[name]
        if "status" in old:
            new.setdefault("status", old["status"])
        if resource.generation:
            changed = new.get("spec") != old.get("spec")
            metadata["generation"] = before.get("generation", 1) + changed

    def status(self, resource: str, namespace: str, name: str, status: Object) -> Object:
        """Replace the status of an object."""
        return self.put(self.get(resource, namespace, name) | {"status": status})

    def delete(self, resource: str, namespace: str, name: str) -> Object:
        """Delete an object at once, without regard to finalizers and dependents; returns its last state."""
        try:
            old = self._objects[resource].pop((namespace, name))
        except KeyError:
            raise absent(self.resources[resource], name) from None
        last = old | {"metadata": old["metadata"] | {"resourceVersion": self._next()}}
        self._publish(self.resources[resource], Event(self.version, "DELETED", last, old))
        return _copy(last)

    def get(self, resource: str, namespace: str, name: str) -> Object:
        """Return a copy of an object, free to change; raises `Refusal` (404)."""
        return _copy(self.peek(resource, namespace, name))

    def peek(self, resource: str, namespace: str, name: str) -> Object:
        """Return the stored object itself, only to be read; raises `Refusal` (404)."""
        try:
            return self._objects[resource][namespace, name]
        except KeyError:
            raise absent(self.resources[resource], name) from None

    def has(self, resource: str, namespace: str, name: str) -> bool:
        """Whether the object exists."""
        return (namespace, name) in self._objects[resource]

    def objects(self, resource: str, namespace: str = "") -> list[Object]:
        """Return the stored objects, only to be read, in etcd's order."""
        found = self._objects[resource]
        return [found[key] for key in sorted(found) if not namespace or key[0] == namespace]

    def __len__(self) -> int:
        return sum(map(len, self._objects.values()))

    def __iter__(self) -> Iterator[Object]:
        for name in list(self._objects):
            yield from self.objects(name)

    def since(self, resource: str, version: int) -> list[Event]:
        """Return the events after a version; raises `Refusal` (410) where the history starts later."""
        if version < (oldest := self._oldest[resource]):
            raise expired(version, oldest)
        return [event for event in self._history[resource] if event.version > version]

    def listen(self, resource: str, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with each event of a resource, until the returned function is called."""
        listeners = self._listeners[resource]
        listeners[listener] = None
        return lambda: listeners.pop(listener, None)

    def compact(self) -> None:
        """Forget the history, as etcd does: versions up to now are too old to watch from."""
        for name, events in self._history.items():
            events.clear()
            self._oldest[name] = self.version

    def snapshot(self) -> Snapshot:
        """Keep the present state for `restore`."""
        return Snapshot(self.version, {name: dict(objects) for name, objects in self._objects.items()})

    def restore(self, snapshot: Snapshot) -> None:
        """Go back, resource version included. Nobody is told; the history is gone."""
        self.version = snapshot.version
        for name in self._objects:
            self._objects[name] = dict(snapshot.objects.get(name, {}))
        self.compact()

    def _next(self) -> str:
        self.version += 1
        return str(self.version)

    def _publish(self, resource: ServedResource, event: Event) -> None:
        history = self._history[resource.name]
        if len(history) == self._capacity:
            self._oldest[resource.name] = history.popleft().version
        history.append(event)
        for listener in tuple(self._listeners[resource.name]):
            listener(event)


def _copy(obj: Object) -> Object:
    """Copy an object by its JSON, which is much faster than `copy.deepcopy`."""
    copied: Object = msgspec.json.decode(msgspec.json.encode(obj))
    return copied
