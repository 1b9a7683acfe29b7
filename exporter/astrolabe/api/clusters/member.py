"""One cluster of several, as requests see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from astrolabe.api.authorization import Reviewer
from astrolabe.api.health import lines_of, verdict
from astrolabe.api.state import State

PATIENCE = 15.0
"""Seconds from the start for which an API server is waited for that says nothing at all."""


class Member:
    """A cluster that is followed, or is tried to be."""

    def __init__(self, name: str) -> None:
        self.name = name
        """The value of the label `cluster`."""
        self.state: State | None = None
        """What is known of it; None before it is followed, and while it cannot be."""
        self.server: Callable[[], str] = str
        """Returns the URL of its API server; empty before it is known."""
        self.reviewer: Reviewer | None = None
        """Asks its API server who may read."""
        self.trouble = ""
        """Why it cannot be followed at all, in one line; empty while it can."""
        self._settled = False
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()

    @property
    def usable(self) -> bool:
        """Whether everything of it can be shown."""
        return self.state is not None and self.state.following.usable

    @property
    def up(self) -> bool:
        """Whether its API server answers."""
        if self.state is None or self.trouble:
            return False
        following = self.state.following
        if not following.discovered or following.error:
            return False
        # What is forbidden was answered, but maybe long ago.
        states = [state for state in following.states if state.phase != "forbidden"]
        return not states or not all(state.troubled for state in states)

    def settled(self) -> bool:
        """Whether nobody waits for it any more: it was usable once, or its API server does not answer."""
        self._settled = self._settled or self.usable or self._failed()
        return self._settled

    def _failed(self) -> bool:
        """Whether it does not get on: its API server refuses, fails, or has said nothing for long."""
        following = self.state.following if self.state is not None else None
        if self.trouble or (following is not None and following.error):
            return True
        if following is None or not following.discovered:
            return self._clock() - self._since > PATIENCE
        return not self.up

    @property
    def health(self) -> str:
        """Whether it is `healthy`, `syncing` or `degraded`."""
        if self.state is None or self.state.following.error:
            return "degraded" if self.trouble or self.state is not None else "syncing"
        return verdict(self.state.following)

    @property
    def objects(self) -> int:
        """Objects that are known."""
        return len(self.state.graph) if self.state is not None else 0

    def lines(self) -> Iterator[str]:
        """Yield how it is, and what is not well: one line each."""
        yield f"{self.name}: {'ready' if self.usable else 'not ready'}"
        if self.trouble:
            yield f"{self.name}: {self.trouble}"
        elif self.state is None:
            yield f"{self.name}: starting"
        else:
            yield from (f"{self.name}: {line}" for line in lines_of(self.state))
