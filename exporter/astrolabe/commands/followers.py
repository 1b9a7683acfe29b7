"""Those who follow a cluster each, in one process. Who they are may change while they run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Coroutine
from functools import partial
from typing import Any

import structlog

from astrolabe.api.clusters.front import Front
from astrolabe.api.clusters.member import Member
from astrolabe.api.clusters.members import Members
from astrolabe.application import Application
from astrolabe.commands.acquaintance import Acquaintance
from astrolabe.commands.following import End, Following
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.credentials import Credentials
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.parts import Among
from astrolabe.settings import Settings, SettingsError

AGAIN = 30.0
"""Seconds after which a cluster is tried again that could not be followed at all."""
GRACE = 3.0
"""Seconds in which a follower that is told to stop has to."""

log = structlog.get_logger(__name__)


class Followers:
    """One for each cluster. What is wrong with one is its own trouble: it is told, shown and tried again."""

    def __init__(self, clusters: Members, front: Front) -> None:
        self._clusters = clusters
        self._front = front
        self._claims = _Claims()
        self._began = asyncio.Event()
        self._followers: dict[str, _Follower] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def applications(self) -> list[Application]:
        """What follows clusters now."""
        return [each.application for each in self._followers.values() if each.application is not None]

    def add(self, cluster: str, settings: Settings, credentials: Credentials | None = None) -> None:
        """Follow one more cluster, by the credentials that its settings or these give."""
        member = self._clusters.add(cluster)
        among = Among(cluster, self._clusters.process, self._clusters.scheduler)
        following = Following(
            settings, partial(self._claims.claim, cluster), credentials=credentials, among=among
        )
        member.server = lambda: following.server
        follower = _Follower(following, member, self._front, self._claims, self._began)
        self._followers[cluster] = follower
        self._tasks[cluster] = task = asyncio.create_task(follower.run(), name=cluster)
        task.add_done_callback(self._ended)

    def again(self, cluster: str) -> None:
        """Try a cluster at once that could not be followed: what is known of it has changed."""
        self._followers[cluster].again()

    async def remove(self, cluster: str) -> None:
        """Follow a cluster no longer. Its series go."""
        task = self._tasks[cluster]
        self._followers[cluster].stop()
        await asyncio.wait([task], timeout=GRACE)
        task.cancel()
        await asyncio.wait([task])
        del self._tasks[cluster], self._followers[cluster]
        self._claims.release(cluster)
        self._clusters.remove(cluster)

    async def run(self, stopping: asyncio.Event, *beside: Coroutine[object, object, object]) -> None:
        """Follow until `stopping` is set; raises what is wrong with all, and what is run `beside` raises."""
        ends = [asyncio.create_task(each) for each in (stopping.wait(), self._failure(), *beside)]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
            await _cancelled(ends)
            for follower in self._followers.values():
                follower.stop()
            if self._tasks:
                await asyncio.wait(self._tasks.values())
        finally:
            await _cancelled([*ends, *self._tasks.values()])

    async def _failure(self) -> None:
        await self._failed

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._failed.done():
            self._failed.set_exception(error)


async def _cancelled(tasks: Collection[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


class _Claims:
    """Which of the clusters is which: followed twice, its series and its state would be mixed up."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def claim(self, name: str, identity: str) -> None:
        """Note what tells a cluster from every other; raises `ConfigurationError` where it is another's."""
        other = self._names.setdefault(identity, name)
        if other != name:
            raise ConfigurationError(f"it is the same cluster as {other}: leave one of them out")

    def release(self, name: str) -> None:
        """Forget a cluster that is not followed just now."""
        self._names = {identity: each for identity, each in self._names.items() if each != name}


class _Follower:
    """Follows one cluster, and begins again whatever happens to it."""

    def __init__(
        self, following: Following, member: Member, front: Front, claims: _Claims, began: asyncio.Event
    ) -> None:
        """Set `began` once settings are known to be usable."""
        self._following = following
        self._member = member
        self._front = front
        self._claims = claims
        self._began = began
        self._stopping = asyncio.Event()
        self._again = asyncio.Event()
        self.application: Application | None = None
        """What follows it now."""

    def stop(self) -> None:
        """Have `run` end."""
        self._stopping.set()
        self._again.set()

    def again(self) -> None:
        """Try again now, where that is waited for."""
        self._again.set()

    async def run(self) -> None:
        """Follow until told to stop; raises `SettingsError` at the start, for it goes for all."""
        # Every task that is begun from here on says which cluster it is about.
        structlog.contextvars.bind_contextvars(cluster=self._member.name)
        while not self._stopping.is_set():
            self._claims.release(self._member.name)
            self._again.clear()
            try:
                await self._following.once(self._serve, self._greet)
            except (ConfigurationError, SettingsError) as error:
                if isinstance(error, SettingsError) and not self._began.is_set():
                    raise
                log.warning("cluster cannot be followed", reason=str(error), again_in=AGAIN)
                await self._pause(str(error))
            except Exception:
                log.exception("following ended", again_in=AGAIN)
                await self._pause("an internal error, see the log")

    async def _serve(self, application: Application, moved: End) -> None:
        self._began.set()
        await application.restore(self._stopping)
        self.application = application
        try:
            async with self._front.showing(application.state, application.reviewer):
                await application.follow(self._stopping, moved)
        finally:
            self.application = None

    async def _greet(self, acquaintance: Acquaintance) -> None:
        """Build nothing up for a cluster that goes on refusing the credentials."""
        if self._member.trouble:
            with contextlib.suppress(ApiFailure, Unreachable):
                await acquaintance.greet()

    async def _pause(self, trouble: str) -> None:
        self._member.trouble = trouble
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGAIN):
                await self._again.wait()
