"""The exporter itself: whether what the other dashboards show is true, complete and fresh."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.panels import Lines, States
from dashboards.grafana.target import Query, over_time
from dashboards.grafana.variables import values_of
from dashboards.queries.merged import grown, total, whole
from dashboards.queries.promql import CLUSTER, counted, or_zero

_THIS = f'{CLUSTER}, instance=~"$instance"'
_LAG = f"sum by (cluster, le) (rate(astrolabe_event_lag_seconds_bucket{{{_THIS}}}[$__rate_interval]))"
_RUNNING = f"max by (cluster, instance, job) (astrolabe_shard{{{_THIS}}})"

_SHARDS = f'count_values by (cluster) ("shard", astrolabe_shard{{{CLUSTER}}})'
_SHARDS_MISSING = or_zero(
    f"max by (cluster) (astrolabe_total_shards{{{CLUSTER}}}) - on (cluster) count by (cluster) ({_SHARDS})"
)

_WITHOUT_KUBERNETES_OWN_GROUPS = {
    "id": "renameByRegex",
    "options": {"regex": r"/^(\w+)\..*k8s\.io$/", "renamePattern": "$1"},
}
"""The table beside has the whole names; Grafana cuts long names of bands on their left."""


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.EXPORTER),
        title=edition.title("Exporter"),
        tag=edition.tag,
        question="Is the data of the other dashboards correct, complete and fresh?",
        answer="Green figures mean yes.",
        variables=shared.where(
            edition,
            values_of("instance", "Exporter", f"astrolabe_shard{{{CLUSTER}}}", "instance", every=True),
        ),
        sections=[
            section("Now", *_figures()),
            section("The API server", *_api_server()),
            section("Freshness and scrapes", *_serving()),
            section("The process", *_process()),
        ],
    )


def _figures() -> list[object]:
    return [
        shared.figure(
            "Exporters",
            "Exporters that Prometheus scrapes. None: check the targets in Prometheus, then the Pod.",
            f"count by (cluster) ({_RUNNING}) or on () vector(0)",
            steps=style.YES_IS_GOOD,
        ),
        shared.figure(
            "Kinds not synced",
            (
                "Kinds that are not listed yet, or that may not be read: `/readyz` says which and why. "
                "Forbidden kinds need a rule in the ClusterRole."
            ),
            counted(f"min by (cluster, resource) (astrolabe_synced{{{_THIS}}}) == 0"),
            steps=style.NONE_IS_GOOD,
        ),
        shared.figure(
            "Shards missing",
            (
                "Shards that should run and do not. Their objects are missing on every dashboard: check "
                "why their Pods do not run."
            ),
            _SHARDS_MISSING,
            steps=style.NONE_IS_GOOD,
        ),
        shared.figure(
            "Lag, 99 of 100",
            (
                "The time from reading an event until its metric is visible. Above a second the exporter "
                "needs more CPU."
            ),
            f"histogram_quantile(0.99, {_LAG})",
            "s",
            steps=style.steps(style.GREEN, (0.25, style.ORANGE), (1, style.RED)),
        ),
        shared.figure(
            "Series",
            (
                "Series in one scrape of all exporters. Too many for your Prometheus: leave out kinds, "
                "edge types or metrics; the documentation says what each costs."
            ),
            f"sum by (cluster) (astrolabe_exposition_series{{{_THIS}}})",
        ),
        shared.figure(
            "Decode errors",
            (
                "Objects in the time range that could not be decoded. The log names each; they are "
                "missing from the graph."
            ),
            or_zero(total(grown("astrolabe_decode_errors_total", _THIS))),
            steps=style.NONE_IS_GOOD,
            decimals=0,
        ),
    ]  # fmt: skip


def _api_server() -> list[object]:
    def outcomes(metric: str) -> list[Query]:
        """Return what ended well as one series, and each kind that ended in an error as one."""
        good, bad = (
            f'increase({metric}{{{_THIS}, result="{result}"}}[$__rate_interval])'
            for result in ("success", "error")
        )
        return [
            over_time(f"sum by (cluster) ({good}) > 0", "success", "good"),
            over_time(f"sum by (cluster, resource) ({bad}) > 0", "{{resource}} error", "bad"),
        ]

    age = f"time() - max by (cluster, resource) (astrolabe_last_event_timestamp_seconds{{{_THIS}}})"
    synced = f"min by (cluster, resource) (astrolabe_synced{{{_THIS}}})"
    events = (
        f"sum by (cluster, resource, type) (rate(astrolabe_watch_events_total{{{_THIS}}}[$__rate_interval]))"
    )
    return [
        States(
            title="Kinds in sync",
            description=(
                "Each watched kind over time. During a gap, events came late. A gap that stays means "
                "that the objects of the kind are out of date."
            ),
            unit="bool_yes_no",
            mappings=[style.YES_NO_MAP],
            targets=[over_time(synced, "{{resource}}")],
            transformations=[_WITHOUT_KUBERNETES_OWN_GROUPS],
            height=18,
        ),
        shared.table(
            "Kinds",
            (
                "Each watched kind, whether it is in sync, and how long ago its last event or bookmark "
                "came. Minutes are normal for quiet kinds; an hour means that the watch hangs."
            ),
            {"synced": synced, "age": age},
            {"resource": "Resource"},
            values={"Value #synced": "In sync", "Value #age": "Last event before"},
            units={"Value #synced": "bool_yes_no", "Value #age": "s"},
            sorted_by="Last event before",
            descending=True,
            height=18,
        ),
        Lines(
            title="Lists",
            description=(
                "Full lists by result. Many lists after the start mean expired watches (410) or a "
                "restarting API server; errors name the kind."
            ),
            unit="short",
            bars=True,
            targets=outcomes("astrolabe_list_total"),
            empty="No list found that ended in the time range",
        ),
        Lines(
            title="Watches",
            description=(
                "Watches by result. They end every few minutes by design; repeated errors point to the "
                "network, a timeout of a proxy, or missing rights."
            ),
            unit="short",
            bars=True,
            targets=outcomes("astrolabe_watch_total"),
            empty="No watch found that ended in the time range",
        ),
        Lines(
            title="Events",
            description=(
                "Events a second by kind. A kind with a constantly high rate means a controller in a "
                "loop: check the resourceVersions of its objects."
            ),
            unit="ops",
            targets=[over_time(f"topk by (cluster) (10, {events})", "{{resource}} {{type}}")],
            many=True,
            width=24,
        ),
    ]  # fmt: skip


def _serving() -> list[object]:
    bucket = f"rate(astrolabe_scrape_duration_seconds_bucket{{{_THIS}}}[$__rate_interval])"
    scrape = f"histogram_quantile(0.99, sum by (cluster, le, instance) ({bucket}))"
    size = f"sum by (cluster, instance) (astrolabe_exposition_bytes{{{_THIS}}})"
    failures = (
        f"sum by (cluster, part) (increase(astrolabe_internal_errors_total{{{_THIS}}}[$__rate_interval])) > 0"
    )
    return [
        Lines(
            title="Lag from event to metric",
            description=(
                "Median and 99th percentile. Peaks at the start are the first lists; a lag that stays "
                "high means too little CPU."
            ),
            unit="s",
            targets=[
                over_time(f"histogram_quantile(0.5, {_LAG})", "half", "half"),
                over_time(f"histogram_quantile(0.99, {_LAG})", "99 of 100", "most"),
            ],
            width=6,
        ),
        Lines(
            title="Duration of a scrape",
            description=(
                "Duration of the exporter's responses, 99th percentile. Near Prometheus' timeout scrapes "
                "fail: use shards, or leave out metrics."
            ),
            unit="s",
            targets=[over_time(scrape, "{{instance}}")],
            width=6,
        ),
        Lines(
            title="Size of a scrape",
            description=(
                "Bytes of text before compression. A step up means a new kind or a namespace with many "
                "objects."
            ),
            unit="bytes",
            targets=[over_time(size, "{{instance}}")],
            width=6,
        ),
        Lines(
            title="Internal errors",
            description=(
                "Exceptions inside the exporter, by part. The exporter runs on, but the data of that "
                "part may be incomplete. There should be none: report the traceback in the log."
            ),
            unit="short",
            bars=True,
            targets=[over_time(failures, "{{part}}")],
            empty="No internal error found in the time range",
            width=6,
        ),
    ]  # fmt: skip


def _process() -> list[object]:
    ours = f" and on (cluster, instance, job) {_RUNNING}"
    memory = f"max by (cluster, instance, job) (process_resident_memory_bytes{{{_THIS}}}){ours}"
    used = f"rate(process_cpu_seconds_total{{{_THIS}}}[$__rate_interval])"
    cpu = f"sum by (cluster, instance, job) ({used}){ours}"
    nodes = total(whole("astrolabe_resources", CLUSTER), "kind")
    edges = whole("astrolabe_edges", CLUSTER)
    versions = f"count by (cluster, instance, job, version) (astrolabe_build_info{{{_THIS}}})"
    return [
        Lines(
            title="Memory",
            description=(
                "Resident memory of each exporter. It follows the number of objects; near the limit of "
                "the Pod, raise the limit or use shards."
            ),
            unit="bytes",
            targets=[over_time(memory, "{{instance}}")],
            width=8,
        ),
        Lines(
            title="CPU",
            description=(

                    "Cores in use. The exporter is one thread: at 1 it is saturated and its lag grows. "
                    "Use shards."

            ),
            unit="none",
            targets=[over_time(cpu, "{{instance}}")],
            width=8,
        ),
        shared.table(
            "Versions",
            "Each exporter and its version. Two versions for a long time mean that a rollout hangs.",
            versions,
            {"job": "Job", "instance": "Exporter", "version": "Version"},
            width=8,
        ),
        Lines(
            title="Objects",
            description=(
                "Objects in the graph by kind. A kind that grows without end is not cleaned up: finished "
                "Jobs, old ReplicaSets."
            ),
            unit="short",
            stacked=True,
            targets=[over_time(nodes, "{{kind}}")],
            many=True,
            height=12,
        ),
        Lines(
            title="Relations",
            description=(
                "Relations in the graph by type. A type that falls to 0 means a kind that may no longer "
                "be read."
            ),
            unit="short",
            stacked=True,
            targets=[over_time(edges, "{{type}}")],
            many=True,
            height=12,
        ),
    ]  # fmt: skip
