"""The seam for layers beside the graph's own families: sleep, cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from astrolabe.graph.delta import Delta
from astrolabe.metrics.family import Family

Publish: TypeAlias = Callable[[Family, str, str], None]
"""Set the text (all samples, from `Family.line`) that a key has in a family; empty text removes it.

The key orders the rows. Where it begins with an id's kind and a slash, `?kind[]=` finds it.
"""


class Source(Protocol):
    """Derives families of its own from the graph's deltas, and from the passing of time."""

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that it publishes."""
        ...

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish; called once, before anything else."""
        ...

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed, and publish what follows from it at once."""
        ...

    def refresh(self, now: float) -> None:
        """Bring what depends on time up to date (`now` in Unix seconds); called before each snapshot.

        It has to be quick: it costs what is asleep or priced, not what exists.
        """
        ...
