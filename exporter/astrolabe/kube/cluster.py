"""The transport to a real API server: the HTTP client of `kubernetes`, with credentials that stay fresh."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject
from yarl import URL

from astrolabe.kube.credentials import ConfigurationError, Credentials
from astrolabe.kube.exchange import ApiFailure, one_line, read
from astrolabe.kube.transport import Response, Unreachable

FRESH = 60.0
"""Seconds after which token files are read again; kubelets rotate a token long before it expires."""
_SETTLED = 5.0
"""Seconds within which refusals of the same old credentials cause one renewal."""
_CONNECT = 10.0
_BUFFER = 1 << 16
# A peer that is gone is found out within about a minute, also while a watch is quiet.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class Cluster:
    """A `Transport` over HTTP. Made by `connect`."""

    def __init__(self, credentials: Credentials, configuration: Configuration) -> None:
        self._credentials = credentials
        self._configuration = configuration
        self._client = _Client(configuration)
        self._loop = asyncio.get_running_loop()
        self._loaded = self._loop.time()
        self._renewing = asyncio.Lock()
        self._renewed = float("-inf")

    @property
    def server(self) -> str:
        """URL of the API server."""
        return str(self._configuration.host)

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
        url = URL(f"{self.server}{path}" + (f"?{urlencode(query)}" if query else ""), encoded=True)
        headers = {"Accept": accept, "User-Agent": "astrolabe", **await self._authorization()}
        try:
            send: Any = self._client.request  # no types in the package
            answer = await send(
                "GET" if body is None else "POST",
                url,
                headers=headers,
                body=None if body is None else json.loads(body),
                _request_timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT),
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(explain(error, self._configuration)) from None
        response: aiohttp.ClientResponse = answer.response
        try:
            yield _Answer(response, self._configuration)
        finally:
            response.close()

    async def renew(self) -> None:
        """Load the credentials again; many callers at once cause one renewal."""
        async with self._renewing:
            if self._loop.time() - self._renewed < _SETTLED:
                return
            try:
                configuration = await self._credentials.load()
            except ConfigurationError as error:
                raise Unreachable(f"the credentials cannot be renewed: {error}") from None
            finally:
                self._renewed = self._loop.time()
            self._loaded = self._renewed
            client = self._client
            if _fingerprint(configuration) != client.fingerprint:
                # Watches on the old connections end and go on with the new certificate.
                self._client = _Client(configuration)
                await client.close()
            self._configuration = configuration

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _authorization(self) -> dict[str, str]:
        now = self._loop.time()
        if now - self._loaded > FRESH:
            self._loaded = now
            try:
                await self._credentials.refresh(self._configuration)
            except ConfigurationError as error:
                raise Unreachable(f"the credentials cannot be refreshed: {error}") from None
        try:
            token = await self._configuration.get_api_key_with_prefix("BearerToken")
        except Exception as error:  # noqa: BLE001  (the package's hook raises whatever reading the file did)
            raise Unreachable(f"the service account's token cannot be read: {one_line(str(error))}") from None
        return {"Authorization": " ".join(token.split())} if token else {}


class _Client(RESTClientObject):
    """The package's client with connections that notice a peer that is gone."""

    def __init__(self, configuration: Configuration) -> None:
        configuration.client_session_kwargs = {"read_bufsize": _BUFFER}
        self.fingerprint = _fingerprint(configuration)
        try:
            super().__init__(configuration)
        except (ssl.SSLError, OSError) as error:
            raise ConfigurationError(
                f"the certificates for {configuration.host} cannot be loaded: {one_line(str(error))}"
            ) from None

    def _create_connector(self) -> aiohttp.TCPConnector:
        # A watch holds its connection: any limit would starve the last kinds.
        return aiohttp.TCPConnector(limit=0, ssl=self.ssl_context, socket_factory=_socket)


