"""Follows the clusters that the ClusterProfiles of a namespace name, while profiles come, change and go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import structlog

from astrolabe.api.clusters.inventory import Inventory
from astrolabe.commands.acquaintance import Acquaintance, StartOver
from astrolabe.commands.connection import connection
from astrolabe.commands.followers import AGAIN, Followers
from astrolabe.kube.asking import Asker
from astrolabe.kube.clusterprofile import CLUSTER_PROFILES, ClusterProfile, decode_profile, named
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.providers import ProfileCredentials
from astrolabe.kube.reflector import Checkpoint, Reflector, ReflectorOptions
from astrolabe.kube.resource import Scope
from astrolabe.kube.transport import Unreachable
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.settings import MOST, Settings

log = structlog.get_logger(__name__)


class FollowedProfiles:
    """Watches the profiles on the hub, and keeps the followers in step with them.

    What is known of the profiles stays while the hub is away: its clusters are followed on.
    """

    def __init__(
        self, settings: Settings, followers: Followers, inventory: Inventory, scheduler: Scheduler
    ) -> None:
        self._settings = settings
        self._own = msgspec.structs.replace(
            settings, clusterprofile_namespace="", clusterprofile_provider_file="", fail_fast=False
        )
        self._followers = followers
        self._inventory = inventory
        self._scheduler = scheduler.group()
        self._random = Random()  # noqa: S311  (jitter, no secret)
        self._profiles: dict[str, ClusterProfile] = {}
        self._credentials: dict[str, ProfileCredentials] = {}
        """Of each cluster that is followed, by its name."""
        self._changed = asyncio.Event()
        self._known = ""
        """What tells the hub from every other cluster; empty before it has answered."""

    # The sink of the profiles

    def put(self, item: ClusterProfile, old: ClusterProfile | None, read_at: float | None) -> None:  # noqa: ARG002
        """Take in a profile as it is now."""
        self._profiles[item.id] = item
        self._changed.set()

    def remove(self, item: ClusterProfile, read_at: float | None) -> None:  # noqa: ARG002
        """Take out a profile."""
        del self._profiles[item.id]
        self._changed.set()

    def covered(self, resource: str, complete: bool) -> None:
        """Do nothing: the state of the watch says it."""

    async def work(self, steps: Iterator[object]) -> None:
        """Take in much, in turns."""
        while not await self._scheduler.turn(steps):
            pass

    # Running

    async def watch(self) -> None:
        """Watch the profiles for ever; raises `ConfigurationError` where the hub has never answered."""
        while True:
            try:
                await self._watch()
            except StartOver as reason:
                log.info("starting over with the ClusterProfiles", reason=str(reason))
            except ConfigurationError as error:
                if not self._known:
                    raise
                log.warning("ClusterProfiles cannot be watched", reason=str(error), again_in=AGAIN)
                self._inventory.trouble = str(error)
                await asyncio.sleep(AGAIN)
            except Exception:
                log.exception("watching the ClusterProfiles ended", again_in=AGAIN)
                self._inventory.trouble = "an internal error, see the log"
                await asyncio.sleep(AGAIN)

    async def _watch(self) -> None:
        namespace = self._settings.clusterprofile_namespace
        async with connection(self._settings) as hub:
            acquaintance = Acquaintance(hub, (namespace,))

            async def greet() -> None:
                try:
                    await acquaintance.greet()
                except (ApiFailure, Unreachable) as failure:
                    self._inventory.trouble = str(failure)
                    raise

            await Asker(self._random).answer(greet)
            self._known = acquaintance.known
            reflector = Reflector(
                hub,
                CLUSTER_PROFILES,
                Scope(namespace),
                decode_profile,
                self,
                self._inventory.telemetry,
                random=self._random,
                options=ReflectorOptions(
                    streaming=self._settings.streaming_lists, from_cache=self._settings.list_from_cache
                ),
                restored=Checkpoint("", tuple(self._profiles.values())),
                on_phase=self._inventory.phase,
            )
            self._inventory.follow(reflector.state)
            ends = [asyncio.create_task(each) for each in (reflector.run(), acquaintance.moved())]
            try:
                done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    each.result()
            finally:
                for each in ends:
                    each.cancel()
                await asyncio.wait(ends)

    async def keep(self) -> None:
        """Keep the followers in step with the profiles, for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = named(self._profiles.values(), MOST)
            gone = [name for name in self._credentials if name not in wanted]
            await asyncio.gather(*map(self._followers.remove, gone))
            for name in gone:
                del self._credentials[name]
                log.info("cluster is no longer followed", cluster=name)
            path = Path(self._settings.clusterprofile_provider_file)
            for name, (profile, trouble) in wanted.items():
                known = self._credentials.get(name)
                if known is None:
                    self._credentials[name] = credentials = ProfileCredentials(profile, path, trouble)
                    self._followers.add(name, self._own, credentials)
                    log.info("cluster is followed", cluster=name, profile=profile.id)
                elif known.change(profile, trouble):
                    self._followers.again(name)
