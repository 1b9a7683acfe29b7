"""The start: the progress of the first lists, their completion, and what follows from it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import structlog

from astrolabe.graph.graph import Graph
from astrolabe.kube.supervisor import Supervisor
from astrolabe.scheduling.collector import Collector

log = structlog.get_logger(__name__)

_SYNC_CHECK_INTERVAL = 0.1
"""Seconds between two checks whether the first lists are complete."""
_PROGRESS_INTERVAL = 2.0
"""Seconds between words about what is still missing, while that changes."""
_PROGRESS_REMINDER = 60.0
"""Seconds between them while it does not."""
FAILING_KIND_PATIENCE = 30.0
"""Seconds that a failing kind gets to list after all others have, where nothing is served."""


class Settling:
    """Waits for the first lists, and keeps the collector away from what will stay."""

    def __init__(
        self, supervisor: Supervisor[Any], graph: Graph, render: Callable[[], Awaitable[object]]
    ) -> None:
        """Let `render` write what is known, so that the first scrape need not."""
        self._supervisor = supervisor
        self._graph = graph
        self._render = render
        self.frozen = False
        """Whether the collector leaves alone what was listed: work that makes much garbage waits for that."""

    def ready(self) -> bool:
        """Whether each kind has listed or is failing."""
        return self._supervisor.ready

    def read_once(self) -> Callable[[], bool]:
        """Return what says whether each kind has listed, or has failed for long while the others had."""
        clock = asyncio.get_running_loop().time
        ready_at: float | None = None

        def read() -> bool:
            nonlocal ready_at
            if self._supervisor.complete:
                return True
            if not self._supervisor.ready:
                ready_at = None
            elif ready_at is None:
                ready_at = clock()
            return ready_at is not None and clock() - ready_at >= FAILING_KIND_PATIENCE

        return read

    async def wait(self, settled: Callable[[], bool]) -> None:
        """Say what is missing until everything is known; then keep the collector away from what will stay."""
        collector = Collector()
        try:
            await self._all_known(settled, collector)
            with contextlib.suppress(Exception):  # it is told, and told to scrapes as well
                await self._render()
            collector.settle()
        finally:
            collector.resume()
        self.frozen = True

    async def _all_known(self, settled: Callable[[], bool], collector: Collector) -> None:
        start = told = perf_counter()
        said: dict[str, object] = {}
        while not settled():
            await asyncio.sleep(_SYNC_CHECK_INTERVAL)
            collector.look()
            waited = perf_counter() - told
            if waited > _PROGRESS_INTERVAL and not settled():
                progress = self._progress()
                # Of an API server that does not answer the supervisor tells.
                if self._supervisor.discovered and (progress != said or waited > _PROGRESS_REMINDER):
                    log.info("syncing", **progress)
                    said, told = progress, perf_counter()
        log.info("synced", objects=len(self._graph), seconds=round(perf_counter() - start, 1))

    def _progress(self) -> dict[str, object]:
        states = self._supervisor.states
        waiting = sorted({state.resource for state in states if not state.settled})
        return {
            "objects": sum(state.objects for state in states),
            "done": len(states) - len(waiting),
            "waiting": waiting[:5],
        }
