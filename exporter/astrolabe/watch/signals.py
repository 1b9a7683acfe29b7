"""A program's end: SIGTERM and SIGINT ask for it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable


async def until_told(serve: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run something that ends once its event is set; the second signal does not wait for that."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(serve(stopping))

    def stop() -> None:
        if stopping.is_set():
            task.cancel()
        stopping.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # not on every system
            loop.add_signal_handler(name, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await task
