"""Listening sockets: accept connections as long as the system gives any, and hand them to `Connections`."""

from __future__ import annotations

import asyncio
import socket
import ssl

import structlog
from aiohttp import web

from astrolabe.api.connections import Connections

BACKLOG = 128
"""Connections that the system keeps until they are accepted."""
_ACCEPTED_PER_ROUND = 16
"""Connections that are accepted in one round of the loop; more would hold up the writer."""
_SEND_BUFFER_BYTES = 1 << 18
"""Bytes, of which Linux takes twice as many, that the system keeps for a client that does not read.

By itself it would take 4 MiB, which count as the container's memory.
"""
_ACCEPT_RETRY = 0.05
"""Seconds until the next try where the system gives no more."""

log = structlog.get_logger(__name__)


async def bind(address: str, port: int) -> list[socket.socket]:
    """Return the sockets of an address, which may have several; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, sockaddr in dict.fromkeys(found):
            sockets.append(socket.create_server(sockaddr, family=family, backlog=BACKLOG))
            sockets[-1].setblocking(False)
            # Connections inherit it.
            sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


class Listener:
    """Accepts what comes to some sockets, until it is closed."""

    def __init__(
        self,
        sockets: list[socket.socket],
        server: web.Server,
        connections: Connections,
        context: ssl.SSLContext | None,
    ) -> None:
        self._sockets = sockets
        self._server = server
        self._connections = connections
        self._context = context
        self._loop = asyncio.get_running_loop()
        for sock in sockets:
            self._loop.add_reader(sock, self._accept, sock)

    def close(self) -> None:
        """Accept nothing more."""
        sockets, self._sockets = self._sockets, []
        for sock in sockets:
            self._loop.remove_reader(sock)
            sock.close()

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(_ACCEPTED_PER_ROUND):
            try:
                accepted, _ = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                # No descriptors or no memory. The system would say so in each turn of the loop.
                self._loop.remove_reader(sock)
                self._loop.call_later(_ACCEPT_RETRY, self._resume, sock)
                self._connections.starved()
                log.warning("connections cannot be accepted", reason=error.strerror)
                return
            accepted.setblocking(False)
            self._connections.enter(self._server, accepted, self._context)

    def _resume(self, sock: socket.socket) -> None:
        if sock in self._sockets:
            self._loop.add_reader(sock, self._accept, sock)
