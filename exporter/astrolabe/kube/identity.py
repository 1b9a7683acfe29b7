"""What tells one cluster from every other, so that what is known of two of them does not mix."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from astrolabe.kube.exchange import ApiFailure, read
from astrolabe.kube.transport import Transport, Unreachable
from astrolabe.kube.wire import metadata_of

_PATIENCE = 5.0
_NOTHING_THERE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_ACCEPTABLE}
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


async def identity(transport: Transport, server: str, namespaces: Sequence[str] = ()) -> str:
    """Return the UID of something that every cluster has one of; else the API server's address.

    That is the Namespace kube-system; where only some namespaces may be read, the ConfigMap in the first of
    them with the cluster's CA. The address alone is a poor name: inside of clusters many have the same. So it
    is taken only where nothing may be read: a server that is away or overloaded says nothing of itself, and
    raises `Unreachable` or `ApiFailure`.
    """
    paths = ["/api/v1/namespaces/kube-system"]
    if namespaces:
        paths.append(f"/api/v1/namespaces/{min(namespaces)}/configmaps/kube-root-ca.crt")
    for path in paths:
        try:
            async with asyncio.timeout(_PATIENCE):
                body = await read(transport, path, accept=_METADATA)
        except ApiFailure as failure:
            if failure.code not in _NOTHING_THERE:
                raise
        except TimeoutError:
            raise Unreachable(f"{path}: no answer within {_PATIENCE:g} s") from None
        else:
            if uid := metadata_of(body).uid:
                return uid
    return server
