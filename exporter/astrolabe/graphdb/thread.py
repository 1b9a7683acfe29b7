"""A thread that does one thing after the other, so that what waits for a database holds nobody else up."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Calls what blocks. The program does not wait for it at its end: a database may never answer."""

    def __init__(self, name: str) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what a function returns, or raise what it raises; it runs after what was asked before."""
        return await self.ask(function, *arguments)

    def ask(self, function: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """Do the same without waiting for it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def done(result: T | None, error: BaseException | None) -> None:
            if answer.cancelled():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result, failure = None, None
            try:
                result = function(*arguments)
            except BaseException as error:  # noqa: BLE001  (it is raised where it was asked for)
                failure = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(done, result, failure)

        self._waiting.put(work)
        return answer

    def end(self) -> None:
        """End after what was asked for."""
        self._waiting.put(None)

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            work()
