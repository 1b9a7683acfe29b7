"""Readiness: everything was listed, and its initial events were delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from astrolabe.watch.handler import called

_LOOK = 0.1
"""Seconds between looks."""

log = structlog.get_logger(__name__)


class Readiness:
    """Waits for it, and tells who wants to know."""

    def __init__(self) -> None:
        self._ready = asyncio.Event()
        self._callbacks: list[Callable[[], Any]] = []

    def __bool__(self) -> bool:
        return self._ready.is_set()

    def tell(self, callback: Callable[[], Any]) -> None:
        """Call (or await) this once, when it has come to that."""
        self._callbacks.append(callback)

    async def wait(self) -> None:
        """Wait until it has come to that."""
        await self._ready.wait()

    async def run(self, settled: Callable[[], bool], measure: Callable[[], dict[str, int]]) -> None:
        """Look until `settled` says so; `measure` says of what, for the log."""
        while not settled():  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)
        self._ready.set()
        log.info("ready", **measure())
        for callback in self._callbacks:
            try:
                await called(callback)
            except Exception:
                log.exception("ready callback failed")
