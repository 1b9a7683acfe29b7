"""Asks until there is an answer. The log says once that there is none; at the start, once a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

import structlog

from astrolabe.kube.backoff import Backoff
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable

REMINDER_INTERVAL = 60.0
"""Seconds between log lines about an API server that has never answered."""

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


class Asker:
    """Puts questions about the API server as a whole."""

    def __init__(self, random: Random) -> None:
        self._clock = asyncio.get_running_loop().time
        self._backoff = Backoff(self._clock, random)
        self._told = float("-inf")
        self._answered = False
        self.error = ""
        """Why the last attempt failed, in one line; empty after one that worked."""

    async def answer(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask until there is an answer, and return it."""
        while True:
            try:
                answer = await ask()
            except (ApiFailure, Unreachable) as failure:
                self._tell(str(failure))
                self.error = str(failure)
                await asyncio.sleep(self._backoff.next())
            else:
                self.error = ""
                self._answered = True
                return answer

    def _tell(self, error: str) -> None:
        if self._answered:
            if self.error == "":
                log.warning("discovery failed", error=error)
        elif self._clock() - self._told >= REMINDER_INTERVAL:
            self._told = self._clock()
            log.warning("no answer from the API server yet", error=error)
