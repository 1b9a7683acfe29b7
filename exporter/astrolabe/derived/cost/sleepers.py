"""Follows which workloads sleep, and keeps what each of them saves up to date."""

from __future__ import annotations

from collections import Counter

import msgspec

from astrolabe.derived.cost.baseline import Mix, cost_of, mix_of, replicas_of
from astrolabe.derived.cost.holdings import Holdings
from astrolabe.derived.cost.prices import Prices
from astrolabe.derived.cost.savings import Carried, Rate, Savings
from astrolabe.derived.sleep.seam import Asleep, SleepView
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import object_id
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import ReplicasDetail, ScaleDetail

MILLI = 1000
NANOGRAMS = 10**12
"""In a kilogram."""


class Remembered(msgspec.Struct):
    """What a restart would lose of cost. It is plain data, to be encoded as JSON or otherwise."""

    savings: Carried
    mixes: dict[str, Mix] = {}
    """By the id of a sleeping workload."""


class _Sleeper(msgspec.Struct):
    """A sleeping workload that keeps replicas."""

    sleep: Asleep
    row: str = ""
    """The id of the workload that its cost is shown under; empty while it is shown nowhere."""
    own: bool = False
    """Whether that is itself."""
    money: int = 0
    known: bool = True


class Sleepers:
    """Every Deployment and StatefulSet that sleeps. CronJobs sleep at no price, and are left out."""

    def __init__(
        self,
        graph: Relations,
        sleep: SleepView,
        holdings: Holdings,
        *,
        prices: Prices,
        co2: float,
        start: int,
        remembered: Remembered | None = None,
    ) -> None:
        self._graph = graph
        self._sleep = sleep
        self._holdings = holdings
        self.prices = prices
        self._carbon = round(co2 * NANOGRAMS)
        self.savings = Savings(start, remembered.savings if remembered is not None else None)
        self._mixes = dict(remembered.mixes) if remembered is not None else {}
        """By the id of a sleeping workload; at first also of those that are not found asleep again."""
        self._asleep: dict[str, _Sleeper] = {}
        self.unpriced: Counter[str] = Counter()
        """Sleeping workloads with unknown baseline, by namespace."""

    def turned(self, sleep: Asleep, now: int) -> None:
        """Take in the beginning or the end of a sleep."""
        if sleep.until is not None:
            self._end(sleep.id, round(sleep.until * MILLI))
            return
        node = self._graph.get(sleep.id)
        if node is None or not isinstance(node.facts.detail, ReplicasDetail) or sleep.id in self._asleep:
            return
        mix = self._mixes.pop(node.id, None)
        if mix is None or mix.uid != node.facts.uid:
            # The Pods of one that was found asleep may be of any time, and heard of in any order.
            mix = (
                mix_of(node, self._holdings.workloads.get(row_of(node))) if self._sleep.saw(node.id) else None
            )
        if mix is not None:
            self._mixes[node.id] = mix
        self._asleep[sleep.id] = _Sleeper(sleep)
        namespace = node.facts.namespace
        since = min(round(sleep.since * MILLI), now)
        self.savings.begin(node.id, self._sleep.environment_of(namespace), namespace, since, self._rate(node))

    def _end(self, workload: str, until: int) -> None:
        sleeper = self._asleep.pop(workload, None)
        if sleeper is not None:
            self._show(sleeper, None, 0, known=True)
            self.savings.end(workload, until)
            self._mixes.pop(workload, None)

    def recharge(self, workload: str, now: int) -> None:
        """Work out again what a workload saves from a time on, if it sleeps."""
        node = self._graph.get(workload)
        if workload in self._asleep and node is not None:
            environment = self._sleep.environment_of(node.facts.namespace)
            self.savings.change(workload, environment, self._rate(node), now)

    def recharge_all(self, now: int) -> None:
        """Work out again what every workload saves from now on."""
        for workload in self._asleep:
            self.recharge(workload, now)

    def moved(self, namespace: str, now: int) -> None:
        """Take in that a namespace belongs to another environment from now on."""
        for workload, sleeper in self._asleep.items():
            if sleeper.sleep.id.split("/", 2)[1] == namespace:
                self.recharge(workload, now)

    def autoscaler(self, before: Node | None, after: Node | None, now: int) -> None:
        """Take in a change of an autoscaler, whose minimum may be the only baseline there is."""
        for node in (before, after):
            if node is not None and isinstance(node.facts.detail, ScaleDetail):
                target = node.facts.detail.target
                self.recharge(object_id(target.kind, target.namespace, target.name), now)

    def _rate(self, node: Node) -> Rate:
        """Return what a sleeping workload saves now, and note it where its cost is shown."""
        sleeper, detail = self._asleep[node.id], node.facts.detail
        assert isinstance(detail, ReplicasDetail)
        baseline = replicas_of(node, sleeper.sleep, self._graph)
        # It has none now: where the object says otherwise, its end is about to be told, with its time.
        replicas = baseline or 0
        money = cost_of(detail, self._mixes.get(node.id), replicas, self.prices)
        self._show(sleeper, node, money, known=baseline is not None)
        return Rate(money, replicas * self._carbon)

    def _show(self, sleeper: _Sleeper, node: Node | None, money: int, *, known: bool) -> None:
        """Note what a sleeper saves where its cost is shown; without a node it is shown no more."""
        namespace = sleeper.sleep.id.split("/", 2)[1]
        if known != sleeper.known:
            self.unpriced[namespace] += 1 if sleeper.known else -1
            sleeper.known = known
            if not self.unpriced[namespace]:
                del self.unpriced[namespace]
        row = row_of(node) if node is not None else ""
        if row != sleeper.row:
            self._note(sleeper, 0)
            sleeper.row, sleeper.own = row, row == sleeper.sleep.id
        self._note(sleeper, money)

    def _note(self, sleeper: _Sleeper, money: int) -> None:
        if sleeper.row:
            row = self._holdings.workload(*sleeper.row.split("/", 2))
            if sleeper.own:
                row.own = money
            else:
                row.saved += money - sleeper.money
        sleeper.money = money

    def forget(self, place: tuple[str, str]) -> None:
        """Drop what was saved in an environment and namespace that are gone."""
        environment, namespace = place
        self.savings.forget(environment, namespace, whole=not self._sleep.has(environment))

    def remember(self, now: int) -> Remembered:
        """Return what to carry over a restart."""
        mixes = {workload: mix for workload, mix in self._mixes.items() if workload in self._asleep}
        return Remembered(self.savings.carry(now), mixes)


def row_of(node: Node) -> str:
    """Return the id of the workload that a workload's cost is shown under: its topmost controller."""
    root = node.root
    return object_id(root.kind, node.facts.namespace, root.name) if root is not None else node.id