class _Answer:
    def __init__(self, response: aiohttp.ClientResponse, configuration: Configuration) -> None:
        self._response = response
        self._configuration = configuration

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
                del chunk  # or it would be held until the next one comes, which may take a minute
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(explain(error, self._configuration)) from None


async def connect(credentials: Credentials) -> Cluster:
    """Load the credentials and return the transport; raises `ConfigurationError`. Sends nothing yet."""
    return Cluster(credentials, await credentials.load())


async def greet(cluster: Cluster) -> str:
    """Ask for the server's version, to find out at the start what would fail later.

    Raises `ConfigurationError` when the credentials are refused, `Unreachable` when nobody answers.
    """
    try:
        body = await read(cluster, "/version")
        return str(json.loads(body).get("gitVersion", ""))
    except ApiFailure as failure:
        if failure.code == HTTPStatus.UNAUTHORIZED:
            raise ConfigurationError(
                f"{cluster.server} refuses the credentials (401): the token has expired or is not of this"
                " cluster; log in again or check the context"
            ) from None
        if failure.code == HTTPStatus.FORBIDDEN:
            return ""
        raise Unreachable(f"{cluster.server}{failure}") from None
    except (ValueError, AttributeError):
        raise Unreachable(f"{cluster.server} answers, but not as a Kubernetes API server does") from None


def explain(error: Exception, configuration: Configuration) -> str:
    """Return one line that names the cause and the remedy, without secrets."""
    server = _bare(str(configuration.host))
    match error:
        case aiohttp.ClientConnectorCertificateError():
            reason = one_line(getattr(error.certificate_error, "verify_message", "") or "not trusted")
            return (
                f"{server}: its certificate is refused ({reason}): check certificate-authority and"
                " tls-server-name in the kubeconfig"
            )
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            proxy = _bare(str(configuration.proxy)) if configuration.proxy else "from the environment"
            return f"{server}: the proxy {proxy} does not let us through: check proxy-url in the kubeconfig"
        case aiohttp.ClientConnectorDNSError():
            return f"{server}: the name does not resolve: check the server in the kubeconfig, and DNS"
        case aiohttp.ClientSSLError():
            return f"{server}: no TLS connection ({one_line(str(error.os_error))}): is it an https server?"
        case aiohttp.ConnectionTimeoutError():
            return f"{server}: no connection within {_CONNECT:g} s: is it up, and is the way there open?"
        case aiohttp.ClientConnectorError():
            cause = os.strerror(error.errno) if error.errno else one_line(str(error.os_error))
            return f"{server}: cannot connect ({cause}): is it up, and is the address right?"
        case aiohttp.InvalidURL():
            return f"{server}: not a URL: check the server in the kubeconfig"
        case aiohttp.ServerDisconnectedError():
            return f"{server}: closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return f"{server}: the connection broke off in the middle of an answer"
        case ssl.SSLError():
            return f"{server}: TLS failed ({error.reason}): check the client certificate"
        case OSError():
            return f"{server}: the connection broke off ({error.strerror or type(error).__name__})"
        case _:
            return f"{server}: no answer ({type(error).__name__})"


def _bare(url: str) -> str:
    """Return a URL without the user and password that it may hold."""
    try:
        return str(URL(url).with_user(None)).rstrip("/")
    except ValueError:
        return url.rpartition("@")[2]


def _fingerprint(configuration: Configuration) -> tuple[str, ...]:
    """Tell TLS settings apart; a change of any file's content shows."""
    files = (configuration.ssl_ca_cert, configuration.cert_file, configuration.key_file)
    return (
        str(configuration.host),
        str(configuration.proxy),
        str(configuration.tls_server_name),
        str(configuration.verify_ssl),
        *(_digest(path) for path in files),
    )


def _digest(path: str | None) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
    except OSError:
        return ""


def _socket(address: tuple[int, int, int, str, object]) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        # Names differ between systems; what is missing stays at the system's own setting.
        if (option := getattr(socket, name, None)) is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made
