"""Threads for handlers that are plain functions. They are daemons: one that hangs does not keep a program."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeAlias

_Job: TypeAlias = "tuple[Callable[[], object], asyncio.Future[None], asyncio.AbstractEventLoop] | None"


class Threads:
    """As many threads as there are calls at the same time; idle ones are used again."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._threads = 0
        self._busy = 0

    def call(self, function: Callable[[], object]) -> asyncio.Future[None]:
        """Call a function in a thread; the future gets what it raises, as an exception of its own."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        future.add_done_callback(self._ended)
        self._busy += 1
        if self._busy > self._threads:
            self._threads += 1
            threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
        context = contextvars.copy_context()
        self._jobs.put((lambda: context.run(function), future, loop))
        return future

    def close(self) -> None:
        """Let idle threads end, and the others after what they do."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _ended(self, future: asyncio.Future[None]) -> None:
        self._busy -= 1
        if not future.cancelled():
            future.exception()  # nobody may be waiting for it any more

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future, loop = job
            error: BaseException | None = None
            try:
                function()
            except BaseException as raised:  # noqa: BLE001  (SystemExit of a handler must end no thread)
                error = raised
            # The loop may be gone, when the program did not wait for a handler that hung.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, future, error)
            del function, future, loop, job, error


def _settle(future: asyncio.Future[None], error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(None)
    elif isinstance(error, Exception) and not isinstance(error, StopIteration):
        future.set_exception(error)
    else:
        future.set_exception(RuntimeError(f"the handler raised {type(error).__name__}: {error}"))
