"""The bus: one ordered list of the graph's followers. A follower that fails does not affect others."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.graph.relations import Relations
from astrolabe.metrics.internalerrors import InternalErrors, Part
from astrolabe.metrics.source import Guarded, Publish, Source


class Bus:
    """Passes each delta to every follower, in the order in which they were added. Raises nothing."""

    def __init__(self, errors: InternalErrors) -> None:
        self._errors = errors
        self._all: list[tuple[Part, Follower]] = []

    def add(self, part: Part, follower: Follower) -> None:
        """Pass every delta to a follower from now on. Its failures are counted under a part's name."""
        self._all.append((part, follower))

    def add_sources(self, sources: Iterable[Source], publish: Publish, graph: Relations) -> None:
        """Pass every delta to sources of metrics, one call for each changed node."""
        for source in sources:
            source.attach(publish)
            self.add("sources", Guarded(source, graph, self._errors))

    def follow(self, delta: Delta) -> None:
        """Pass on what one event changed."""
        for part, follower in self._all:
            try:
                follower.follow(delta)
            except Exception as error:  # noqa: BLE001  (whatever it is, the others hear the delta)
                self._errors.note(part, error)
                self._restart(part, follower)

    def refresh(self, now: float) -> None:
        """Pass on the time (Unix seconds), before a snapshot."""
        for part, follower in self._all:
            try:
                follower.refresh(now)
            except Exception as error:  # noqa: BLE001
                self._errors.note(part, error)

    async def close(self) -> None:
        """Close all followers, the last one first."""
        for part, follower in reversed(self._all):
            try:
                await follower.close()
            except Exception as error:  # noqa: BLE001
                self._errors.note(part, error)

    def _restart(self, part: Part, follower: Follower) -> None:
        try:
            follower.lost()
        except Exception as error:  # noqa: BLE001
            self._errors.note(part, error)
