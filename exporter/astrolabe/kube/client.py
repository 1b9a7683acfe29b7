"""Sends single requests to one API server with aiohttp: TLS, client certificates, proxy."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping

import aiohttp
from yarl import URL

from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.exchange import one_line
from astrolabe.kube.explanation import CONNECT_TIMEOUT, bare
from astrolabe.kube.secretfile import as_file
from astrolabe.kube.transport import Unreachable

_BUFFER = 1 << 16
"""Bytes of an answer that may wait to be read."""
# A peer that is gone is found out within about a minute, also while a watch is quiet.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class Client:
    """Connections with one configuration. The caller sends its headers, because they may change."""

    def __init__(self, configuration: Configuration) -> None:
        """Connect to nothing yet; raises `ConfigurationError` for certificates that cannot be used."""
        self._server = configuration.server
        self._proxy = configuration.proxy or None
        self._server_name = configuration.server_name or None
        self._context = _context(configuration)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float | None = None,  # noqa: ASYNC109  (aiohttp's own)
    ) -> aiohttp.ClientResponse:
        """Send a request, for `timeout` seconds at most. Raises what aiohttp does; after `close`: `check`."""
        if self._session is None:
            # A watch holds its connection: any limit would starve the last kinds.
            connector = aiohttp.TCPConnector(limit=0, ssl=self._context, socket_factory=_socket)
            # The proxy was chosen already, by the rules of client-go.
            self._session = aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                read_bufsize=_BUFFER,
            )
        return await self._session.request(
            method,
            url,
            headers=headers,
            data=body,
            proxy=self._proxy,
            server_hostname=self._server_name,
            timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT),
        )

    def check(self) -> None:
        """Raise `Unreachable` if this was closed because of new credentials: aiohttp calls that a bug."""
        if self._session is not None and self._session.closed:
            raise Unreachable(f"{bare(self._server)}: the credentials were replaced")

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


def _context(configuration: Configuration) -> ssl.SSLContext:
    if b"ENCRYPTED" in configuration.key:
        raise ConfigurationError(f"the client key for {configuration.server} is encrypted: decrypt it")
    try:
        with (
            as_file(configuration.ca) as ca,
            as_file(configuration.certificate) as certificate,
            as_file(configuration.key) as key,
        ):
            context = ssl.create_default_context(cafile=ca)
            if certificate is not None:
                context.load_cert_chain(certificate, keyfile=key)
    except (ssl.SSLError, OSError) as error:
        raise ConfigurationError(
            f"the certificates for {configuration.server} cannot be loaded: {one_line(str(error))}"
        ) from None
    # client-go does not insist on the strict form that Python 3.13 made its default, and CAs of real
    # clusters lack extensions that it asks for. The chain and the name are verified all the same.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not configuration.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _socket(address: tuple[int, int, int, str, object]) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        # Names differ between systems; what is missing stays at the system's own setting.
        if (option := getattr(socket, name, None)) is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made
