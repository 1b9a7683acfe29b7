"""The clusters that a process watches, and the data about all of them together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry

from astrolabe.api.authentication import SHOWN
from astrolabe.api.authorization import Reviewer
from astrolabe.api.clusters.inventory import Inventory
from astrolabe.api.clusters.member import Member
from astrolabe.api.state import State
from astrolabe.metrics.clusters import INFO, UP, Families, InfoFamily, TelemetryOfAll, Told, UpFamily
from astrolabe.metrics.process import ProcessTelemetry
from astrolabe.scheduling.scheduler import Scheduler


class Members:
    """All clusters, in the order in which they came to be followed."""

    def __init__(self, inventory: Inventory | None = None) -> None:
        """Take where the clusters are named, where that is watched."""
        self.inventory = inventory
        self.members: dict[str, Member] = {}
        self.scheduler = Scheduler()
        """All clusters take turns of it."""
        self.process = ProcessTelemetry(CollectorRegistry(auto_describe=True))

    def add(self, name: str) -> Member:
        """Take in a cluster that is to be followed."""
        member = self.members[name] = Member(name)
        return member

    def remove(self, name: str) -> None:
        """Take out a cluster that is followed no longer."""
        del self.members[name]

    def reviewers(self, cluster: str) -> Mapping[str, Reviewer]:
        """Return who judges what is asked of a cluster, or of all; see `authentication.Reviewers`.

        An API server that does not answer is not asked about all: it would hold up who may see the others.
        """
        asked = [self.members[cluster]] if cluster else [each for each in self.members.values() if each.up]
        return {each.name: each.reviewer for each in asked if each.reviewer is not None}

    def shown(self, request: web.Request) -> list[Member]:
        """Return the clusters that a request may see."""
        shown = request.get(SHOWN)
        return [each for each in self.members.values() if shown is None or each.name in shown]

    # Scraping

    def states(self, request: web.Request) -> Sequence[State]:
        """See `scrape.Scraped`."""
        return [member.state for member in self.shown(request) if member.state is not None]

    def own(self, request: web.Request, names: Collection[str]) -> Families:
        """See `scrape.Scraped`."""
        return TelemetryOfAll(self._told(request, names))

    def _told(self, request: web.Request, names: Collection[str]) -> Iterator[Told]:
        registry = self.process.registry
        series = [name + suffix for name in names for suffix in ("", "_bucket", "_count", "_sum")]
        yield Told("", registry.restricted_registry(series) if names else registry)
        if not names or UP in names:
            yield Told("", UpFamily({member.name: member.up for member in self.shown(request)}))
        if not names or INFO in names:
            followed = [member for member in self.shown(request) if member.state is not None]
            yield Told("", InfoFamily({member.name: member.server() for member in followed}))
        if self.inventory is not None:
            yield Told("", self.inventory.telemetry.restricted(names))
        for state in self.states(request):
            yield Told(state.cluster, state.telemetry.restricted(names))
