"""Reads whole objects from the API server, one at a time, for consumers that ask for them.

The graph holds facts alone. So each message with its object costs one GET; Secrets come as metadata.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
import structlog

from astrolabe.kube.exchange import ApiFailure, read
from astrolabe.kube.resource import Resource
from astrolabe.kube.transport import Transport, Unreachable
from astrolabe.messages.object import Object
from astrolabe.messages.objects import Secret
from astrolabe.watch.item import LAST_APPLIED

_WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before an object is asked for again; after these the consumer begins again."""

log = structlog.get_logger(__name__)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class ObjectReader:
    """Reads objects of one cluster."""

    def __init__(self, transport: Transport, resource_of: Callable[[str], str]) -> None:
        """Find by `resource_of` what a kind's objects are asked for as: `plural.group`; empty if unknown."""
        self._transport = transport
        self._resource_of = resource_of
        self._refused: set[str] = set()

    async def read(self, wanted: Object) -> dict[str, Any] | None:
        """Return an object as it is now; None where it is gone, or may not be read.

        Raises `Unreachable` and `ApiFailure` where asking again did not help.
        """
        name = self._resource_of(wanted.kind)
        if not name:
            return None
        for wait in _WAITS:
            try:
                return await self._read(wanted, name)
            except Unreachable:
                await asyncio.sleep(wait)
            except ApiFailure as failure:
                if not failure.passing:
                    self._say(wanted.kind, failure)
                    return None
                await asyncio.sleep(wait)
        return await self._read(wanted, name)

    async def _read(self, wanted: Object, name: str) -> dict[str, Any] | None:
        group, slash, version = wanted.api_version.rpartition("/")
        secret = isinstance(wanted, Secret)
        resource = Resource(
            group if slash else "",
            version,
            name.partition(".")[0],
            wanted.kind.partition(".")[0],
            metadata_only=secret,
        )
        path = f"{resource.path(wanted.namespace)}/{quote(wanted.name, safe='')}"
        try:
            found = _decode(await read(self._transport, path, accept=resource.accept_watch))
        except ApiFailure as failure:
            if failure.code == HTTPStatus.NOT_FOUND:
                return None
            raise
        metadata = found.get("metadata") or {}
        if metadata.get("uid") != wanted.uid:
            return None
        if secret:
            # Client-side apply repeats the values there.
            (metadata.get("annotations") or {}).pop(LAST_APPLIED, None)
            return {"apiVersion": wanted.api_version, "kind": "Secret", "metadata": metadata}
        return found

    def _say(self, kind: str, failure: ApiFailure) -> None:
        if kind not in self._refused:
            self._refused.add(kind)
            log.warning("objects cannot be read", kind=kind, error=str(failure))
