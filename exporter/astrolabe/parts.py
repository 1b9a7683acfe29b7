"""Builds an exporter from its settings: the graph, and its followers on one bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from astrolabe.api.authentication import Reviewers
from astrolabe.api.port import Port
from astrolabe.api.protection import Protection
from astrolabe.api.v1.feed import Feed
from astrolabe.bus import Bus
from astrolabe.derived.access.access import Access
from astrolabe.derived.access.findings.catalogue import Silences
from astrolabe.derived.access.source import AccessSource
from astrolabe.derived.changes.recent import Recent
from astrolabe.derived.cost import families as cost
from astrolabe.derived.cost.pricefile import PriceFile
from astrolabe.derived.cost.prices import PriceError
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep import families as sleep
from astrolabe.derived.sleep.beginning import Progress
from astrolabe.derived.sleep.environment import EnvironmentsError, Rule, parse
from astrolabe.derived.sleep.overslept import Notes as Overslept
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.coverage import Coverage
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.kind import Kind
from astrolabe.metrics.exposed import ExposedMetrics
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.process import ProcessTelemetry
from astrolabe.metrics.shares import Shares
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.persistence.state import Restored
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.settings import Settings, SettingsError
from astrolabe.watchlist import Watchlist

ACCUMULATED = sleep.ACCUMULATED | cost.ACCUMULATED
"""What only one of several replicas exposes: the one that holds the lease."""


class Among(NamedTuple):
    """What the exporter of a cluster shares with others in its process, and what tells it from them."""

    cluster: str
    """The value of the label `cluster`."""
    process: ProcessTelemetry
    scheduler: Scheduler
    """All take turns; each of them counts as one, however much it has to do."""


class Parts:
    """The parts of one exporter, joined; `Application` feeds and runs them."""

    def __init__(
        self,
        settings: Settings,
        kinds: tuple[Kind, ...],
        restored: Restored,
        *,
        progress: Callable[[str], Progress],
        now: Callable[[], float],
        elapsed: Callable[[], float],
        leads: Callable[[], bool],
        serves: bool = True,
        among: Among | None = None,
    ) -> None:
        """Ask `progress` how far a kind, as in `Facts.kind`, is known. Raises `SettingsError`.

        Ask `leads` whether to expose what accumulates.
        Without `serves` nobody reads the graph here: what is worked out for readers alone is left out.
        """
        self.watchlist = Watchlist(settings, kinds)
        part = self.watchlist.part
        self.graph = Graph(JUDGES, Coverage(part.within if part is not None else None))
        self.telemetry = Telemetry(
            shard=settings.shard,
            total_shards=settings.total_shards,
            process=among.process if among is not None else None,
        )
        self.sleep = SleepSource(
            self.graph,
            environments=_environments(settings),
            environment_label=settings.environment_label,
            ledger=restored.ledger,
            progress=progress,
            now=now,
            elapsed=elapsed,
        )
        self.overslept = Overslept(self.graph, self.sleep.overslept)
        self.cost = CostSource(
            self.graph,
            self.sleep,
            _prices(settings),
            co2=settings.co2_per_pod_year,
            remembered=restored.cost,
            now=now,
        )
        self.access = Access(
            self.graph,
            guarded=settings.access_guarded_namespaces,
            silences=Silences(settings.access_silence),
            remembered=restored.access,
            now=now,
        )
        self.access_source = AccessSource(
            self.access, hide_names=settings.access_hide_names, faults=self.telemetry.faults
        )
        self.recent = Recent(self.graph, now, restored.changes)
        sources = (self.sleep, self.cost, self.recent)
        # What should be awake by now counts for the status of workloads, whoever reads it.
        followers = sources if serves else (self.sleep,)
        self.scheduler = among.scheduler.group() if among is not None else Scheduler()
        """For whatever takes a while."""
        self.bus = Bus(self.telemetry.faults)
        """Tells everybody below what became of the graph, in this order."""
        self.exposition = Exposition(
            self.graph,
            _exposed(settings, self.watchlist),
            more=[family for source in (*sources, self.access_source) for family in source.families],
            refresh=self.bus.refresh,
            scheduler=self.scheduler,
            now=now,
            faults=self.telemetry.faults,
            withheld=lambda: () if leads() else ACCUMULATED,
            cluster=among.cluster if among is not None else "",
        )
        self.telemetry.queue("rows", lambda: self.exposition.backlog)
        self.telemetry.queue("turns", lambda: self.scheduler.waiting)
        self.feed = Feed(self.graph, self.telemetry.faults)
        self.access_source.attach(self.exposition.publish_derived)
        self.access.listen(self.feed.access)
        if serves:
            self.bus.add("rows", self.exposition)
        self.bus.add_sources(followers, self.exposition.publish_derived, self.graph)
        if serves:
            self.bus.add("access", self.access_source)
            self.bus.add("changes", self.feed)


def ports_of(settings: Settings, *, serves: bool = True) -> list[Port]:
    """Return what to listen on, and what is served there; see `Parts` for `serves`."""
    if not serves:
        return [Port(settings.port, graph=False)]
    if settings.telemetry_port == 0:
        return [Port(settings.port, telemetry=True)]
    return [
        Port(settings.port, telemetry=False),
        Port(settings.telemetry_port, telemetry=True, graph=False, flag="--telemetry-port"),
    ]


def protection_by(settings: Settings, reviewers: Reviewers) -> Protection:
    """Return who may read, and how, as the settings have it. Raises `UnusableFile`."""
    return Protection(
        cert_file=settings.tls_cert_file,
        key_file=settings.tls_key_file,
        client_ca_file=settings.tls_client_ca_file,
        token_file=settings.web_token_file,
        users_file=settings.web_users_file,
        reviewers=reviewers if settings.authorization == "kubernetes" else None,
        cors_origins=settings.cors_origins,
    )


def _exposed(settings: Settings, watchlist: Watchlist) -> ExposedMetrics:
    return ExposedMetrics(
        metrics=settings.metrics,
        metrics_denied=settings.metrics_denied,
        metrics_opt_in=settings.metrics_opt_in,
        edge_types=settings.edge_types,
        template_edges=settings.template_edges,
        labels=watchlist.labels,
        cause_messages=settings.cause_messages,
        shard=settings.shard,
        total_shards=settings.total_shards,
        shares=Shares(watchlist.part.shard) if watchlist.part is not None else None,
    )


def _environments(settings: Settings) -> tuple[Rule, ...]:
    try:
        return parse(settings.environments)
    except EnvironmentsError as error:
        raise SettingsError(f"environments: {error}") from None


def _prices(settings: Settings) -> PriceFile:
    try:
        return PriceFile(settings.price_file)
    except PriceError as error:
        raise SettingsError(str(error)) from None
