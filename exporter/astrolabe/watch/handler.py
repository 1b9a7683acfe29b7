"""What a program hands in: handlers, how events are to be handed to them, and other functions of its own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import msgspec

from astrolabe.watch.events import MatchedEvent


class EventHandler(Protocol):
    """What `add_event_handler` takes: an object with `on_matched`, a plain method or an `async` one."""

    def on_matched(self, event: MatchedEvent, /) -> Any:
        """Take one event. What it returns is ignored; whatever it raises means: try again."""
        ...


HandlerFunction: TypeAlias = Callable[[MatchedEvent], Any]


class HandlerOptions(msgspec.Struct, frozen=True):
    """How events are handed to one handler."""

    workers: int = 3
    """Events of different keys at the same time."""
    retries: int = 10
    """Attempts after the first."""
    timeout: float = 300
    """Seconds that one attempt may take."""
    queue_size: int = 10_000
    latest: bool = False
    """Whether a newer event of a key replaces those that wait, and one that is to be tried again."""


def function_of(handler: EventHandler | HandlerFunction) -> tuple[str, HandlerFunction]:
    """Return the name and the function of a handler; raises `TypeError` for what is none."""
    function = getattr(handler, "on_matched", None) or handler
    if not callable(function):
        raise TypeError(f"{handler!r} has no on_matched(event) and is not a function")
    name = getattr(handler, "name", None) or getattr(handler, "__name__", None) or type(handler).__name__
    return str(name), function


def is_async(function: HandlerFunction) -> bool:
    """Whether calling it makes a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004  (an object whose call is a coroutine function)
    )


async def called(function: Callable[[], Any]) -> None:
    """Call a function of the program's own, and wait for what it returns if that is a coroutine."""
    result = function()
    if asyncio.iscoroutine(result):
        await result
