"""Sleep, its operations, and what it costs and saves."""

from __future__ import annotations

from dashboards.queries.promql import CLUSTER, ENVIRONMENTS, NAMESPACES, WORKLOADS, distinct, or_zero

_OPERATIONS = "kube_green_sleep_operations_total"
_WORKLOAD = ("namespace", "workload_kind", "workload", "environment")

ASLEEP = distinct(f"astrolabe_workload_asleep{{{WORKLOADS}}} == 1", *_WORKLOAD)
"""The workloads that sleep now."""


def operations(*labels: str, matchers: str = "", window: str = "$__range") -> str:
    """Return how many operations there were in `window`, by `labels`."""
    by = f" by ({', '.join(labels)})" if labels else ""
    return f"sum{by} (increase({_OPERATIONS}{{{ENVIRONMENTS}{matchers}}}[{window}]))"


_SUCCEEDED = ', status="success"'
_TRIED = ', status=~"success|partial|failed|missed"'
SUCCESS_SHARE = f"{operations(matchers=_SUCCEEDED)} / ({operations(matchers=_TRIED)} > 0)"
"""Of the operations that had something to do, the share that reached every workload."""

WENT_WRONG = or_zero(operations(matchers=', status=~"partial|failed|missed"'))

BY_HAND = f'astrolabe_workload_scale_total{{{NAMESPACES}, actor="other", direction="up"}}'
"""Wake-ups by a person or a pipeline."""


def cost(*labels: str) -> str:
    """Return what the workloads cost an hour at present, by `labels`."""
    return f"sum{_by(labels)} (astrolabe_workload_cost_hourly_dollars{{{WORKLOADS}}})"


def baseline(*labels: str) -> str:
    """Return what the workloads would cost an hour if all were awake, by `labels`."""
    return f"sum{_by(labels)} (astrolabe_workload_baseline_cost_hourly_dollars{{{WORKLOADS}}})"


def volumes(*labels: str) -> str:
    """Return what the volumes cost an hour, asleep or awake, by `labels`."""
    return f"sum{_by(labels)} (astrolabe_volume_cost_hourly_dollars{{{WORKLOADS}}})"


def saved(period: str, *labels: str) -> str:
    """Return what was saved in the trailing day, week or month, by `labels`."""
    metric = "kube_green_cost_savings_estimate_dollars"
    return f'sum{_by(labels)} ({metric}{{{ENVIRONMENTS}, time_period="{period}"}})'


def held(window: str) -> str:
    """Return how many hours of `window` there is data of, looked at once an hour."""
    return f"sum(count_over_time(group(astrolabe_build_info{{{CLUSTER}}})[{window}:1h]))"


SAVED = f"kube_green_cost_savings_dollars_total{{{WORKLOADS}}}"
"""The counter of what was saved."""
SAVED_IN_RANGE = f"sum by (cluster, environment) (increase({SAVED}[$__range]))"
HOURS_IN_RANGE = f"max by (cluster, environment) (count_over_time({SAVED}[$__range:5m])) / 12"
"""How many hours of the time range there is data of, for each environment."""


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(('cluster', *labels))})" if labels else ""


YEARLY = f"{saved('weekly')} * 8760 / ({held('7d')} >= 24)"
"""What a year would save at the rate of the data that there is of the last week; none below a day of data."""
