"""A TCP proxy on loopback that does to connections what networks do to them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from tests.ports import free_port

HOST = "127.0.0.1"
_PIECE = 1 << 16
_SECONDS = 10


class _Link:
    """One connection and its counterpart."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self._writers = writers
        self.flowing = asyncio.Event()
        self.flowing.set()

    def cut(self) -> None:
        """Break both sides off, what is on its way included."""
        for writer in self._writers:
            writer.transport.abort()
        self.flowing.set()  # what was stalled finds its connection gone


class Proxy:
    """Passes connections on to a port of this host. Made by `fault_proxy`; any thread may call its methods.

    What passes is not looked at, so TLS goes through, as long as the certificate is good for 127.0.0.1.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, upstream: int) -> None:
        self.upstream = upstream
        """The port that connections are passed on to, from the next one on."""
        self.delay = 0.0
        """Seconds that every piece takes longer than it would."""
        self.port = free_port()
        self.accepted = 0
        """Connections so far."""
        self._loop = loop
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """Connections that are open, whether or not anything passes."""
        return len(self._links)

    def cut(self) -> None:
        """Break every connection off."""
        self._call(self._cut)

    def stall(self) -> None:
        """Let nothing pass on the connections that are open, for ever: not a byte, not an end."""
        self._call(self._stall)

    def refuse(self) -> None:
        """Break every connection off and listen no longer."""
        self._run(self._refuse())

    def accept(self) -> None:
        """Listen, on the same port as before."""
        self._run(self._accept())

    def _cut(self) -> None:
        for link in self._links:
            link.cut()

    def _stall(self) -> None:
        for link in self._links:
            link.flowing.clear()

    async def _accept(self) -> None:
        self._server = await asyncio.start_server(self._connected, HOST, self.port)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
        self._cut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            upstream, back = await asyncio.open_connection(HOST, self.upstream)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, back)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(link, reader, back))
                both.create_task(self._pass(link, upstream, writer))
        except* OSError:
            pass
        finally:
            self._links.discard(link)
            link.cut()

    async def _pass(self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            piece = await reader.read(_PIECE)
            await asyncio.sleep(self.delay)
            await link.flowing.wait()
            if not piece:
                # An end in one direction ends both: nobody here speaks after having closed.
                raise ConnectionResetError
            writer.write(piece)
            await writer.drain()

    def _call(self, what: Callable[[], None]) -> None:
        async def call() -> None:
            what()

        self._run(call())

    def _run(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(_SECONDS)


@contextlib.contextmanager
def fault_proxy(upstream: int) -> Iterator[Proxy]:
    """Run a proxy in a thread of its own until the block is left."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        over = asyncio.Event()
        proxy = Proxy(loop, upstream)

        async def run() -> None:
            await over.wait()
            async with asyncio.timeout(_SECONDS):
                while proxy.connections:  # noqa: ASYNC110  (their tasks tell nobody)
                    await asyncio.sleep(0.01)

        thread = threading.Thread(target=runner.run, args=(run(),), name="proxy")
        thread.start()
        try:
            proxy.accept()
            yield proxy
        finally:
            proxy.refuse()
            loop.call_soon_threadsafe(over.set)
            thread.join()
