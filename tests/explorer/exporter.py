"""An exporter over the demo's cluster, in a thread of its own: the pages' browser holds this one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from tests.page.exporting import exporting, opened


@contextmanager
def running(**settings: Any) -> Iterator[str]:
    """Run it from when it knows everything; yield its address."""
    address: Future[str] = Future()
    enough = threading.Event()

    async def run() -> None:
        async with exporting(opened(), **settings) as exporter:
            address.set_result(exporter.url)
            await asyncio.to_thread(enough.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        yield address.result(timeout=60)
    finally:
        enough.set()
        thread.join()
