"""Those who hear of every change of the graph, in order. One that fails harms no other."""

from __future__ import annotations

from typing import Protocol

from astrolabe.graph.delta import Delta
from astrolabe.metrics.internalerrors import InternalErrors, Part


class Follower(Protocol):
    """Keeps something in step with the graph."""

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed, right after the graph has changed. It has to be quick."""
        ...

    def lost(self) -> None:
        """Begin again from the graph as it is: a delta was not taken in, or not as a whole."""
        ...


class Followers:
    """Tells each delta to everybody."""

    def __init__(self, faults: InternalErrors) -> None:
        self._faults = faults
        self._all: list[tuple[Part, Follower]] = []

    def add(self, part: Part, follower: Follower) -> None:
        """Tell a follower every delta from now on. What it fails at is counted under a part's name."""
        self._all.append((part, follower))

    def tell(self, delta: Delta) -> None:
        """Tell a delta to all followers; raises nothing."""
        for part, follower in self._all:
            try:
                follower.follow(delta)
            except Exception as error:  # noqa: BLE001  (whatever it is, the others hear the delta)
                self._faults.note(part, error)
                self._restart(part, follower)

    def _restart(self, part: Part, follower: Follower) -> None:
        try:
            follower.lost()
        except Exception as error:  # noqa: BLE001
            self._faults.note(part, error)
