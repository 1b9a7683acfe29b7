"""The transport to a real API server, with credentials that stay fresh."""

from __future__ import annotations

import asyncio
import json
from asyncio.trsock import TransportSocket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp
import structlog
from multidict import CIMultiDict
from yarl import URL

from astrolabe.kube.client import Client
from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.credentials import Credentials, Fixed
from astrolabe.kube.exchange import ApiFailure, read
from astrolabe.kube.explanation import bare, explain
from astrolabe.kube.gathering import Gathering
from astrolabe.kube.transport import Response, Transport, Unreachable

_SETTLED = 5.0
"""Seconds within which refusals of the same old credentials cause one renewal."""

log = structlog.get_logger(__name__)


class Cluster:
    """A `Transport` over HTTP. Made by `connect`.

    Each request reads the current credentials. So the next connection uses a certificate, token or kubeconfig
    that was replaced, even while the old ones still work.
    """

    def __init__(self, credentials: Credentials, configuration: Configuration) -> None:
        self._credentials = credentials
        self._configuration = configuration
        self._client = Client(configuration)
        self._loop = asyncio.get_running_loop()
        self._renewing = asyncio.Lock()
        self._adopting = asyncio.Lock()
        self._renewed = float("-inf")
        self._unusable: Configuration | None = None
        self.same: Callable[[Transport, str], Awaitable[bool]] | None = None
        """Says whether another address (a transport to it, its URL) leads to the same cluster."""
        self.moved = asyncio.Event()
        """Set once the credentials name another cluster: no request is answered any more."""

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self._configuration.server

    @property
    def configuration(self) -> Configuration:
        """The configuration of the newest connections."""
        return self._configuration

    @asynccontextmanager
    async def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        accept: str = "application/json",
        body: bytes | None = None,
    ) -> AsyncIterator[Response]:
        """Send a request; see `Transport`."""
        try:
            await self._adopt(await self._credentials.current())
        except ConfigurationError as error:
            raise Unreachable(f"the credentials cannot be read: {error}") from None
        configuration, client = self._configuration, self._client
        url = URL(f"{configuration.server}{path}" + (f"?{urlencode(query)}" if query else ""), encoded=True)
        headers = CIMultiDict([("Accept", accept), ("User-Agent", "astrolabe"), *configuration.headers])
        if configuration.authorization:
            headers["Authorization"] = configuration.authorization
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = await client.request("GET" if body is None else "POST", url, headers, body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(explain(error, configuration)) from None
        except RuntimeError:
            client.check()
            raise
        try:
            yield _Answer(response, configuration, client, endless="watch" in (query or ()))
        finally:
            response.close()

    async def renew(self) -> None:
        """Read the credentials again, plugins included; many callers at once cause one renewal."""
        async with self._renewing:
            if self._loop.time() - self._renewed < _SETTLED:
                return
            try:
                await self._adopt(await self._credentials.renewed())
            except ConfigurationError as error:
                raise Unreachable(f"the credentials cannot be renewed: {error}") from None
            finally:
                self._renewed = self._loop.time()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _adopt(self, configuration: Configuration) -> None:
        """Use a configuration from now on. Connect again only if it changes what connections depend on."""
        if self.moved.is_set():
            raise Unreachable("the credentials name another cluster")
        if configuration is self._configuration or configuration is self._unusable:
            return
        async with self._adopting:
            if configuration.connection == self._configuration.connection:
                self._configuration = configuration
                return
            if configuration.server != self.server and self.same is not None:
                await self._compare(configuration, self.same)
            old = self._client
            try:
                self._client = Client(configuration)
            except ConfigurationError as error:
                # A file may be read while it is being written; the next request looks again.
                self._unusable = configuration
                log.warning("replaced file cannot be used", reason=str(error))
                return
            # Watches on the old connections end and go on over new ones.
            self._configuration = configuration
            await old.close()

    async def _compare(
        self, configuration: Configuration, same: Callable[[Transport, str], Awaitable[bool]]
    ) -> None:
        """Make sure that another address leads to the same cluster; raises `Unreachable`."""
        other = Cluster(Fixed(configuration), configuration)
        try:
            if not await same(other, configuration.server):
                self.moved.set()
                raise Unreachable(f"{bare(configuration.server)} is another cluster")
        finally:
            await other.close()
        log.info("the API server has another address", server=bare(configuration.server))


class _Answer:
    def __init__(
        self,
        response: aiohttp.ClientResponse,
        configuration: Configuration,
        client: Client,
        *,
        endless: bool,
    ) -> None:
        self._response = response
        self._configuration = configuration
        self._client = client
        self._endless = endless

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        gathering = Gathering(self._socket() if self._endless else None)
        try:
            async for chunk in self._response.content.iter_any():
                came = len(chunk)
                yield chunk
                del chunk  # or it would be held until the next one comes, which may take a minute
                gathering.begin(came)
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(explain(error, self._configuration)) from None
        except RuntimeError:
            self._client.check()
            raise
        finally:
            gathering.end()

    def _socket(self) -> TransportSocket | None:
        connection = self._response.connection
        transport = connection.transport if connection is not None else None
        return transport.get_extra_info("socket") if transport is not None else None


async def connect(credentials: Credentials) -> Cluster:
    """Load the credentials and return the transport; raises `ConfigurationError`. Sends nothing yet."""
    return Cluster(credentials, await credentials.current())


async def greet(cluster: Cluster) -> str:
    """Ask for the server's version, to find out at the start what would fail later.

    Raises `ConfigurationError` when the credentials are refused, `Unreachable` when nobody answers.
    """
    try:
        body = await read(cluster, "/version")
        return str(json.loads(body).get("gitVersion", ""))
    except ApiFailure as failure:
        if failure.code == HTTPStatus.UNAUTHORIZED:
            why = (
                "the token has expired or is not of this cluster; log in again or check the context"
                if cluster.server.startswith("https://")
                else "over plain http none are sent, as with kubectl; give the server's https address"
            )
            raise ConfigurationError(f"{cluster.server} refuses the credentials (401): {why}") from None
        if failure.code == HTTPStatus.FORBIDDEN:
            return ""
        raise Unreachable(f"{cluster.server}{failure}") from None
    except (ValueError, AttributeError):
        raise Unreachable(f"{cluster.server} answers, but not as a Kubernetes API server does") from None
