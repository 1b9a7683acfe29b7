"""The families of sleep. Their meaning for users is told in docs/metrics/sleep.md, which a test compares."""

from __future__ import annotations

from astrolabe.metrics.family import Family

_SLEEPINFO = ("namespace", "sleepinfo")
_WORKLOAD = ("namespace", "workload_kind", "workload", "environment")

OPERATIONS = Family(
    "kube_green_sleep_operations_total",
    "counter",
    "Operations of kube-green by status: success, partial, failed, skipped, missed.",
    ("environment", "operation", "status"),
)
RESOURCES_SCALED = Family(
    "kube_green_resources_scaled_total",
    "counter",
    "Workloads that kube-green put to sleep (down) or woke (up).",
    ("environment", "resource_type", "namespace", "direction"),
)
DURATION = Family(
    "kube_green_operation_duration_seconds",
    "histogram",
    "Time from the start of an operation of kube-green to its last workload that reached the target.",
    ("environment", "operation"),
)
SLEEPINFO_INFO = Family(
    "astrolabe_sleepinfo_info",
    "gauge",
    "A SleepInfo of kube-green and its schedule, as written.",
    (*_SLEEPINFO, "environment", "weekdays", "sleep_at", "wake_up_at", "time_zone"),
)
NEXT_OPERATION = Family(
    "astrolabe_sleepinfo_next_operation_timestamp_seconds",
    "gauge",
    "The next scheduled time of a SleepInfo, in Unix seconds.",
    (*_SLEEPINFO, "operation"),
)
LAST_OPERATION = Family(
    "astrolabe_sleepinfo_last_operation_timestamp_seconds",
    "gauge",
    "When kube-green last started an operation of a SleepInfo, in Unix seconds.",
    (*_SLEEPINFO, "operation"),
)
SCHEDULED_ASLEEP = Family(
    "astrolabe_sleepinfo_scheduled_asleep",
    "gauge",
    "1 while the schedule of a SleepInfo says asleep, else 0.",
    _SLEEPINFO,
)
SLEEPINFO_INVALID = Family(
    "astrolabe_sleepinfo_invalid",
    "gauge",
    "An invalid field of a SleepInfo; data that depends on it is unknown.",
    (*_SLEEPINFO, "field"),
)
WORKLOAD_ASLEEP = Family(
    "astrolabe_workload_asleep", "gauge", "1 while a workload is asleep; absent while it is awake.", _WORKLOAD
)
WORKLOAD_SCALE = Family(
    "astrolabe_workload_scale_total",
    "counter",
    "Workloads that were scaled to zero (down) or back (up), by actor.",
    ("namespace", "actor", "direction"),
)
SLEEP_RATIO = Family(
    "astrolabe_environment_sleep_ratio",
    "gauge",
    "Sleeping replicas of an environment, as a share of its replicas when awake.",
    ("environment",),
)
CLOCK_JUMPS = Family(
    "astrolabe_sleep_clock_jumps_total",
    "counter",
    "How often the exporter's clock jumped. Operations in the skipped time get no status.",
    (),
)

ACCUMULATED = frozenset({OPERATIONS, RESOURCES_SCALED, DURATION, WORKLOAD_SCALE, CLOCK_JUMPS})
"""What adds up over time: of several replicas one exposes it."""

FAMILIES: tuple[Family, ...] = (
    OPERATIONS,
    RESOURCES_SCALED,
    DURATION,
    SLEEPINFO_INFO,
    NEXT_OPERATION,
    LAST_OPERATION,
    SCHEDULED_ASLEEP,
    SLEEPINFO_INVALID,
    WORKLOAD_ASLEEP,
    WORKLOAD_SCALE,
    SLEEP_RATIO,
    CLOCK_JUMPS,
)
