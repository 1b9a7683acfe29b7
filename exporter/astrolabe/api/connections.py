"""All clients' connections on all ports: their limit, and which one is closed for a new one."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import Iterator

import structlog
from aiohttp import web

from astrolabe.api import limits
from astrolabe.api.connection import AT_WORK, Connection

_FEWER_FOR = 60.0
"""Seconds after which as many as ever are tried again."""

log = structlog.get_logger(__name__)


def most() -> int:
    """Return how many connections there may be: no more than half of the files that the process may open.

    The other half is for the API server, Redis and files. The limit is raised first as far as it may be.
    """
    files, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            files = hard
    return limits.CONNECTIONS if files == resource.RLIM_INFINITY else min(limits.CONNECTIONS, files // 2)


class Connections:
    """Takes connections in. Where there are as many as there may be, an idle one makes room for a new one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._fewer = (0, 0.0)
        """How many there may be instead up to a time, loop time."""
        self._all: dict[Connection, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._all)

    def enter(self, server: web.Server, sock: socket.socket, context: ssl.SSLContext | None) -> None:
        """Take in a connection that was accepted; with HTTPS the client has still to say hello."""
        if len(self._all) >= self._room() and not self._make_room():
            sock.close()
            log.warning("connection refused: too many are busy", connections=len(self._all))
            return
        connection = Connection(server, self)
        task = asyncio.create_task(self._connect(connection, sock, context))
        # One that is cancelled before it begins has handed the socket over to nobody.
        task.add_done_callback(lambda task: sock.close() if task.cancelled() else None)
        self._all[connection] = task

    def leave(self, connection: Connection) -> None:
        """Forget one that is closed."""
        self._all.pop(connection, None)

    def starved(self) -> None:
        """Learn that the system gives no more: a quarter has to go, and for a while there may be no more."""
        now = asyncio.get_running_loop().time()
        self._fewer = (max(1, len(self._all) * 3 // 4), now + _FEWER_FOR)
        while len(self._all) >= self._room() and self._make_room():
            pass

    def _room(self) -> int:
        fewer, until = self._fewer
        return fewer if asyncio.get_running_loop().time() < until else self._most

    def _make_room(self) -> bool:
        """Close the connection that is missed least; False where every one is at work.

        Idle ones go first, then those whose clients do not read on, then streams, which can be resumed. Among
        equals it is the one that has been so for the longest time.
        """
        now = asyncio.get_running_loop().time()
        victim = max(self._all, key=lambda connection: connection.idleness(now), default=None)
        if victim is None or victim.idleness(now) == AT_WORK:
            return False
        self._close(victim)
        return True

    def close(self) -> None:
        """Close those that have not got as far as to be aiohttp's."""
        for connection in tuple(self._all):
            if connection.transport is None:
                self._close(connection)

    def _close(self, connection: Connection) -> None:
        task = self._all.pop(connection)
        if connection.transport is None:
            task.cancel()
        else:
            connection.cut()

    async def _connect(
        self, connection: Connection, sock: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                sock,
                ssl=context,
                ssl_handshake_timeout=limits.HANDSHAKE if context is not None else None,
            )
        except OSError:
            # A client that speaks no TLS, presents a bad certificate, or has left.
            return
        finally:
            if connection.transport is None:
                self.leave(connection)
