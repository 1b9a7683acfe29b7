"""Cost as a source of metrics: listens to the graph's deltas and to sleep, and keeps no copy of objects."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

from astrolabe.derived.cost import families, rendering
from astrolabe.derived.cost.families import FAMILIES
from astrolabe.derived.cost.holdings import Holdings
from astrolabe.derived.cost.hourly import Hourly, Saved, of_claim, of_workload
from astrolabe.derived.cost.pricefile import PriceFile
from astrolabe.derived.cost.savings import Savings
from astrolabe.derived.cost.sleepers import MILLI, Remembered, Sleepers
from astrolabe.derived.sleep.seam import Asleep, SleepView
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Facts
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import ReplicasDetail
from astrolabe.metrics.family import Family
from astrolabe.metrics.source import Publish

CO2_PER_POD_YEAR = 11.0
"""Kilograms, by kube-green's own estimate."""

WORKLOADS_PER_RENDERING = 64
"""Workloads that are rendered together: the Pods of one come one after the other, and are one change."""

_CLAIM = "PersistentVolumeClaim"
_LATEST = sys.maxsize

_Samples: TypeAlias = dict[tuple[Family, str], tuple[tuple[str, ...], float]]
"""Labels and value by family and key."""


class CostSource:
    """Everything that is published of cost: a `metrics.source.Source`."""

    def __init__(
        self,
        graph: Relations,
        sleep: SleepView,
        prices: PriceFile | None = None,
        *,
        co2: float = CO2_PER_POD_YEAR,
        remembered: Remembered | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._graph = graph
        self._sleep = sleep
        self._file = prices or PriceFile()
        self._prices = self._file.prices
        self._clock = now
        self._holdings = Holdings()
        self._sleepers = Sleepers(
            graph,
            sleep,
            self._holdings,
            prices=self._prices,
            co2=co2,
            start=self._now(),
            remembered=remembered,
        )
        self._shown: _Samples = {}
        self._left: _Samples = {}
        """What an earlier process had saved."""
        self._offered: dict[str, set[str]] = {}
        self._publish: Publish = _nowhere
        self._handlers: dict[str, Callable[[Node | None, Node | None], None]] = {
            "Pod": self._holdings.pod,
            _CLAIM: self._claim,
            "HorizontalPodAutoscaler": self._autoscaler,
            "SleepInfo": self._sleepinfo,
            "Node": self._node,
            **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), self._replicated),
        }
        self._placed = sleep.placed
        sleep.listen(self._turned)
        sleep.listen_environments(self._moved)
        sleep.listen_forgotten(self._sleepers.forget)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that it publishes."""
        return FAMILIES

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that cost something, or bear on what others cost."""
        return frozenset(self._handlers)

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish, and publish the prices."""
        self._publish = publish
        savings = self._sleepers.savings
        self._sleep.account(savings.places())
        self._left = _saved(savings, savings.beginning, savings.places())
        self._show_prices()

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed."""
        for before, after in delta.nodes.values():
            some = after or before
            assert some is not None
            # A Node comes last: the Pods that change with it were counted by what it was.
            self._handlers[some.facts.kind](before, after)
        if len(self._holdings.changed) > WORKLOADS_PER_RENDERING:
            self._show_workloads()

    def refresh(self, now: float) -> None:
        """Bring everything up to date: what changed, and what is being saved."""
        at = round(now * MILLI)
        if self._file.reload():
            self._reprice(at)
        if self._sleep.placed and not self._placed:
            self._placed = True
            self._show_claims()
        self._show_workloads()
        self._show_savings(at)

    def remember(self, behind: float = 0.0) -> Remembered:
        """Return what to carry over a restart, as of so many seconds ago.

        What is told later than it happened counts from when it happened, unless that is before this time.
        Only once the workloads are known: sleeps that were not found again by then would not count.
        """
        return self._sleepers.remember(self._now() - round(behind * MILLI))

    def take_up(self, kept: Remembered) -> None:
        """Show no less than another process did, whose counters are to go on here."""
        self._sleepers.savings.at_least(kept.savings)

    # What others ask

    def priced(self) -> list[str]:
        """Return the ids of workloads and claims, those that cost nothing included."""
        found = list(self._holdings.workloads)
        for namespace in self._graph.namespaces():
            found += self._graph.of_kind(_CLAIM, namespace)
        return found

    def hourly(self, key: str) -> Hourly | None:
        """Return what a workload or a claim costs now; None where it has no costs."""
        workload = self._holdings.workloads.get(key)
        if workload is not None:
            return None if workload.empty else of_workload(workload, self._prices)
        node = self._graph.get(key)
        return of_claim(node.facts, self._prices) if node is not None else None

    def saved(self) -> dict[str, Saved]:
        """Return what sleeping saved by environment, as published last."""
        found: dict[str, Saved] = {}
        for (family, _), (labels, value) in self._shown.items():
            saved = found.get(labels[0], Saved())
            if family is families.SAVINGS:
                found[labels[0]] = saved._replace(dollars=saved.dollars + value)
            elif family is families.CO2:
                found[labels[0]] = saved._replace(grams=value)
            elif family is families.SAVINGS_ESTIMATE:
                found[labels[0]] = saved._replace(**{labels[1]: value})
        return found

    def _now(self) -> int:
        return round(self._clock() * MILLI)

    # What changes

    def _turned(self, sleep: Asleep) -> None:
        self._sleepers.turned(sleep, self._now())

    def _moved(self, namespace: str) -> None:
        self._sleepers.moved(namespace, self._now())
        for key, workload in self._holdings.workloads.items():
            if workload.namespace == namespace:
                self._holdings.changed.add(key)
        for claim in self._graph.of_kind(_CLAIM, namespace):
            self._claim(None, self._graph.get(claim))

    def _replicated(self, before: Node | None, after: Node | None) -> None:
        some = after or before
        assert some is not None
        was, is_now = (node is not None and node.root is None for node in (before, after))
        if was != is_now:
            facts = some.facts
            self._holdings.workload(facts.kind, facts.namespace, facts.name).present = is_now
        if before is None or after is None:
            return
        if before.root != after.root or before.facts.detail != after.facts.detail:
            self._sleepers.recharge(after.id, min(self._now(), _written(before.facts, after.facts)))

    def _autoscaler(self, before: Node | None, after: Node | None) -> None:
        self._sleepers.autoscaler(before, after, self._now())

    def _sleepinfo(self, before: Node | None, after: Node | None) -> None:
        some = after or before
        assert some is not None
        offers = self._offered.setdefault(some.facts.namespace, set())
        (offers.discard if after is None else offers.add)(some.id)
        if not offers:
            del self._offered[some.facts.namespace]

    def _node(self, before: Node | None, after: Node | None) -> None:
        some = after or before
        assert some is not None
        spot = after is not None and self._prices.is_spot(after.facts.labels)
        self._holdings.respot(some.facts.name, self._pods_on(some), spot=spot)

    def _pods_on(self, node: Node) -> Iterator[Node]:
        for edge in self._graph.referred(node):
            if edge.type == "runs-on" and (pod := self._graph.get(edge.source)) is not None:
                yield pod

    def _reprice(self, now: int) -> None:
        before, self._prices = self._prices, self._file.prices
        self._sleepers.prices = self._prices
        if (before.spot_label, before.spot_label_value) != (
            self._prices.spot_label,
            self._prices.spot_label_value,
        ):
            for node in self._graph.of_kind("Node"):
                found = self._graph.get(node)
                self._node(found, found)
        self._sleepers.recharge_all(now)
        self._holdings.changed.update(self._holdings.workloads)
        self._show_claims()
        self._show_prices()

    # What is shown

    def _show_claims(self) -> None:
        for namespace in self._graph.namespaces():
            for claim in self._graph.of_kind(_CLAIM, namespace):
                self._claim(None, self._graph.get(claim))

    def _claim(self, before: Node | None, after: Node | None) -> None:
        some = after or before
        assert some is not None
        if not self._placed:
            return
        environment = self._sleep.environment_of(some.facts.namespace)
        text = rendering.claim(after.facts, environment, self._prices) if after is not None else ""
        self._publish(families.VOLUME_COST, some.id, text)

    def _show_workloads(self) -> None:
        if not self._placed:
            return
        for key in list(self._holdings.changed):
            workload = self._holdings.take(key)
            costs = baseline = ""
            if workload is not None:
                environment = self._sleep.environment_of(workload.namespace)
                costs, baseline = rendering.workload(workload, environment, self._prices)
            self._publish(families.WORKLOAD_COST, key, costs)
            self._publish(families.BASELINE_COST, key, baseline)

    def _show_savings(self, now: int) -> None:
        savings, offered = self._sleepers.savings, set()
        if self._placed:
            offered = {(self._sleep.environment_of(namespace), namespace) for namespace in self._offered}
        if self._sleep.behind:
            # A counter cannot take back what turns out not to have been saved: nothing has been since.
            samples = _saved(Savings(now), now, offered) | self._left
        else:
            samples = _saved(savings, now, offered | savings.places())
        for namespace, number in self._sleepers.unpriced.items():
            environment = self._sleep.environment_of(namespace)
            samples[families.UNPRICED, namespace] = (namespace, environment), number
        self._replace(samples)

    def _replace(self, samples: _Samples) -> None:
        """Publish what differs from the last time."""
        shown, self._shown = self._shown, samples
        for family, key in shown.keys() - samples.keys():
            self._publish(family, key, "")
        for (family, key), sample in samples.items():
            if shown.get((family, key)) != sample:
                self._publish(family, key, family.line(*sample))

    def _show_prices(self) -> None:
        self._publish(families.PRICE, "", rendering.prices(self._prices))
        self._publish(families.PRICES_VALID, "", families.PRICES_VALID.line((), int(self._file.valid)))


def _saved(savings: Savings, now: int, places: set[tuple[str, str]]) -> _Samples:
    """Return what was saved in some environments and namespaces, all of them that there are."""
    samples: _Samples = {}
    for place in places:
        samples[families.SAVINGS, "/".join(place)] = place, savings.dollars(*place, now)
    for environment in {environment for environment, _ in places}:
        samples[families.CO2, environment] = (environment,), 1000 * savings.kilograms(environment, now)
        for period, dollars in savings.trailing(environment, now).items():
            key = f"{environment}/{period}"
            samples[families.SAVINGS_ESTIMATE, key] = (environment, period), dollars
    return samples


def _written(before: Facts, after: Facts) -> int:
    """Return when another template was written, in milliseconds; infinitely late where nobody knows."""
    old, new = before.detail, after.detail
    if not isinstance(old, ReplicasDetail) or not isinstance(new, ReplicasDetail) or new.dates is None:
        return _LATEST
    same = (old.requests, old.node_selector) == (new.requests, new.node_selector)
    return _LATEST if same or not new.dates.template else round(new.dates.template * MILLI)


def _nowhere(_family: Family, _key: str, _text: str) -> None:
    """Take what is published before there is a page."""
