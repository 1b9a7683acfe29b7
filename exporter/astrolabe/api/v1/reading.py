"""What the handlers of this API share: the graph, its moments, its document, problems, answers under way."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from astrolabe.api.v1.answers import Answers
from astrolabe.api.v1.broken import BrokenNow
from astrolabe.api.v1.consistent import ConsistentReads, Stamp
from astrolabe.api.v1.document import Document
from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.graph.relations import Relations
from astrolabe.scheduling.scheduler import Scheduler


class Reading(Follower):
    """Everything that outlives a request."""

    def __init__(self, graph: Relations, scheduler: Scheduler, mark: Callable[[], str] = str) -> None:
        self.graph = graph
        self.scheduler = scheduler
        self.moments = ConsistentReads(graph, scheduler)
        self.document = Document(graph, scheduler, self.stamp)
        self.answers = Answers(scheduler)
        self.broken = BrokenNow(graph, scheduler, lambda: self.moments.revision)
        self._mark = mark

    def follow(self, delta: Delta) -> None:
        """Note what changed; called by the writer."""
        self.moments.follow(delta)
        self.document.follow(delta)

    def lost(self) -> None:
        """Take nothing as known that was read so far."""
        self.moments.lost()
        self.document.lost()

    def stamp(self) -> Stamp:
        """Return which state the graph is in."""
        return Stamp(self.moments.revision, self._mark())


READING = web.AppKey("reading", Reading)
