"""The families of cost. Their meaning for users is told in docs/metrics/cost.md, which a test compares."""

from __future__ import annotations

from astrolabe.metrics.family import Family

_WORKLOAD = ("namespace", "workload_kind", "workload", "environment")

WORKLOAD_COST = Family(
    "astrolabe_workload_cost_hourly_dollars",
    "gauge",
    "What the Pods of a workload cost an hour at the moment, by their requests.",
    (*_WORKLOAD, "resource"),
)
BASELINE_COST = Family(
    "astrolabe_workload_baseline_cost_hourly_dollars",
    "gauge",
    "What a workload would cost an hour if it were awake.",
    _WORKLOAD,
)
VOLUME_COST = Family(
    "astrolabe_volume_cost_hourly_dollars",
    "gauge",
    "What the volume of a claim costs an hour, by its capacity.",
    ("namespace", "persistentvolumeclaim", "environment", "storageclass"),
)
UNPRICED = Family(
    "astrolabe_unpriced_workloads",
    "gauge",
    "Sleeping workloads that were never seen awake, so no savings are counted for them.",
    ("namespace", "environment"),
)
PRICE = Family(
    "astrolabe_price_dollars",
    "gauge",
    "The prices for costs and savings, after discounts.",
    ("resource", "unit"),
)
PRICES_VALID = Family(
    "astrolabe_prices_last_reload_successful",
    "gauge",
    "1 if the price file was valid at the last read, 0 while older prices are used.",
    (),
)
SAVINGS = Family(
    "kube_green_cost_savings_dollars_total",
    "counter",
    "What sleeping has saved, in dollars.",
    ("environment", "namespace"),
)
SAVINGS_ESTIMATE = Family(
    "kube_green_cost_savings_estimate_dollars",
    "gauge",
    "What sleeping saved in the last 24 hours (daily), 7 days (weekly), 30 days (monthly), in dollars.",
    ("environment", "time_period"),
)
CO2 = Family(
    "kube_green_co2_savings_estimate_grams_total",
    "counter",
    "CO2 equivalent that sleeping has saved, in grams, at a fixed rate for each Pod and year.",
    ("environment",),
)

ACCUMULATED = frozenset({SAVINGS, SAVINGS_ESTIMATE, CO2})
"""What adds up over time: of several replicas one exposes it."""

FAMILIES: tuple[Family, ...] = (
    WORKLOAD_COST,
    BASELINE_COST,
    VOLUME_COST,
    UNPRICED,
    PRICE,
    PRICES_VALID,
    SAVINGS,
    SAVINGS_ESTIMATE,
    CO2,
)
