"""Sleep, its operations, and what it costs and saves."""

from __future__ import annotations

from dashboards.queries.merged import grown, rate, steps, total, whole
from dashboards.queries.promql import CLUSTER, ENVIRONMENTS, NAMESPACES, WORKLOADS, distinct, or_zero

_OPERATIONS = "kube_green_sleep_operations_total"
_WORKLOAD = ("namespace", "workload_kind", "workload", "environment")

ASLEEP = distinct(f"astrolabe_workload_asleep{{{WORKLOADS}}} == 1", *_WORKLOAD)
"""The workloads that sleep now."""


def operations(matchers: str = "") -> str:
    """Return how many operations there were in the time range."""
    return total(grown(_OPERATIONS, ENVIRONMENTS + matchers))


OPERATIONS_BY_STATUS = total(steps(_OPERATIONS, ENVIRONMENTS), "status")
"""Over time."""


_SUCCEEDED = ', status="success"'
_TRIED = ', status=~"success|partial|failed|missed"'
SUCCESS_SHARE = f"{operations(_SUCCEEDED)} / on (cluster) ({operations(_TRIED)} > 0)"
"""Of the operations that had something to do, the share that reached every workload."""

WENT_WRONG = or_zero(operations(', status=~"partial|failed|missed"'))

BY_HAND = or_zero(
    total(grown("astrolabe_workload_scale_total", f'{NAMESPACES}, actor="other", direction="up"'))
)
"""Wake-ups by a person or a pipeline."""


def cost(*labels: str) -> str:
    """Return what the workloads cost an hour at present, by `labels`."""
    return total(whole("astrolabe_workload_cost_hourly_dollars", WORKLOADS), *labels)


def baseline(*labels: str) -> str:
    """Return what the workloads would cost an hour if all were awake, by `labels`."""
    return total(whole("astrolabe_workload_baseline_cost_hourly_dollars", WORKLOADS), *labels)


def volumes(*labels: str) -> str:
    """Return what the volumes cost an hour, asleep or awake, by `labels`."""
    return total(whole("astrolabe_volume_cost_hourly_dollars", WORKLOADS), *labels)


def saved(period: str, *labels: str) -> str:
    """Return what was saved in the trailing day, week or month, by `labels`."""
    metric = "kube_green_cost_savings_estimate_dollars"
    return total(whole(metric, f'{ENVIRONMENTS}, time_period="{period}"'), *labels)


def held(window: str) -> str:
    """Return how many hours of `window` there is data of, looked at once an hour."""
    return f"count_over_time(group by (cluster) (astrolabe_shard{{{CLUSTER}}})[{window}:1h])"


_SAVED = "kube_green_cost_savings_dollars_total"
"""The counter of what was saved."""
SAVED_PER_SECOND = total(rate(_SAVED, WORKLOADS), "environment")
SAVED_IN_RANGE = total(grown(_SAVED, WORKLOADS), "environment")
_BY_ENVIRONMENT = f"group by (cluster, environment) ({_SAVED}{{{WORKLOADS}}})"
HOURS_IN_RANGE = f"count_over_time({_BY_ENVIRONMENT}[$__range:5m]) / 12"
"""How many hours of the time range there is data of, for each environment."""


YEARLY = f"{saved('weekly')} * 8760 / on (cluster) ({held('7d')} >= 24)"
"""What a year would save at the rate of the data that there is of the last week; none below a day of data."""
