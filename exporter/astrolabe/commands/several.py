"""`astrolabe serve` with several clusters: each is followed by itself, all are served together.

Which clusters there are comes from one of two sources: contexts of a kubeconfig, which stay as they are, or
ClusterProfiles on a hub, which come and go.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path

import msgspec
import structlog

from astrolabe.api.clusters.front import Front
from astrolabe.api.clusters.inventory import Inventory
from astrolabe.api.clusters.members import Members
from astrolabe.api.http import listen
from astrolabe.commands.connection import connected
from astrolabe.commands.followers import Followers
from astrolabe.commands.profiles import FollowedProfiles
from astrolabe.commands.state import said_on_signal
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.credentials import DEFAULT_KUBECONFIG
from astrolabe.kube.kubeconfig import Merged
from astrolabe.kube.providers import check_providers
from astrolabe.parts import ports_of, protection_by
from astrolabe.scheduling.pulse import pulse
from astrolabe.settings import Followed, Settings, followed_contexts

log = structlog.get_logger(__name__)


async def follow_several(settings: Settings, stopping: asyncio.Event) -> None:
    """Serve all clusters that the settings name, or lead to, until told to stop.

    What is wrong with one cluster is its own trouble: it is told, shown and tried again. Raises what is wrong
    with the settings or the kubeconfig, and with `fail_fast` also that an API server does not answer.
    """
    await _check(settings)
    namespace = settings.clusterprofile_namespace
    clusters = Members(Inventory(namespace) if namespace else None)
    protection = protection_by(settings, clusters.reviewers)
    front = Front(clusters, ports_of(settings), protection)
    async with contextlib.AsyncExitStack() as stack:
        for port, app in front.applications.items():
            urls = await stack.enter_async_context(listen(app, settings.address, port, protection))
            log.info("listening", url=urls)
        followers = Followers(clusters, front)
        with said_on_signal(lambda: followers.applications):
            source = _source(settings, clusters, followers)
            await followers.run(stopping, pulse(clusters.process.blocked), *source)
    log.info("stopped")


def _source(
    settings: Settings, clusters: Members, followers: Followers
) -> Sequence[Coroutine[object, object, object]]:
    """Have the clusters followed; return what keeps the followers in step with where they are named."""
    if clusters.inventory is not None:
        profiles = FollowedProfiles(settings, followers, clusters.inventory, clusters.scheduler)
        return (profiles.watch(), profiles.keep())
    for each in followed_contexts(settings.contexts):
        followers.add(each.cluster, settings_of(settings, each))
    return ()


async def _check(settings: Settings) -> None:
    """Raise `ConfigurationError` for what cannot work, and with `fail_fast` also `Unreachable`."""
    contexts = followed_contexts(settings.contexts)
    if settings.clusterprofile_namespace:
        check_providers(Path(settings.clusterprofile_provider_file))
    else:
        check_contexts(settings.kubeconfig or DEFAULT_KUBECONFIG, contexts)
    if settings.fail_fast:
        asked = [settings_of(settings, each) for each in contexts] or [settings]
        await asyncio.gather(*map(_answers, asked))


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


async def _answers(settings: Settings) -> None:
    async with connected(settings):
        pass
