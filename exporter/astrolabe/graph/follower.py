"""The seam for whatever follows the graph: metrics, sleep, cost, access, live changes, persistence."""

from __future__ import annotations

from abc import ABC, abstractmethod

from astrolabe.graph.delta import Delta


class Follower(ABC):
    """Keeps something up to date with the graph. The bus calls its followers one after another."""

    @abstractmethod
    def follow(self, delta: Delta) -> None:
        """Take in what one event changed, right after the graph has changed. It has to be quick."""

    def lost(self) -> None:  # noqa: B027  (most have nothing to begin again)
        """Begin again from the graph as it is: a delta was not taken in, or not as a whole."""

    def refresh(self, now: float) -> None:  # noqa: B027  (most do not depend on time)
        """Bring what depends on time up to date (`now` in Unix seconds); called before each snapshot.

        It has to be quick: it costs what is asleep or priced, not what exists.
        """

    async def close(self) -> None:  # noqa: B027  (most hold nothing open)
        """End, after the last delta."""
