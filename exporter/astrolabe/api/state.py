"""The data that the HTTP side may read, independent of how it is computed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from aiohttp import web

from astrolabe.api.v1.feed import Feed
from astrolabe.bus import Bus
from astrolabe.derived.access.access import Access
from astrolabe.derived.changes.recent import Recent
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.relations import Relations
from astrolabe.kube.observer import WatchState
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.scheduling.scheduler import Scheduler


class Following(Protocol):
    """How the following of the API server is doing."""

    discovered: bool
    """Whether it is known what the API server serves."""

    @property
    def error(self) -> str:
        """Why discovery failed last, in one line; empty while it works."""
        ...

    @property
    def states(self) -> Sequence[WatchState]:
        """Each resource and scope."""
        ...

    @property
    def ready(self) -> bool:
        """Whether everything has listed once, is forbidden, or fails again and again while others do not."""
        ...

    @property
    def usable(self) -> bool:
        """Whether everything is ready, or shown as an earlier process knew it."""
        ...

    @property
    def broken(self) -> Collection[str]:
        """Groups whose own server does not answer, and in which there may be something wanted."""
        ...


class State(NamedTuple):
    """The parts that requests are answered from."""

    graph: Relations
    exposition: Exposition
    telemetry: Telemetry
    following: Following
    bus: Bus
    """Tells what follows the graph; pages that do join it."""
    scheduler: Scheduler
    """Shares the event loop."""
    feed: Feed
    access: Access
    recent: Recent
    """What changed lately."""
    sleep: SleepSource
    cost: CostSource
    cluster: str = ""
    """The value of the label `cluster`, where the process follows other clusters as well."""


STATE = web.AppKey("state", State)
