"""The handlers of one controller, and what each of them is for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import msgspec
import structlog

from astrolabe.watch.config import WatchConfig
from astrolabe.watch.handler import EventHandler, HandlerFunction, HandlerOptions, called, function_of
from astrolabe.watch.handling import Handling
from astrolabe.watch.letters import DeadLetters, Letter
from astrolabe.watch.queues import Delivery
from astrolabe.watch.rules import Rule
from astrolabe.watch.watches import Subscription

log = structlog.get_logger(__name__)


class Handlers:
    """Handlers at work. What they give up becomes a dead letter."""

    def __init__(self, config: WatchConfig, random: Random) -> None:
        """Hand over as a configuration says, where a handler does not say otherwise."""
        self.all: list[Handling] = []
        """In the order in which they were added."""
        self._config = config
        self._random = random
        self._letters = DeadLetters(config.dead_letters)
        self._general: list[Handling] = []
        self._special: list[Subscription] = []
        self._closers: list[Callable[[], Any]] = []

    def add(self, handler: EventHandler | HandlerFunction, name: str, options: dict[str, Any]) -> None:
        """Add a handler for every rule of the configuration."""
        self._general.append(self._handling(handler, name, options))
        close = getattr(handler, "close", None)
        if close is not None:
            self._closers.append(close)

    def add_for(self, rule: Rule, function: HandlerFunction, name: str, options: dict[str, Any]) -> None:
        """Add a function for a rule of its own."""
        handling = self._handling(function, name, options)
        self._special.append(Subscription(rule, (handling.queue,)))

    def subscriptions(self) -> list[Subscription]:
        """Return every rule with the handlers that it is for."""
        queues = tuple(handling.queue for handling in self._general)
        return [*(Subscription(rule, queues) for rule in self._config.rules), *self._special]

    def begin(self, relieved: Callable[[], None]) -> Iterator[asyncio.Task[None]]:
        """Let them work; yield the tasks. `relieved` is called when a queue is no longer full."""
        for handling in self.all:
            handling.relieved = relieved
            yield asyncio.create_task(handling.run(), name=f"handler {handling.name}")

    async def drain(self, grace: float) -> None:
        """Wait until they have finished, so many seconds at most."""
        try:
            async with asyncio.timeout(grace):
                await asyncio.gather(*(handling.drain() for handling in self.all))
        except TimeoutError:
            log.warning("handlers did not finish in time", seconds=grace)

    def end(self) -> None:
        """Give up what still waits."""
        for handling in self.all:
            handling.close()

    async def close(self) -> None:
        """Call the `close` of each handler that has one."""
        for close in self._closers:
            try:
                await called(close)
            except Exception:
                log.exception("handler cannot be closed")
        self._closers.clear()

    async def redeliver(self, lines: Iterable[tuple[bytes, Letter | None]]) -> tuple[int, list[bytes]]:
        """Hand dead letters to the handlers of their names, in order; then end.

        Return how many were taken, and the lines that stay: those of handlers that are not here, those that
        fail, and those that cannot be read.
        """
        by_name = {handling.name: handling for handling in self.all}
        taken, kept = 0, []
        for line, letter in lines:
            handling = by_name.get(letter.handler) if letter is not None else None
            if letter is None or handling is None:
                log.warning(
                    "dead letter kept",
                    reason="it cannot be read" if letter is None else f"no handler {letter.handler}",
                )
                kept.append(line)
                continue
            error = await handling.attempt(letter.event())
            if error is None:
                taken += 1
            else:
                log.warning("dead letter kept", key=letter.key, handler=handling.name, error=str(error))
                kept.append(line)
        self.end()
        await self.close()
        return taken, kept

    def _handling(
        self, handler: EventHandler | HandlerFunction, name: str, options: dict[str, Any]
    ) -> Handling:
        own, function = function_of(handler)
        config = self._config
        defaults = HandlerOptions(config.workers, config.retries, config.handler_timeout, config.queue_size)
        chosen = msgspec.structs.replace(defaults, **options)
        handling = Handling(
            self._free_name(name or own), function, chosen, self._given_up, random=self._random
        )
        self.all.append(handling)
        return handling

    def _free_name(self, wanted: str) -> str:
        taken = {handling.name for handling in self.all}
        name, number = wanted, 2
        while name in taken:
            name = f"{wanted}-{number}"
            number += 1
        return name

    def _given_up(self, handler: str, delivery: Delivery, reason: str) -> bool:
        return self._letters.write(Letter.of(delivery.event(), handler, reason, delivery.attempts))
