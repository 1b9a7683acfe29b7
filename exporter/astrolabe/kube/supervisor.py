"""Follows every resource that is wanted and served, each on its own, while both may change.

One task for each resource and scope: a resource that is forbidden, absent or slow holds up no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from random import Random
from time import time
from typing import Generic, NamedTuple

import msgspec
import structlog

from astrolabe.kube import readiness
from astrolabe.kube.asking import Asker
from astrolabe.kube.definitions import Definition, Definitions
from astrolabe.kube.discovery import Discovery, discover
from astrolabe.kube.doubts import Doubts
from astrolabe.kube.observer import ENOUGH, Decoder, Observer, Sink, T, Wants, WatchState
from astrolabe.kube.reflector import Checkpoint, Reflector, ReflectorOptions
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.transport import Transport

POLL = 30.0
"""Seconds between discoveries while CustomResourceDefinitions cannot be watched, or something is missing."""
RECHECK = 600.0
"""Seconds between discoveries in all other cases: aggregated APIs come and go without a definition."""
SETTLE = (1.0, 4.0, 10.0)
"""Seconds until the discoveries after a change: what is served follows the definition a little later."""
FIRST = 2.0
"""Seconds that the first discovery waits for the definitions."""
CRASHED = 30.0
"""Seconds after which a reflector starts again that raised an unexpected exception."""

log = structlog.get_logger(__name__)


class WatchTarget(msgspec.Struct, Generic[T], frozen=True):
    """A resource to follow."""

    resource: Resource
    scopes: tuple[Scope, ...]
    """Each has its own list and watch: one for each wanted namespace or name."""
    decode: Decoder[T]
    most: int | None = None
    """The greatest number of objects to keep of each scope. The newest are kept."""
    wants: Wants | None = None
    """Says whether to keep the objects of a namespace; None keeps all."""


class Place(NamedTuple):
    """Identifies a watch, and its checkpoint. All versions of a resource have the same place."""

    resource: str
    """`plural.group`."""
    scope: Scope


class _Following(NamedTuple, Generic[T]):
    resource: Resource
    reflector: Reflector[T]
    task: asyncio.Task[None]


class Supervisor(Generic[T]):
    """Runs a reflector for each served and wanted resource and scope. Only cancellation ends `run`."""

    def __init__(
        self,
        transport: Transport,
        choose: Callable[[Discovery], Sequence[WatchTarget[T]]],
        sink: Sink[T],
        observer: Observer,
        *,
        random: Random,
        options: ReflectorOptions | None = None,
        restored: Mapping[Place, Checkpoint[T]] | None = None,
        greet: Callable[[], Awaitable[None]] | None = None,
        concerns: Callable[[str], bool] = lambda _: True,
        now: Callable[[], float] = time,
    ) -> None:
        """Await `greet` before any other request, and again while it raises `ApiFailure` or `Unreachable`.

        See `restore` for `restored`.

        `concerns` says whether a resource of a group could be wanted, if the group served it.
        """
        self._transport = transport
        self._choose = choose
        self._sink = sink
        self._observer = observer
        self._random = random
        self._options = options or ReflectorOptions()
        self._restored: dict[Place, Checkpoint[T]] = {}
        self._greet = greet
        self._concerns = concerns
        self._now = now
        self._asker = Asker(random)
        self._following: dict[Place, _Following[T]] = {}
        self._synced: set[str] = set()
        self._changed = asyncio.Event()
        self._rechoose = asyncio.Event()
        self._adopting = asyncio.Lock()
        self._discovery: Discovery | None = None
        self._definitions = Definitions(
            transport, self._changed.set, sink.work, observer, random=random, options=self._options, now=now
        )
        self._doubts: Doubts[Place | str] = Doubts(asyncio.get_running_loop().time)
        self._barren: set[str] = set()
        """Groups in which no resource is wanted."""
        self._broken: frozenset[str] = frozenset()
        self._holds = False
        self.restore(restored or {})
        self.discovered = False
        """Whether it is known which resources are served."""

    @property
    def error(self) -> str:
        """Why discovery failed last, in one line; empty while it works."""
        return self._asker.error

    @property
    def states(self) -> list[WatchState]:
        """The state of each resource and scope, in the order in which they were started."""
        return [following.reflector.state for following in self._following.values()]

    @property
    def complete(self) -> bool:
        """Whether everything that is wanted has listed once or is forbidden."""
        return self.discovered and readiness.complete(self.states)

    @property
    def ready(self) -> bool:
        """Whether everything has listed once, is forbidden, or fails again and again while others do not."""
        return self.discovered and readiness.ready(self.states)

    @property
    def usable(self) -> bool:
        """Whether everything is ready, or is shown from the state of an earlier process."""
        if not self.discovered:
            return self._holds
        return readiness.ready(self.states, held=True)

    @property
    def broken(self) -> frozenset[str]:
        """Groups whose server does not answer, and that may have wanted resources."""
        return frozenset(group for group in self._broken - self._barren if self._concerns(group))

    def versions(self) -> dict[Place, str]:
        """Return the resource versions up to which events were processed, for a later `Checkpoint`."""
        unclaimed = {place: checkpoint.version for place, checkpoint in self._restored.items()}
        return unclaimed | {
            place: following.reflector.resumable for place, following in self._following.items()
        }

    def restore(self, restored: Mapping[Place, Checkpoint[T]]) -> None:
        """Continue from the state of an earlier process. This can be called until `greet` returns."""
        self._restored = dict(restored)
        self._holds = any(checkpoint.version for checkpoint in restored.values())

    def reconsider(self) -> None:
        """Call `choose` again soon: other resources are wanted. Watches that it leaves out end at once."""
        self._rechoose.set()

    async def run(self) -> None:
        """Discover and follow for ever."""
        if self._greet is not None:
            await self._asker.answer(self._greet)
        async with asyncio.TaskGroup() as tasks:
            definitions = self._definitions.reflector
            tasks.create_task(self._keep(definitions), name=definitions.state.resource)
            tasks.create_task(self._reconsider(tasks), name="reconsider")
            await self._definitions.heard(FIRST)
            settle: list[float] = []
            while True:
                self._changed.clear()
                discovery = await self._asker.answer(lambda: discover(self._transport))
                async with self._adopting:
                    self._discovery = discovery
                    await self._adopt(discovery, tasks)
                try:
                    async with asyncio.timeout(settle.pop(0) if settle else self._pause(discovery)):
                        await self._changed.wait()
                except TimeoutError:
                    continue
                first, *settle = SETTLE
                await asyncio.sleep(first)

    def _pause(self, discovery: Discovery) -> float:
        """Return the seconds until the next discovery, if nothing changes before."""
        if not self.discovered:
            return SETTLE[0]
        certain = self._definitions.state.phase == "synced" and not discovery.broken and not self._doubts.any
        return min(RECHECK if certain else POLL, self._doubts.next)

    async def _reconsider(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            await self._rechoose.wait()
            async with self._adopting:
                self._rechoose.clear()
                if self._discovery is None:
                    continue
                wanted = await self._adopt(self._discovery, tasks)
                served = {each.resource().name for each in self._discovery.served}
                for place, following in list(self._following.items()):
                    if place not in wanted and place.resource in served:
                        await self._stop(place, following)

    async def _adopt(self, discovery: Discovery, tasks: asyncio.TaskGroup) -> Mapping[Place, WatchTarget[T]]:
        """Stop what is no longer served or wanted, start what is new; return what is wanted."""
        if discovery.broken - self._broken:
            log.warning("API groups are broken", groups=sorted(discovery.broken))
        self._broken = discovery.broken
        wanted = {
            Place(target.resource.name, scope): target
            for target in self._choose(discovery)
            for scope in target.scopes
        }
        self._barren |= {served.group for served in discovery.served} - discovery.broken
        self._barren -= {target.resource.group for target in wanted.values()}
        for place in self._doubts.confirmed([*self._missing(wanted), *self._unnamed(discovery)]):
            if isinstance(place, Place):
                await self._let_go(place, wanted.get(place), tasks)
        for place, target in wanted.items():
            if place not in self._following:
                self._start(place, target, tasks, self._restored.pop(place, None))
        if not self.discovered:
            known = self._definitions.state.settled or self._definitions.state.failures >= ENOUGH
            self.discovered = known and not self._doubts.waiting(self._unnamed(discovery))
        return wanted

    def _missing(self, wanted: Mapping[Place, WatchTarget[T]]) -> list[Place]:
        """Return followed or restored places that are not wanted now, or only in another version."""
        missing = [
            place
            for place, following in self._following.items()
            if place not in wanted or wanted[place].resource != following.resource
        ]
        missing += [place for place in self._restored if place not in wanted]
        return [place for place in missing if place in wanted or _group(place.resource) not in self._broken]

    def _unnamed(self, discovery: Discovery) -> list[str]:
        """Return the definitions that the first discoveries do not name."""
        if self.discovered:
            return []
        named = {served.resource().name for served in discovery.served}
        return [
            name
            for name in self._definitions.names
            if name not in named and _group(name) not in discovery.broken
        ]

    async def _let_go(self, place: Place, target: WatchTarget[T] | None, tasks: asyncio.TaskGroup) -> None:
        """Stop a watch that is confirmed missing; start its new version. Keep it if it is still defined."""
        following = self._following.get(place)
        if following is not None and target is not None:
            await _ended(following)
            held = following.reflector.state.settled or following.reflector.state.held
            known = list(following.reflector.known.values())
            self._start(place, target, tasks, Checkpoint("", known, following.resource.api_version))
            self._following[place].reflector.state.held = held
        elif await self._definitions.serves(place.resource):
            log.debug("defined, but not discovered", resource=place.resource)
        elif following is not None:
            await self._stop(place, following)
        else:
            await self._drop(place)

    def _start(
        self,
        place: Place,
        target: WatchTarget[T],
        tasks: asyncio.TaskGroup,
        restored: Checkpoint[T] | None,
    ) -> None:
        name = place.resource
        reflector = Reflector(
            self._transport,
            target.resource,
            place.scope,
            target.decode,
            self._sink,
            self._observer,
            random=self._random,
            options=self._options,
            most=target.most,
            wants=target.wants,
            restored=restored,
            on_phase=lambda: self._phase(place),
            on_failure=lambda: self._failed(place),
            now=self._now,
        )
        task = tasks.create_task(self._keep(reflector), name=f"{name} {place.scope}".strip())
        self._following[place] = _Following(target.resource, reflector, task)
        self._say_synced(name, synced=False)

    async def _stop(self, place: Place, following: _Following[T]) -> None:
        await _ended(following)
        # Before the first object goes: from here on it is not known what there is.
        following.reflector.state.listed = False
        self._phase(place)
        await following.reflector.clear()
        del self._following[place]
        log.info("no longer followed", resource=place.resource, version=following.resource.version)
        self._forget(place.resource)

    async def _drop(self, place: Place) -> None:
        """Delete the restored objects of a resource that no longer exists."""
        await self._sink.work(self._removed(self._restored.pop(place)))
        self._forget(place.resource)

    def _removed(self, checkpoint: Checkpoint[T]) -> Iterator[None]:
        for item in checkpoint.items:
            self._sink.remove(item, None)
            yield

    def _forget(self, name: str) -> None:
        if not any(place.resource == name for place in (*self._following, *self._restored)):
            self._synced.discard(name)
            self._observer.forgotten(name)
            self._sink.covered(name, complete=False)
        else:
            self._judge(name)

    async def _keep(self, reflector: Reflector[T] | Reflector[Definition]) -> None:
        """Run a reflector. If a decoder or the sink has a bug, only this resource pauses."""
        while True:
            try:
                await reflector.run()
            except Exception:
                log.exception("following crashed", resource=reflector.state.resource)
                reflector.crashed()
                await asyncio.sleep(CRASHED)

    def _failed(self, place: Place) -> None:
        following = self._following.get(place)
        if following is not None:
            readiness.failed(following.reflector.state, (self._definitions.state, *self.states))

    def _phase(self, place: Place) -> None:
        name = place.resource
        following = self._following.get(place)
        if following is not None and following.reflector.state.phase == "absent":
            self._changed.set()
        self._judge(name)

    def _judge(self, name: str) -> None:
        """Report whether every scope of a resource is known, if that has changed."""
        synced = all(state.synced for state in self.states if state.resource == name)
        if synced != (name in self._synced):
            self._say_synced(name, synced=synced)

    def _say_synced(self, name: str, *, synced: bool) -> None:
        (self._synced.add if synced else self._synced.discard)(name)
        self._observer.synced(name, synced=synced)
        self._sink.covered(name, complete=synced)


async def _ended(following: _Following[T]) -> None:
    following.task.cancel()
    await asyncio.wait([following.task])


def _group(name: str) -> str:
    return name.partition(".")[2]
