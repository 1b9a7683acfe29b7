"""The overview: is the cluster well, what is broken now, what changed."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.panels import Bars, Lines
from dashboards.grafana.target import now, over_time
from dashboards.queries import health
from dashboards.queries.changed import CHANGED
from dashboards.queries.merged import rate, total
from dashboards.queries.promql import CLUSTER, NAMESPACES, counted, distinct

_ASLEEP = distinct(
    f"astrolabe_workload_asleep{{{NAMESPACES}}} == 1", "namespace", "workload_kind", "workload"
)
_NAMED = {label: heading for label, heading in shared.OBJECT_COLUMNS.items() if label != "status"}


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.OVERVIEW),
        title=edition.title("Overview"),
        tag=edition.tag,
        question="Is the cluster healthy, what is broken now, and what changed?",
        answer="Start at the causes; names are links.",
        variables=shared.where(edition, shared.namespaces()),
        marks=[shared.changes(CHANGED)],
        sections=[
            section("Now", *_figures()),
            section("Broken now", *_broken(edition)),
            section("By kind and namespace", *_spread(edition)),
            section("What changed in the time range", *_changes(edition)),
        ],
    )


def _figures() -> list[object]:
    errors = "Objects whose status is Error: crash loops, failed Jobs, lost volumes. Look at “Causes” below."
    ready = (
        "The share of all objects that are Ready, or wait for a sleeping workload. If it falls, the "
        "tables below list the other objects."
    )
    return [
        shared.figure("In error", errors, health.objects("Error"), steps=style.NONE_IS_GOOD),
        shared.figure(
            "Pending",
            (
                "Objects that are starting, or stuck. Normal during a rollout; if the number stays, the "
                "tables below say what they wait for. Objects that wait for a sleeping workload are not "
                "counted."
            ),
            health.objects("Pending"),
            steps=style.FEW_IS_GOOD,
        ),
        shared.figure(
            "Ready",
            ready,
            health.READY_SHARE,
            "percentunit",
            steps=style.ALL_IS_GOOD,
            decimals=1,
        ),
        shared.figure(
            "Missing things",
            (
                "Required objects that do not exist, each once. Pods that need them do not start: the "
                "Hygiene dashboard lists them."
            ),
            health.MISSING_COUNT,
            steps=style.NONE_IS_GOOD,
        ),
        shared.figure(
            "Asleep",
            (
                "Workloads that sleep by schedule. They count as Ready; the Sleep dashboard says until "
                "when they sleep."
            ),
            counted(_ASLEEP),
        ),
        shared.figure(
            "Kinds not synced",
            (
                "Kinds that the exporter has not listed yet or may not read. Until then, their data here "
                "is old or missing: see the Exporter dashboard."
            ),
            counted(f"min by (cluster, resource) (astrolabe_synced{{{CLUSTER}}}) == 0"),
            steps=style.NONE_IS_GOOD,
        ),
    ]  # fmt: skip


def _broken(edition: Edition) -> list[object]:
    return [
        shared.causes(
            edition,
            "Causes",
            (
                "Broken or missing objects, alike causes once, with message and the number of entry "
                "points and workloads that wait for each. Fix the first; most rows of the tables below "
                "then disappear."
            ),
            height=9,
        ),
        shared.table(
            "Objects that are not Ready",
            (
                "Everything in Error or Pending whose workload does not sleep, with the number of "
                "Services and Ingresses that it affects. Start with the highest; the name links to the "
                "graph with its dependencies."
            ),
            health.BROKEN,
            {**shared.OBJECT_COLUMNS, "reason": "Reason", "helm_release": "Helm release"},
            values={"Value": "Affected"},
            links={
                "name": [*shared.to_object(edition), shared.to_workload(edition, "kind", "name")],
                "helm_release": [shared.to_release(edition, "helm_release")],
            },
            behind=["id"],
            sorted_by="Affected",
            descending=True,
            width=24,
            height=10,
            empty="None found that is not Ready",
        ),
        shared.table(
            "Why each is not Ready",
            (
                "Each object that is not Ready with its causes, nearest first (distance 1 is a direct "
                "relation). If an object has no row, the fault is in the object itself: read its events "
                "and logs."
            ),
            health.CAUSES,
            {
                **_NAMED,
                "cause_kind": "Because of",
                "cause_name": "Cause",
                "reason": "Reason",
                "distance": "Distance",
            },
            links={"name": shared.to_object(edition), **shared.of_cause(edition)},
            behind=["id", "cause", "cause_namespace"],
            sorted_by="Distance",
            width=24,
            height=9,
            empty="No cause found beyond the objects themselves",
        ),
        shared.table(
            "Alerts",
            (
                "Astrolabe's alerts that fire or are pending in the Prometheus that evaluates the rules. "
                "The name links to the alert; its runbook says what to do."
            ),
            health.ALERTS,
            {
                "severity": "Severity",
                "alertstate": "State",
                "alertname": "Alert",
                "kind": "Kind",
                "namespace": "Namespace",
                "name": "Name",
            },
            links={
                "alertname": [shared.to_alert()],
                "name": [shared.to_namespace(edition, shared.GRAPH, "Graph of the namespace")],
            },
            width=24,
            height=7,
            empty="No alert found that fires or is pending",
        ),
    ]  # fmt: skip


def _spread(edition: Edition) -> list[object]:
    counts = {
        status: health.count_in_namespaces(status) for status in ("Ready", "Pending", "Error", "Unknown")
    }
    return [
        shared.table(
            "Health of each namespace",
            (
                "Objects by status. “At rest” counts Ready objects that are scaled to zero on purpose. "
                "The namespace links to its graph, which shows objects in error in red."
            ),
            {**counts, "Resting": health.RESTING},
            {"namespace": "Namespace"},
            values={**{f"Value #{status}": status for status in counts}, "Value #Resting": "At rest"},
            links={
                "namespace": [
                    shared.to_namespace(edition, shared.GRAPH, "Graph"),
                    shared.to_namespace(edition, shared.HYGIENE, "Hygiene"),
                ]
            },
            sorted_by="Error",
            descending=True,
            width=15,
            height=9,
        ),
        Bars(
            title="Not Ready by kind",
            description=(
                "Which kinds are in Error or Pending. Nodes or claims often explain many others: fix "
                "them first."
            ),
            unit="short",
            targets=[
                now(health.objects_by("kind", "Error|Pending"), "{{kind}}"),
            ],
            steps=style.FEW_IS_GOOD,
            width=9,
            height=9,
        ),
    ]


def _changes(edition: Edition) -> list[object]:
    def changed(title: str, description: str, expr: str, empty: str) -> object:
        return shared.table(
            title,
            description,
            expr,
            _NAMED,
            links={"name": shared.to_object(edition)},
            behind=["id"],
            width=24,
            height=6,
            empty=empty,
        )

    return [
        Lines(
            title="Objects that are not Ready",
            description=(
                "A step up that stays is an incident; short peaks are rollouts. Compare its start with "
                "the objects that appeared below."
            ),
            unit="short",
            targets=[over_time(health.NOT_READY_OVER_TIME, "{{status}}")],
            stacked=True,
            width=24,
        ),
        changed(
            "Broke",
            "In Error now, but not at the beginning of the time range. Shorten the range to find the moment.",
            health.BROKE,
            "None found that broke in the time range",
        ),
        changed(
            "Appeared",
            (
                "New since the beginning of the time range, without Pods and other short-lived kinds. If "
                "something broke at the same time, start here."
            ),
            health.APPEARED,
            "None found that appeared in the time range",
        ),
        changed(
            "Vanished",
            (
                "Deleted since the beginning of the time range. The Hygiene dashboard lists objects that "
                "still refer to a deleted one."
            ),
            health.VANISHED,
            "None found that vanished in the time range",
        ),
        Lines(
            title="Changes seen",
            width=24,
            height=6,
            description=(
                "Events a second from the API server. A high rate without manual changes means that two "
                "controllers fight: the Exporter dashboard shows the kind."
            ),
            unit="ops",
            targets=[
                over_time(
                    total(rate("astrolabe_watch_events_total", CLUSTER), "type"),
                    "{{type}}",
                )
            ],
        ),
    ]
