"""Sleep: who sleeps when, who sleeps now, and whether it works."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.panels import Lines, States
from dashboards.grafana.target import over_time
from dashboards.queries import sleep
from dashboards.queries.merged import grown, steps, total, whole
from dashboards.queries.promql import CLUSTER, ENVIRONMENTS, NAMESPACES, WORKLOADS, counted, distinct


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.SLEEP),
        title=edition.title("Sleep"),
        tag=edition.tag,
        question="What sleeps when, what sleeps now, and does it work?",
        answer="Compare the schedules with the sleeping workloads.",
        variables=shared.where(
            edition, shared.namespaces(), shared.environments("astrolabe_environment_sleep_ratio")
        ),
        sections=[
            section("Now", *_figures()),
            section("Schedules and sleepers", *_schedules(edition)),
            section("Operations", *_operations()),
            section("Outside the schedule", *_by_hand()),
            section("Overrides on request", *_overrides()),
        ],
        since="now-7d",
    )


_RATIO = whole("astrolabe_environment_sleep_ratio", ENVIRONMENTS)


def _figures() -> list[object]:
    return [
        shared.figure(
            "Workloads asleep",
            "Workloads that sleep now. None at night: check the schedule below.",
            counted(sleep.ASLEEP),
        ),
        shared.figure(
            "Replicas asleep",
            (
                "The share of replicas of the chosen environments that sleeps. Low at night: the tables "
                "below show which workloads are awake."
            ),
            f"avg by (cluster) ({_RATIO})",
            "percentunit",
            decimals=0,
        ),
        shared.figure(
            "Operations succeeded",
            (
                "The share of operations in the time range that reached every workload, without "
                "operations that had nothing to do. Below 100 %: find the environment, then read "
                "kube-green's log at that time."
            ),
            sleep.SUCCESS_SHARE,
            "percentunit",
            steps=style.ALL_IS_GOOD,
            decimals=0,
        ),
        shared.figure(
            "Failed, partial or missed",
            (
                "Operations in the time range that failed. The schedule does not wake workloads that "
                "fell asleep in a partial operation: wake them by hand."
            ),
            sleep.WENT_WRONG,
            steps=style.NONE_IS_GOOD,
            decimals=0,
        ),
        shared.figure(
            "Woken by hand",
            (
                "Wake-ups in the time range by a person or a pipeline. If they come every evening, the "
                "schedule is wrong."
            ),
            sleep.BY_HAND,
            steps=style.FEW_IS_GOOD,
            decimals=0,
        ),
        shared.figure(
            "Schedules",
            (
                "SleepInfos in the chosen namespaces. If a SleepInfo is deleted while its workloads "
                "sleep, they stay asleep."
            ),
            counted(f"group by (cluster, namespace, sleepinfo) (astrolabe_sleepinfo_info{{{WORKLOADS}}})"),
        ),
    ]  # fmt: skip


_SCHEDULE = {
    "namespace": "Namespace",
    "sleepinfo": "SleepInfo",
    "weekdays": "Days",
    "sleep_at": "Sleeps at",
    "wake_up_at": "Wakes at",
    "time_zone": "Zone",
}
_WORKLOADS = {**shared.WORKLOAD_COLUMNS, "environment": "Environment"}


def _schedules(edition: Edition) -> list[object]:
    by = "cluster, namespace, sleepinfo"
    schedule = distinct(f"astrolabe_sleepinfo_info{{{WORKLOADS}}}", *_SCHEDULE)
    following = "min by ({}) (astrolabe_sleepinfo_next_operation_timestamp_seconds{{{}, operation{}}}) * 1000"
    asleep = f"max by ({by}) (astrolabe_sleepinfo_scheduled_asleep{{{NAMESPACES}}})"
    graph = shared.to_namespace(edition, shared.GRAPH, "Graph")
    cost = shared.to_namespace(edition, shared.COST, "Cost and savings")
    return [
        shared.table(
            "Schedules",
            (
                "Each SleepInfo with its days and hours in its own time zone, and its next operations. A "
                "next wake-up in the past was missed."
            ),
            {
                "schedule": schedule,
                "sleep": following.format(by, NAMESPACES, '="sleep"'),
                "wake": following.format(by, NAMESPACES, '="wake_up"'),
                "asleep": asleep,
            },
            _SCHEDULE,
            values={
                "Value #asleep": "Asleep",
                "Value #sleep": "Next sleep",
                "Value #wake": "Next wake-up",
            },
            units={
                "Value #sleep": "dateTimeAsIso",
                "Value #wake": "dateTimeAsIso",
                "Value #asleep": "bool_yes_no",
            },
            links={"namespace": [graph, cost]},
            width=24,
            height=9,
            empty="No SleepInfo found",
        ),
        shared.table(
            "Asleep now",
            (
                "Each sleeping workload. If one should be awake by now, its Workload dashboard says what "
                "it waits for; scale it up by hand to wake it."
            ),
            sleep.ASLEEP,
            _WORKLOADS,
            links={"workload": [shared.to_workload(edition)]},
            sorted_by="Namespace",
            width=24,
            height=8,
            empty="No workload found asleep",
        ),
        States(
            title="Asleep by schedule",
            description=(
                "The state by schedule. Compare with “Replicas asleep” below: a difference means a "
                "failed operation, or workloads that somebody woke."
            ),
            unit="bool_yes_no",
            mappings=[style.ASLEEP_MAP],
            targets=[over_time(asleep, "{{namespace}}/{{sleepinfo}}")],
            width=24,
            height=14,
        ),
    ]  # fmt: skip


def _operations() -> list[object]:
    took, ended = (
        grown(f"kube_green_operation_duration_seconds_{part}", ENVIRONMENTS) for part in ("sum", "count")
    )
    average = f"{took} / on (cluster, environment, operation) ({ended} > 0)"
    counter = steps("kube_green_resources_scaled_total", WORKLOADS)
    scaled = total(counter, "resource_type", "direction")
    return [
        Lines(
            title="Replicas asleep",
            description=(
                "The share of each environment's replicas that sleeps. It should follow the schedule; a "
                "low value at night means a failed sleep."
            ),
            unit="percentunit",
            maximum=1,
            targets=[over_time(_RATIO, "{{environment}}")],
            many=True,
        ),
        Lines(
            title="Operations",
            description=(
                "Operations by status. `failed`: no workload reached its target; `partial`: only some "
                "did; `missed`: kube-green started nothing: check whether it runs."
            ),
            unit="short",
            decimals=0,
            bars=True,
            stacked=True,
            targets=[over_time(sleep.OPERATIONS_BY_STATUS, "{{status}}")],
        ),
        Lines(
            title="Workloads scaled by kube-green",
            description=(
                "How many it scaled down and up. Fewer up than down in the morning: the rest still "
                "sleeps, see “Asleep now”."
            ),
            unit="short",
            decimals=0,
            bars=True,
            stacked=True,
            targets=[over_time(scaled, "{{resource_type}} {{direction}}")],
        ),
        Lines(
            title="How long operations take",
            description=(
                "From the scheduled time to the last workload, on average over the time range. Slow "
                "wake-ups come from slow image pulls or full Nodes: wake earlier, or pull images in "
                "advance."
            ),
            unit="s",
            targets=[over_time(average, "{{environment}} {{operation}}")],
            many=True,
        ),
    ]  # fmt: skip


def _by_hand() -> list[object]:
    def scaled(direction: str) -> str:
        counter = steps("astrolabe_workload_scale_total", f'{NAMESPACES}, direction="{direction}"')
        return total(counter, "namespace", "actor")

    return [
        Lines(
            title="Who wakes",
            description=(
                "Scaling up by actor: kube-green by schedule, autoscalers, and others: people and "
                "pipelines. Many by others at night: ask who works then, and change the schedule."
            ),
            unit="short",
            decimals=0,
            bars=True,
            stacked=True,
            targets=[over_time(scaled("up"), "{{namespace}} {{actor}}")],
            many=True,
        ),
        Lines(
            title="Who puts to sleep",
            description=(
                "Scaling down by actor. Others scale down by hand: a schedule could do it for them."
            ),
            unit="short",
            decimals=0,
            bars=True,
            stacked=True,
            targets=[over_time(scaled("down"), "{{namespace}} {{actor}}")],
            many=True,
        ),
    ]  # fmt: skip


def _overrides() -> list[object]:
    held = f"astrolabe_override_active{{{ENVIRONMENTS}}}"
    ends = f"astrolabe_override_end_timestamp_seconds{{{ENVIRONMENTS}}}"
    until = f"max by (cluster, environment, action) ({ends}) * 1000"
    seen = f"max by (cluster, environment, action) (astrolabe_override_verified{{{ENVIRONMENTS}}})"
    requests = (
        f"sum by (cluster, status) (increase(gitlab_api_requests_total{{{CLUSTER}}}[$__rate_interval]))"
    )
    syncs = (
        f"sum by (cluster, status) (increase(argocd_sync_operations_total{{{CLUSTER}}}[$__rate_interval]))"
    )
    none = "Nothing found that an override service did"
    return [
        shared.table(
            "Overrides now",
            (
                "Environments that people woke or put to sleep, until when, and whether the effect was "
                "verified. If not, the override service's audit says which step fails."
            ),
            {"active": f"max by (cluster, environment, action) ({held}) == 1", "until": until, "holds": seen},
            {"environment": "Environment", "action": "Action"},
            values={"Value #until": "Until", "Value #holds": "Holds"},
            units={"Value #until": "dateTimeAsIso", "Value #holds": "bool_yes_no"},
            width=24,
            height=6,
            empty="No override found in force",
        ),
        Lines(
            title="Requests to GitLab",
            description=(
                "The override service's requests by status, `away` for no answer. 401 or 403: check its "
                "token; 5xx or away: check GitLab. Overrides wait and are tried again."
            ),
            unit="short",
            decimals=0,
            bars=True,
            stacked=True,
            targets=[over_time(requests, "{{status}}")],
            many=True,
            empty=none,
        ),
        Lines(
            title="Syncs of Argo CD",
            description=(
                "Syncs that the override service requested. `refused`: a sync window or a missing right; "
                "`busy` for long: check the Application."
            ),
            unit="short",
            decimals=0,
            bars=True,
            stacked=True,
            targets=[over_time(syncs, "{{status}}")],
            empty=none,
        ),
    ]  # fmt: skip
