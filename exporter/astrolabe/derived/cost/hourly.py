"""What a workload or a volume costs an hour, as plain data: for who asks for it otherwise than in metrics."""

from __future__ import annotations

from typing import NamedTuple

from astrolabe.derived.cost.holdings import Workload
from astrolabe.derived.cost.prices import PICO, Prices
from astrolabe.graph.facts import Facts
from astrolabe.kinds.models.details import ClaimDetail


class Hourly(NamedTuple):
    """Dollars an hour."""

    kind: str
    namespace: str
    name: str
    pods: int
    """Those that hold something on a Node now."""
    cpu: float
    memory: float
    gpu: float
    storage: float
    awake: float
    """All of it together, if the workload were awake."""

    @property
    def total(self) -> float:
        """What it costs now."""
        return self.cpu + self.memory + self.gpu + self.storage


class Saved(NamedTuple):
    """What sleeping saved in an environment, in dollars and grams of CO2."""

    dollars: float = 0.0
    grams: float = 0.0
    daily: float = 0.0
    weekly: float = 0.0
    monthly: float = 0.0


def of_workload(workload: Workload, prices: Prices) -> Hourly:
    """Return what the Pods of a workload cost, by their requests."""
    costs = workload.costs(prices)
    cpu, memory, gpu = (cost / PICO for cost in costs)
    return Hourly(
        workload.kind,
        workload.namespace,
        workload.name,
        workload.normal.pods + workload.spot.pods,
        cpu,
        memory,
        gpu,
        0.0,
        workload.baseline(sum(costs)) / PICO,
    )


def of_claim(facts: Facts, prices: Prices) -> Hourly | None:
    """Return what the volume of a claim costs, asleep or awake; None while there is none."""
    detail = facts.detail
    if not isinstance(detail, ClaimDetail) or not detail.capacity:
        return None
    cost = prices.of_volume(detail.capacity, detail.storage_class) / PICO
    return Hourly(facts.kind, facts.namespace, facts.name, 0, 0.0, 0.0, 0.0, cost, cost)
