"""Reads and patches of single objects. The one place in Astrolabe that writes to an API server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from astrolabe.kube.cluster import Cluster
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.credentials import Credentials
from astrolabe.kube.exchange import ApiFailure, read
from astrolabe.kube.explanation import explain
from astrolabe.kube.transport import Unreachable
from astrolabe.kube.wire import MALFORMED, Status, decode_status

MANAGER = "astrolabe-override"
"""Field manager: what `managedFields` names as the owner of what this service wrote."""
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
_TIMEOUT = 30.0
_PAGE = "500"

Object = dict[str, Any]
Heard: TypeAlias = Callable[[bool], None]
"""Told of a request whether there was an answer."""
_T = TypeVar("_T")


class Kubernetes(Protocol):
    """What the backend needs of an API server. Raises `ApiFailure` and `Unreachable`."""

    async def get(self, path: str) -> Object | None:
        """Return an object, None where there is none."""
        ...

    async def list(self, path: str) -> list[Object]:
        """Return the objects of a collection."""
        ...

    async def patch(self, path: str, body: Object, kind: str = APPLY) -> Object:
        """Apply (taking fields from other managers) or merge, and return the object."""
        ...


class _Writer(Cluster):
    """The transport of the exporter, which patches too. Nothing else in Astrolabe does."""

    async def patch(self, path: str, body: Object, kind: str) -> tuple[int, bytes]:
        """Send a patch of a kind (its content type); return status and body. Raises `Unreachable`."""
        try:
            await self._adopt(await self._credentials.current())
        except ConfigurationError as error:
            raise Unreachable(f"the credentials cannot be read: {error}") from None
        configuration, client = self._configuration, self._client
        headers = CIMultiDict(
            [("Content-Type", kind), ("Accept", "application/json"), ("User-Agent", MANAGER)]
        )
        headers.extend(configuration.headers)
        if configuration.authorization:
            headers["Authorization"] = configuration.authorization
        url = URL(f"{configuration.server}{path}", encoded=True)
        try:
            response = await client.request("PATCH", url, headers, msgspec.json.encode(body), _TIMEOUT)
            async with response:
                return response.status, await response.read()
        except TimeoutError:
            raise Unreachable(f"{path}: no answer within {_TIMEOUT:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(explain(error, configuration)) from None
        except RuntimeError:
            client.check()
            raise


class ApiServer:
    """A `Kubernetes` over HTTP. Made by `connected`."""

    def __init__(self, cluster: _Writer, heard: Heard | None = None) -> None:
        """Tell `heard` of each request whether there was an answer."""
        self._cluster = cluster
        self._heard = heard

    async def get(self, path: str) -> Object | None:
        """Return an object, None where there is none."""
        try:
            return _object(await self._answer(read(self._cluster, path)), path)
        except ApiFailure as failure:
            if failure.code == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def list(self, path: str) -> list[Object]:
        """Return the objects of a collection, page by page."""
        found: list[Object] = []
        query = {"limit": _PAGE}
        while True:
            page = _object(await self._answer(read(self._cluster, path, query)), path)
            found += page.get("items") or []
            query["continue"] = page.get("metadata", {}).get("continue") or ""
            if not query["continue"]:
                return found

    async def patch(self, path: str, body: Object, kind: str = APPLY) -> Object:
        """Apply or merge; after a 401 the credentials are loaded again and the request is sent once more."""
        return await self._answer(self._patch(path, body, kind))

    async def _patch(self, path: str, body: Object, kind: str) -> Object:
        query = {"fieldManager": MANAGER, **({"force": "true"} if kind == APPLY else {})}
        for last in (False, True):
            status, answer = await self._cluster.patch(f"{path}?{urlencode(query)}", body, kind)
            if status in {HTTPStatus.OK, HTTPStatus.CREATED}:
                return _object(answer, path)
            if status != HTTPStatus.UNAUTHORIZED or last:
                break
            await self._cluster.renew()
        raise ApiFailure(_status(status, answer), path)

    async def _answer(self, asked: Awaitable[_T]) -> _T:
        """Wait for an answer, and tell whether there was one."""
        answered = False
        try:
            found = await asked
            answered = True
        except ApiFailure as failure:
            answered = failure.code < HTTPStatus.INTERNAL_SERVER_ERROR
            raise
        finally:
            if self._heard is not None:
                self._heard(answered)
        return found

    async def close(self) -> None:
        """Close all connections."""
        await self._cluster.close()


async def connected(credentials: Credentials, heard: Heard | None = None) -> ApiServer:
    """Load the credentials and return the client; raises `ConfigurationError`. Sends nothing yet."""
    return ApiServer(_Writer(credentials, await credentials.current()), heard)


def path_of(group_version: str, namespace: str, plural: str, *rest: str) -> str:
    """Return the path of a collection, an object or its subresource."""
    root = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
    return "/".join((root, "namespaces", *(quote(part, safe="") for part in (namespace, plural, *rest))))


def _object(body: bytes, path: str) -> Object:
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
    except MALFORMED:
        raise Unreachable(f"{path}: the answer is no JSON object") from None
    return found


def _status(code: int, body: bytes) -> Status:
    try:
        status = decode_status(body)
    except MALFORMED:
        status = Status(message=body[:300].decode(errors="replace"))
    status.code = code
    return status


def labels_of(obj: Mapping[str, Any]) -> dict[str, str]:
    """Return an object's labels."""
    return obj["metadata"].get("labels") or {}
