"""How workloads, claims and prices read on the page. Pure."""

from __future__ import annotations

from astrolabe.derived.cost import families
from astrolabe.derived.cost.holdings import Workload
from astrolabe.derived.cost.prices import PICO, Prices
from astrolabe.graph.facts import Facts
from astrolabe.kinds.models.details import ClaimDetail


def workload(workload: Workload, environment: str, prices: Prices) -> tuple[str, str]:
    """Render what a workload costs now, and what it would awake. GPUs are named where there are any."""
    labels = (workload.namespace, workload.kind, workload.name, environment)
    cpu, memory, gpu = workload.costs(prices)
    line = families.WORKLOAD_COST.line
    shown = line((*labels, "cpu"), cpu / PICO) + line((*labels, "memory"), memory / PICO)
    if workload.normal.gpu or workload.spot.gpu:
        shown += line((*labels, "gpu"), gpu / PICO)
    baseline = workload.baseline(cpu + memory + gpu) / PICO
    return shown, families.BASELINE_COST.line(labels, baseline)


def claim(facts: Facts, environment: str, prices: Prices) -> str:
    """Render what the volume of a claim costs; nothing while there is none."""
    detail = facts.detail
    if not isinstance(detail, ClaimDetail) or not detail.capacity:
        return ""
    cost = prices.of_volume(detail.capacity, detail.storage_class)
    labels = (facts.namespace, facts.name, environment, detail.storage_class)
    return families.VOLUME_COST.line(labels, cost / PICO)


def prices(prices: Prices) -> str:
    """Render every price in force."""
    named = {
        ("cpu", "core-hour"): prices.cpu,
        ("memory", "GiB-hour"): prices.memory,
        ("gpu", "GPU-hour"): prices.gpu,
        ("storage", "GiB-hour"): prices.storage,
    }
    if prices.spot_label:
        named["spot_cpu", "core-hour"] = prices.spot_cpu
        named["spot_memory", "GiB-hour"] = prices.spot_memory
        named["spot_gpu", "GPU-hour"] = prices.spot_gpu
    for storage_class, price in prices.storage_classes.items():
        named[f"storage/{storage_class}", "GiB-hour"] = price
    return "".join(families.PRICE.line(labels, price / PICO) for labels, price in named.items())
