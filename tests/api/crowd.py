"""Clients that come in numbers, and do what they are told, which is mostly nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager


def asks(path: str) -> bytes:
    """A request."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


class Crowd:
    """Connections that hardly take anything."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: list[socket.socket] = []
        self._cut: set[socket.socket] = set()

    async def come(self, count: int, says: bytes = b"") -> None:
        """Connect, and say something, whole or not."""
        loop = asyncio.get_running_loop()
        for _ in range(count):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.setblocking(False)
            self._open.append(sock)
            # The system has room for some that are not accepted yet, and lets the others wait for a second.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await loop.sock_connect(sock, ("127.0.0.1", self._port))
                    if says:
                        await loop.sock_sendall(sock, says)

    async def hear(self) -> bytes:
        """Wait for the next bytes that the last one gets."""
        try:
            return await asyncio.get_running_loop().sock_recv(self._open[-1], 15)
        except OSError:
            self._cut.add(self._open[-1])
            return b""

    def left(self) -> int:
        """How many of them the server has not closed; takes all that has come."""
        return sum(map(_is_open, self._open))

    def cut(self) -> int:
        """How many of them the server has closed without sending all; takes nothing."""
        # The system tells it once.
        self._cut.update(sock for sock in self._open if _is_cut(sock))
        return len(self._cut)

    def go(self) -> None:
        for sock in self._open:
            sock.close()


def _is_open(sock: socket.socket) -> bool:
    try:
        while sock.recv(1 << 16):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _is_cut(sock: socket.socket) -> bool:
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


@contextmanager
def crowd(port: int) -> Iterator[Crowd]:
    """Clients of a port, who leave at the end."""
    found = Crowd(port)
    try:
        yield found
    finally:
        found.go()
