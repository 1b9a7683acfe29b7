"""What the HTTP side may read, and nothing of how it comes about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from aiohttp import web

from astrolabe.api.v1.feed import Feed
from astrolabe.derived.access.access import Access
from astrolabe.graph.delta import Delta
from astrolabe.graph.relations import Relations
from astrolabe.kube.observer import WatchState
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.telemetry import Telemetry


class Following(Protocol):
    """How the following of the API server is doing."""

    error: str

    @property
    def states(self) -> Sequence[WatchState]:
        """Each resource and scope."""
        ...

    @property
    def ready(self) -> bool:
        """Whether everything has listed once or is forbidden."""
        ...


class State(NamedTuple):
    """The parts that requests are answered from."""

    graph: Relations
    exposition: Exposition
    telemetry: Telemetry
    following: Following
    listeners: list[Callable[[Delta], None]]
    """Called with every delta, right after the graph has changed; pages that follow it join them."""
    feed: Feed
    access: Access


STATE = web.AppKey("state", State)
