"""One call of a handler, on the loop or in a thread: within its time, and what it raised as a value."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable

from astrolabe.watch.errors import PermanentError
from astrolabe.watch.events import MatchedEvent
from astrolabe.watch.handler import HandlerFunction, is_async
from astrolabe.watch.threads import Threads

Outcome = Exception | None
"""What a call raised; None where it raised nothing."""


class TookTooLong(Exception):
    """A call was given up after its time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the handler took longer than {seconds:g} s")


class StillRunning(Exception):
    """A call in a thread goes on past its time: nothing can end a thread."""

    def __init__(self, future: asyncio.Future[None]) -> None:
        self.future = future
        """Ends when the call does."""


class Caller:
    """Calls one handler."""

    def __init__(self, name: str, function: HandlerFunction, timeout: float) -> None:
        """Let each call take so many seconds."""
        self._function = function
        self._timeout = timeout
        self._threads = None if is_async(function) else Threads(f"handler-{name}")

    async def call(self, event: MatchedEvent) -> Outcome:
        """Call the handler; return what it raised, or `TookTooLong` or `StillRunning`. Raises nothing."""
        if self._threads is None:
            return await self._awaited(event)
        future = self._threads.call(lambda: _call(self._function, event))
        done, _ = await asyncio.wait([future], timeout=self._timeout)
        return outcome(future) if done else StillRunning(future)

    def close(self) -> None:
        """Let threads end when what they do has ended."""
        if self._threads is not None:
            self._threads.close()

    async def _awaited(self, event: MatchedEvent) -> Outcome:
        try:
            async with asyncio.timeout(self._timeout) as limit:
                await self._function(event)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Raised by something that the handler awaited, and not meant for us.
            return RuntimeError(f"the handler raised {error!r}")
        except TimeoutError as error:
            return TookTooLong(self._timeout) if limit.expired() else error
        except Exception as error:  # noqa: BLE001  (whatever it is, it costs this event a retry)
            return error
        except SystemExit as error:
            return RuntimeError(f"the handler raised {error!r}")
        return None


def outcome(future: asyncio.Future[None]) -> Outcome:
    """Return what a call that has ended raised."""
    error = future.exception()
    return error if isinstance(error, Exception) else None


def raised_at(error: Exception) -> str:
    """Return file and line at which an error was raised: a whole traceback may show values of Secrets."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def _call(function: Callable[[MatchedEvent], object], event: MatchedEvent) -> None:
    result = function(event)
    if inspect.iscoroutine(result):
        result.close()
        raise PermanentError("the handler returned a coroutine: define it by `async def`")
