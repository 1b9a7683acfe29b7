"""Messages to channels: one a second and channel, as Slack wants it, in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Protocol

import structlog

PAUSE = 1.0
"""Seconds between two messages in one channel."""
_MESSAGES_WAITING = 200
"""Messages that wait for one channel; older ones are dropped."""
_TRIES = 5

log = structlog.get_logger(__name__)


class Busy(Exception):
    """Slack wants to be left alone for some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"busy for {seconds:g} s")
        self.seconds = seconds


class Post(Protocol):
    """Posts a message. Raises `Busy`, and `OSError` for what may pass."""

    async def __call__(self, channel: str, text: str, blocks: list[dict[str, Any]]) -> None:
        """Post to a channel."""
        ...


class Outbox:
    """A queue and a task for each channel that has something to say."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._waiting: dict[str, deque[tuple[str, list[dict[str, Any]]]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def put(self, channel: str, text: str, blocks: list[dict[str, Any]]) -> None:
        """Post as soon as the channel may have it."""
        queue = self._waiting.setdefault(channel, deque(maxlen=_MESSAGES_WAITING))
        queue.append((text, blocks))
        if channel not in self._tasks:
            self._tasks[channel] = asyncio.create_task(self._empty(channel, queue), name=f"slack {channel}")

    async def close(self) -> None:
        """Post nothing more."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _empty(self, channel: str, queue: deque[tuple[str, list[dict[str, Any]]]]) -> None:
        tries = 0
        try:
            while queue:
                text, blocks = queue[0]
                pause = PAUSE
                try:
                    await self._post(channel, text, blocks)
                except Busy as busy:
                    pause = max(busy.seconds, PAUSE)
                except OSError as error:
                    tries += 1
                    pause = PAUSE * 2**tries
                    if tries >= _TRIES:
                        log.warning("a message was not posted", channel=channel, reason=str(error))
                        queue.popleft()
                        tries = 0
                else:
                    if queue and queue[0] == (text, blocks):
                        queue.popleft()
                    tries = 0
                await asyncio.sleep(pause)
        finally:
            del self._tasks[channel]
