"""From settings to what keeps the state over restarts. Without persistence Redis is not even imported."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from astrolabe.commands.acquaintance import Acquaintance
from astrolabe.persistence.access import Access, Tls, UnusableTls
from astrolabe.persistence.election import Election
from astrolabe.persistence.lease import Lease
from astrolabe.persistence.scope import StateScope, in_order
from astrolabe.persistence.writer import StateWriter
from astrolabe.settings import Settings, SettingsError

if TYPE_CHECKING:
    from astrolabe.persistence.redis import RedisShelf


@asynccontextmanager
async def open_state_writer(
    settings: Settings, acquaintance: Acquaintance, lease: Lease | None = None
) -> AsyncIterator[StateWriter | None]:
    """Yield a state writer that has restored what is there; None where persistence is off.

    None, too, while nobody can say which cluster it is: the API server does not answer, and no earlier
    process left word of what it found at its address. Raises `ConfigurationError` for refused credentials,
    `SettingsError` for files that cannot be used.

    With a `lease` this is one of several replicas.
    """
    cluster = await acquaintance.soon()
    if not settings.enable_persistence:
        yield None
        return
    if not cluster:
        async with open_state_store(settings, address=acquaintance.address) as place:
            cluster = await place.cluster()
    acquaintance.supposed = cluster
    if not cluster:
        yield None
        return
    followed = StateScope(
        cluster=cluster,
        namespaces=in_order(settings.namespaces),
        kinds=in_order(settings.kinds),
        kinds_denied=in_order(settings.kinds_denied),
        custom_resources=in_order(settings.custom_resources),
        custom_references=in_order(msgspec.json.encode(row).decode() for row in settings.custom_references),
        events=settings.events,
        names={resource: in_order(names) for resource, names in sorted(settings.names.items())},
        label_selector=settings.label_selector,
        idle_replicasets=settings.idle_replicasets,
        shard=settings.shard,
        total_shards=settings.total_shards,
        shard_by=settings.shard_by,
    )
    async with open_state_store(
        settings, followed.key, address=acquaintance.address, cluster=cluster
    ) as place:
        state_writer = StateWriter(
            place,
            followed,
            host=socket.gethostname(),
            interval=settings.snapshot_interval,
            election=Election(place, followed, lease) if lease is not None else None,
        )
        await state_writer.restore()
        yield state_writer


def _access(settings: Settings) -> Access:
    """Return how Redis is reached; raises `SettingsError` for files that cannot be used."""
    tls = None
    if settings.redis_tls:
        tls = Tls(
            settings.redis_tls_ca_file,
            settings.redis_tls_cert_file,
            settings.redis_tls_key_file,
            settings.redis_tls_server_name,
        )
        try:
            tls.context()
        except UnusableTls as error:
            raise SettingsError(str(error)) from None
    return Access(settings.redis_addr, settings.redis_user, settings.redis_password, settings.redis_db, tls)


@asynccontextmanager
async def open_state_store(
    settings: Settings, key: str = "", *, address: str = "", cluster: str = ""
) -> AsyncIterator[RedisShelf]:
    """Yield the state store in Redis; nothing is sent before it is used. Raises `SettingsError`."""
    from astrolabe.persistence.redis import RedisShelf  # noqa: PLC0415  (time and memory, only where it is on)

    found = RedisShelf(
        _access(settings),
        key=key,
        at=(address, cluster),
        # In a Pod the host's name is the Pod's: a restarted container finds itself again.
        writer=f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}",
    )
    try:
        yield found
    finally:
        await found.close()
