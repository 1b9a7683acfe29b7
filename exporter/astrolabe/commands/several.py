"""`astrolabe serve` with several contexts: each cluster is followed by itself, all are served together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from functools import partial

import msgspec
import structlog

from astrolabe.api.clusters.front import Front
from astrolabe.api.clusters.member import Member
from astrolabe.api.clusters.members import Members
from astrolabe.api.http import listen
from astrolabe.application import Application
from astrolabe.commands.acquaintance import Acquaintance
from astrolabe.commands.connection import connected
from astrolabe.commands.following import End, Following
from astrolabe.commands.state import said_on_signal
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.credentials import DEFAULT_KUBECONFIG
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.kubeconfig import Merged
from astrolabe.kube.transport import Unreachable
from astrolabe.parts import Among, ports_of, protection_by
from astrolabe.scheduling.pulse import pulse
from astrolabe.settings import Followed, Settings, SettingsError, followed_contexts

AGAIN = 30.0
"""Seconds after which a cluster is tried again that could not be followed at all."""

log = structlog.get_logger(__name__)


async def follow_several(settings: Settings, stopping: asyncio.Event) -> None:
    """Serve all contexts of the settings until told to stop.

    What is wrong with one cluster is its own trouble: it is told, shown and tried again. Raises what is wrong
    with the settings or the kubeconfig, and with `fail_fast` also that an API server does not answer.
    """
    contexts = followed_contexts(settings.contexts)
    check_contexts(settings.kubeconfig or DEFAULT_KUBECONFIG, contexts)
    if settings.fail_fast:
        await _all_answer(settings, contexts)
    clusters = Members([each.cluster for each in contexts])
    protection = protection_by(settings, clusters.reviewers)
    front = Front(clusters, ports_of(settings), protection)
    async with contextlib.AsyncExitStack() as stack:
        for port, app in front.applications.items():
            urls = await stack.enter_async_context(listen(app, settings.address, port, protection))
            log.info("listening", url=urls)
        claims = _Claims()
        followers = [
            _Follower(
                settings_of(settings, each),
                Among(each.cluster, clusters.process, clusters.scheduler),
                clusters.members[each.cluster],
                front,
                claims,
            )
            for each in contexts
        ]
        with said_on_signal(lambda: [each.application for each in followers if each.application is not None]):
            await _all(
                *(follower.run(stopping) for follower in followers), pulse=pulse(clusters.process.blocked)
            )
    log.info("stopped")


def check_contexts(kubeconfig: str, contexts: Iterable[Followed]) -> None:
    """Raise `ConfigurationError` for a context that is not in the kubeconfig, and for one server twice."""
    merged = Merged(kubeconfig)
    servers: dict[tuple[str, ...], str] = {}
    for each in contexts:
        cluster = merged.choose(each.context).cluster
        server = (cluster.server.rstrip("/"), cluster.proxy_url, cluster.tls_server_name)
        if cluster.server and server in servers:
            raise ConfigurationError(
                f"{kubeconfig}: the contexts {servers[server]} and {each.context} lead to the same server"
                f" {server[0]}: give one of them"
            )
        servers[server] = each.context


def settings_of(settings: Settings, each: Followed) -> Settings:
    """Return the settings by which one of the clusters is followed."""
    return msgspec.structs.replace(settings, context=each.context, contexts=(), fail_fast=False)


async def _all_answer(settings: Settings, contexts: Iterable[Followed]) -> None:
    """Raise `ConfigurationError` or `Unreachable` where an API server does not answer."""

    async def answer(each: Followed) -> None:
        async with connected(settings_of(settings, each)):
            pass

    await asyncio.gather(*map(answer, contexts))


async def _all(
    *followers: Coroutine[object, object, object], pulse: Coroutine[object, object, object]
) -> None:
    """Run all until each has ended, or one fails; raises what it raises."""
    beside = asyncio.create_task(pulse)
    tasks = [asyncio.create_task(follower) for follower in followers]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in (beside, *tasks):
            task.cancel()
        await asyncio.wait([beside, *tasks])


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
        self, settings: Settings, among: Among, member: Member, front: Front, claims: _Claims
    ) -> None:
        self._member = member
        self._front = front
        self._claims = claims
        self._following = Following(settings, partial(claims.claim, member.name), among=among)
        self._began = False
        self.application: Application | None = None
        """What follows it now."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow until `stopping` is set; raises `SettingsError` at the start, for it goes for all."""
        # Every task that is begun from here on says which cluster it is about.
        structlog.contextvars.bind_contextvars(cluster=self._member.name)

        async def serve(application: Application, moved: End) -> None:
            self._began = True
            await application.restore(stopping)
            self.application = application
            try:
                async with self._front.showing(application.state, application.reviewer):
                    await application.follow(stopping, moved)
            finally:
                self.application = None

        while not stopping.is_set():
            self._claims.release(self._member.name)
            try:
                await self._following.once(serve, self._greet)
            except (ConfigurationError, SettingsError) as error:
                if isinstance(error, SettingsError) and not self._began:
                    raise
                log.warning("cluster cannot be followed", reason=str(error), again_in=AGAIN)
                await self._pause(str(error), stopping)
            except Exception:
                log.exception("following ended", again_in=AGAIN)
                await self._pause("an internal error, see the log", stopping)

    async def _greet(self, acquaintance: Acquaintance) -> None:
        """Build nothing up for a cluster that goes on refusing the credentials."""
        if self._member.trouble:
            with contextlib.suppress(ApiFailure, Unreachable):
                await acquaintance.greet()

    async def _pause(self, trouble: str, stopping: asyncio.Event) -> None:
        self._member.trouble = trouble
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGAIN):
                await stopping.wait()
