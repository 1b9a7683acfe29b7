"""Follows every resource that is wanted and served, each on its own, while both may change.

One task for each resource and scope: a resource that is forbidden, absent or slow holds up no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import time
from typing import Generic, NamedTuple

import msgspec
import structlog

from astrolabe.kube.backoff import Backoff
from astrolabe.kube.definitions import DEFINITIONS, Definition, Trigger, decode_definition
from astrolabe.kube.discovery import Discovery, discover
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.observer import Decoder, Observer, Sink, T, WatchState
from astrolabe.kube.reflector import Checkpoint, Options, Reflector
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.transport import Transport, Unreachable

POLL = 30.0
"""Seconds between discoveries while CustomResourceDefinitions cannot be watched or a group is broken."""
RECHECK = 600.0
"""Seconds between discoveries otherwise: aggregated APIs come and go without a definition."""
SETTLE = (1.0, 4.0, 10.0)
"""Seconds until the discoveries after a change: what is served follows the definition a little later."""
CRASHED = 30.0
"""Seconds after which a reflector that met a bug starts anew."""

log = structlog.get_logger(__name__)


class WatchTarget(msgspec.Struct, Generic[T], frozen=True):
    """A resource that is to be followed."""

    resource: Resource
    scopes: tuple[Scope, ...]
    """One list and watch for each: for each namespace, or for each name, that is wanted."""
    decode: Decoder[T]


class Key(NamedTuple):
    """Tells what is followed; a resource that changes its version is followed anew."""

    resource: Resource
    scope: Scope


class Place(NamedTuple):
    """Tells a checkpoint; versions of one resource share it."""

    resource: str
    """`plural.group`."""
    scope: Scope


class _Following(NamedTuple, Generic[T]):
    reflector: Reflector[T]
    task: asyncio.Task[None]


class Supervisor(Generic[T]):
    """Keeps the reflectors in step with what is served and wanted. `run` ends only by cancellation."""

    def __init__(
        self,
        transport: Transport,
        choose: Callable[[Discovery], Sequence[WatchTarget[T]]],
        sink: Sink[T],
        observer: Observer,
        *,
        random: Random,
        options: Options | None = None,
        restored: Mapping[Place, Checkpoint[T]] | None = None,
        now: Callable[[], float] = time,
    ) -> None:
        self._transport = transport
        self._choose = choose
        self._sink = sink
        self._observer = observer
        self._random = random
        self._options = options or Options()
        self._restored = dict(restored or {})
        self._now = now
        self._following: dict[Key, _Following[T]] = {}
        self._synced: set[str] = set()
        self._changed = asyncio.Event()
        self._broken: frozenset[str] = frozenset()
        self.discovered = False
        """Whether it is known what is served."""
        self.error = ""
        """Why discovery failed last, in one line; empty while it works."""

    @property
    def states(self) -> list[WatchState]:
        """How every resource and scope is doing, in the order in which they were taken up."""
        return [following.reflector.state for following in self._following.values()]

    @property
    def ready(self) -> bool:
        """Whether everything that is wanted has listed once or is forbidden."""
        return self.discovered and all(state.settled for state in self.states)

    def versions(self) -> dict[Place, str]:
        """Return the resource versions that have been taken in, for a later `Checkpoint`."""
        return {
            Place(key.resource.name, key.scope): following.reflector.resumable
            for key, following in self._following.items()
        }

    async def run(self) -> None:
        """Follow for ever."""
        backoff = Backoff(asyncio.get_running_loop().time, self._random)
        async with asyncio.TaskGroup() as tasks:
            definitions = Reflector(
                self._transport,
                DEFINITIONS,
                Scope(),
                decode_definition,
                Trigger(self._changed.set),
                self._observer,
                random=self._random,
                options=self._options,
                now=self._now,
            )
            tasks.create_task(self._keep(definitions), name=DEFINITIONS.name)
            settle: list[float] = []
            while True:
                try:
                    discovery = await discover(self._transport)
                except (ApiFailure, Unreachable) as failure:
                    if self.error == "":
                        log.warning("discovery failed", error=str(failure))
                    self.error = str(failure)
                    await asyncio.sleep(backoff.next())
                    continue
                self.error = ""
                await self._adopt(discovery, tasks)
                watched = definitions.state.phase == "synced" and not discovery.broken
                try:
                    async with asyncio.timeout(settle.pop(0) if settle else RECHECK if watched else POLL):
                        await self._changed.wait()
                except TimeoutError:
                    continue
                first, *settle = SETTLE
                await asyncio.sleep(first)
                self._changed.clear()

    async def _adopt(self, discovery: Discovery, tasks: asyncio.TaskGroup) -> None:
        """Stop what is no longer served or wanted, start what is new."""
        if discovery.broken - self._broken:
            log.warning("API groups are broken", groups=sorted(discovery.broken))
        self._broken = discovery.broken
        wanted = {
            Key(target.resource, scope): target
            for target in self._choose(discovery)
            for scope in target.scopes
        }
        for key in [key for key in self._following if key not in wanted]:
            if key.resource.group not in discovery.broken:
                await self._stop(key)
        for key, target in wanted.items():
            if key not in self._following:
                self._start(key, target, tasks)
        if not self.discovered:
            self.discovered = True
            self._drop_unclaimed(discovery.broken)

    def _start(self, key: Key, target: WatchTarget[T], tasks: asyncio.TaskGroup) -> None:
        name = key.resource.name
        reflector = Reflector(
            self._transport,
            key.resource,
            key.scope,
            target.decode,
            self._sink,
            self._observer,
            random=self._random,
            options=self._options,
            restored=self._restored.pop(Place(name, key.scope), None),
            on_phase=lambda: self._phase(key),
            now=self._now,
        )
        task = tasks.create_task(self._keep(reflector), name=f"{name} {key.scope}".strip())
        self._following[key] = _Following(reflector, task)
        self._synced.discard(name)
        self._observer.synced(name, synced=False)

    async def _stop(self, key: Key) -> None:
        following = self._following[key]
        following.task.cancel()
        await asyncio.wait([following.task])
        await following.reflector.clear()
        del self._following[key]
        name = key.resource.name
        log.info("no longer followed", resource=name, version=key.resource.version)
        if not any(other.resource.name == name for other in self._following):
            self._synced.discard(name)
            self._observer.forgotten(name)

    async def _keep(self, reflector: Reflector[T] | Reflector[Definition]) -> None:
        """Run a reflector; a bug in a decoder or in the sink costs this resource a pause, not the program."""
        while True:
            try:
                await reflector.run()
            except Exception:
                log.exception("following crashed", resource=reflector.state.resource)
                reflector.crashed()
                await asyncio.sleep(CRASHED)

    def _phase(self, key: Key) -> None:
        name = key.resource.name
        following = self._following.get(key)
        if following is not None and following.reflector.state.phase == "absent":
            self._changed.set()
        states = [state for state in self.states if state.resource == name]
        synced = all(state.synced for state in states)
        if synced != (name in self._synced):
            (self._synced.add if synced else self._synced.discard)(name)
            self._observer.synced(name, synced=synced)

    def _drop_unclaimed(self, broken: frozenset[str]) -> None:
        """Delete what an earlier process knew of resources that are gone."""
        for place in [place for place in self._restored if place.resource.partition(".")[2] not in broken]:
            for item in self._restored.pop(place).items:
                self._sink.deleted(item, None)
            if not any(key.resource.name == place.resource for key in self._following):
                self._observer.forgotten(place.resource)
