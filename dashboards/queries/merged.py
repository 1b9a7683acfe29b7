"""What several exporters say of one cluster, put together.

Replicas say the same, so each series is taken once, whatever instance told it. Shards share the work: nearly
every series comes from one shard alone. Some are counted by each shard for its own part; these are added up.
"""

from __future__ import annotations

from dashboards.queries.promql import CLUSTER

_WORKLOAD = ("namespace", "workload_kind", "workload", "environment")
LABELS = {
    "astrolabe_access_readers_gained_total": ("namespace",),
    "astrolabe_cause_affected": ("id",),
    "astrolabe_decode_errors_total": ("resource",),
    "astrolabe_edges": ("type",),
    "astrolabe_environment_sleep_ratio": ("environment",),
    "astrolabe_impact": ("id", "kind", "namespace", "name"),
    "astrolabe_resources": ("kind", "namespace", "status"),
    "astrolabe_unpriced_workloads": ("namespace", "environment"),
    "astrolabe_volume_cost_hourly_dollars": (
        "namespace",
        "persistentvolumeclaim",
        "environment",
        "storageclass",
    ),
    "astrolabe_watch_events_total": ("resource", "type"),
    "astrolabe_workload_baseline_cost_hourly_dollars": _WORKLOAD,
    "astrolabe_workload_cost_hourly_dollars": (*_WORKLOAD, "resource"),
    "astrolabe_workload_scale_total": ("namespace", "actor", "direction"),
    "kube_green_co2_savings_estimate_grams_total": ("environment",),
    "kube_green_cost_savings_dollars_total": ("environment", "namespace"),
    "kube_green_cost_savings_estimate_dollars": ("environment", "time_period"),
    "kube_green_operation_duration_seconds_count": ("environment", "operation"),
    "kube_green_operation_duration_seconds_sum": ("environment", "operation"),
    "kube_green_resources_scaled_total": ("environment", "resource_type", "namespace", "direction"),
    "kube_green_sleep_operations_total": ("environment", "operation", "status"),
}
"""The labels that tell the series of a metric apart, besides those of the exporter that tells them."""

COUNTED_BY_SHARDS = frozenset(
    {
        "astrolabe_cause_affected",
        "astrolabe_decode_errors_total",
        "astrolabe_edges",
        "astrolabe_impact",
        "astrolabe_resources",
        "astrolabe_watch_events_total",
        "kube_green_co2_savings_estimate_grams_total",
        "kube_green_cost_savings_estimate_dollars",
        "kube_green_operation_duration_seconds_count",
        "kube_green_operation_duration_seconds_sum",
        "kube_green_sleep_operations_total",
    }
)
"""Of what is in no namespace, or of an environment, each shard counts its own part."""

_STEP = "1m"
_SHARD = (
    "group by (cluster, job, instance, shard)"
    f' (count_values by (cluster, job, instance) ("shard", astrolabe_shard{{{CLUSTER}}}))'
)
"""The number of each exporter's shard, as a label."""


def whole(metric: str, matchers: str) -> str:
    """Return the present values of a metric, as if one process told them."""
    return _added(metric, _once(metric, f"{metric}{{{matchers}}}"))


def rate(metric: str, matchers: str) -> str:
    """Return how fast a counter grows, by the second, in Grafana's own interval: for lines over time."""
    return _added(metric, _once(metric, f"rate({metric}{{{matchers}}}[$__rate_interval])"))


def steps(metric: str, matchers: str) -> str:
    """Return by how much a counter grew in Grafana's own interval: for bars over time."""
    return _added(metric, _once(metric, f"increase({metric}{{{matchers}}}[$__rate_interval])"))


def grown(metric: str, matchers: str, window: str = "$__range") -> str:
    """Return by how much a counter grew in a long time.

    First the replicas are put together, then the increase is taken: in a long time exporters are replaced,
    and each has seen a part of it.
    """
    return _added(metric, f"increase({_once(metric, f'{metric}{{{matchers}}}')}[{window}:{_STEP}])")


def total(expr: str, *labels: str) -> str:
    """Return the sum of `expr` for each combination of `labels`, cluster by cluster."""
    return f"sum by ({', '.join(('cluster', *labels))}) ({expr})"


def _once(metric: str, expr: str) -> str:
    if metric in COUNTED_BY_SHARDS:
        sharded = f"{expr} * on (cluster, job, instance) group_left (shard) {_SHARD}"
        return f"max by ({', '.join(('cluster', 'shard', *LABELS[metric]))}) ({sharded})"
    return f"max by ({', '.join(('cluster', *LABELS[metric]))}) ({expr})"


def _added(metric: str, expr: str) -> str:
    return total(expr, *LABELS[metric]) if metric in COUNTED_BY_SHARDS else expr
