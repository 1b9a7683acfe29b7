"""A program's end: SIGTERM and SIGINT ask for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from astrolabe.signals import on_stop


async def until_told(serve: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run something that ends once its event is set; the second signal does not wait for that."""
    stopping = asyncio.Event()
    task = asyncio.ensure_future(serve(stopping))

    def stop() -> None:
        if stopping.is_set():
            task.cancel()
        stopping.set()

    on_stop(stop)
    with contextlib.suppress(asyncio.CancelledError):
        await task
