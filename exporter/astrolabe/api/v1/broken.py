"""The list of problems, computed once for all requests at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from astrolabe.derived.diagnosis.problems import Problems, gather
from astrolabe.graph.relations import Relations
from astrolabe.scheduling.scheduler import Scheduler


class BrokenNow:
    """What is broken by cause, never older than the question."""

    def __init__(self, graph: Relations, scheduler: Scheduler, revision: Callable[[], int]) -> None:
        self._graph = graph
        self._scheduler = scheduler
        self._revision = revision
        self._found = Problems([])
        self._of = -1
        """The revision of the graph when the list was begun; it knows of everything up to then."""
        self._task: asyncio.Task[None] | None = None

    async def problems(self) -> Problems:
        """Return the problems, with all that had changed before this was called.

        Who asks while a list is being made waits for that one, and then for one more at most.
        """
        wanted = self._revision()
        while self._of < wanted:
            if self._task is None:
                self._task = asyncio.create_task(self._make())
            await asyncio.shield(self._task)
        return self._found

    async def _make(self) -> None:
        revision = self._revision()
        try:
            # Once, whatever changes meanwhile: a list that waits for a still cluster never comes.
            self._found = await self._scheduler.work(gather(self._graph, self._graph.all_unwell()))
            self._of = revision
        finally:
            # Here, not in a callback: who waited for it must not find it again.
            self._task = None
