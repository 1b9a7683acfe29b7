"""One workload: how it is, what it depends on, who depends on it."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.panels import Lines, States
from dashboards.grafana.target import over_time
from dashboards.grafana.variables import one_of
from dashboards.queries import health, node_graph, one_workload
from dashboards.queries.changed import CHANGED_FOR_WORKLOAD
from dashboards.queries.merged import total, whole
from dashboards.queries.one_workload import MATCHERS, WORKLOAD_ID
from dashboards.queries.promql import NAMESPACE, NAMESPACES, counted, distinct, or_zero, parted, renamed

_PODS = distinct(f"astrolabe_pod_workload_info{{{MATCHERS}}}", "namespace", "pod", "node", "helm_release")


def _pods(status: str = "", *more: str) -> str:
    """Return the workload's Pods with their status, where that matches, and with `more` labels of it."""
    named = renamed(f'astrolabe_resource_status{{{NAMESPACE}, kind="Pod"{status}}}', "pod", "name")
    return (
        f"{distinct(named, 'namespace', 'pod', 'id', 'status', *more)}"
        f" * on (cluster, namespace, pod) group_left (node, helm_release) {_PODS}"
    )


def _own(status: str) -> str:
    return (
        f'max by (cluster) (astrolabe_resource_status{{{NAMESPACE}, id="{WORKLOAD_ID}", status="{status}"}})'
    )


_HEALTH = f"{_own('Error')} * 2 or {_own('Pending')} or {_own('Unknown')} * 3 or {_own('Ready')} * 0"
"""The workload's status as a number; the worst while two exporters disagree."""
_HEALTH_MAP = style.value_map(
    {
        "0": ("Ready", style.GREEN),
        "1": ("Pending", style.ORANGE),
        "2": ("Error", style.RED),
        "3": ("Unknown", style.GREY),
    }
)


_SLEPT = (
    f"max by (cluster) (astrolabe_workload_asleep{{{MATCHERS}}})"
    f' or 0 * max by (cluster) (astrolabe_resource_status{{{NAMESPACE}, id="{WORKLOAD_ID}"}})'
)


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    workloads = (
        '{__name__=~"astrolabe_pod_workload_info|astrolabe_workload_(asleep|baseline_cost_hourly_dollars)", '
        + NAMESPACES
    )
    return board(
        uid=edition.uid(shared.WORKLOAD),
        title=edition.title("Workload"),
        tag=edition.tag,
        question="What is the state of one workload, what does it depend on, and what depends on it?",
        answer="Choose it above, or in the table at the end.",
        variables=shared.where(
            edition,
            shared.one_namespace(),
            one_of("workload_kind", "Kind", f"{workloads}}}", "workload_kind"),
            one_of("workload", "Workload", f'{workloads}, workload_kind=~"$workload_kind"}}', "workload"),
            shared.cap(),
        ),
        marks=[shared.changes(CHANGED_FOR_WORKLOAD)],
        sections=[
            section("$workload_kind $workload", *_figures()),
            section("From Ingress to volume", *_chain(edition)),
            section("Pods and what they need", *_parts(edition)),
            section("Over time", *_history()),
            section("Choose another", _others(edition)),
        ],
    )


def _figures() -> list[object]:
    asleep = f"max by (cluster) (astrolabe_workload_asleep{{{MATCHERS}}})"
    return [
        shared.figure(
            "Status",
            "The workload's own status. If it is not Ready, see “Why it is not Ready” below.",
            _HEALTH,
            "none",
            mappings=[_HEALTH_MAP],
        ),
        shared.figure(
            "Pods",
            "Pods of this workload. None, and not asleep: read its events (quota, admission).",
            counted(_PODS),
        ),
        shared.figure(
            "Pods not Ready",
            "Its Pods in Pending, Error or Unknown. The table of Pods says which, the graph says why.",
            counted(_pods(', status!="Ready"')),
            steps=style.NONE_IS_GOOD,
        ),
        shared.figure(
            "Affected",
            "Services and Ingresses that fail because it is not Ready. Above 0, users are affected.",
            or_zero(f"max by (cluster) ({one_workload.impact()})"),
            steps=style.NONE_IS_GOOD,
        ),
        shared.figure(
            "Asleep",
            "Whether a schedule put it to sleep. If it should be awake by now, see the Sleep dashboard.",
            or_zero(asleep),
            "none",
            mappings=[style.ASLEEP_MAP],
        ),
        shared.figure(
            "Cost an hour",
            (
                "An estimate from its requests and the price file. Higher than expected: compare its "
                "requests with its use."
            ),
            or_zero(total(whole("astrolabe_workload_cost_hourly_dollars", MATCHERS))),
            "currencyUSD",
            decimals=3,
        ),
    ]  # fmt: skip


def _chain(edition: Edition) -> list[object]:
    own = f'astrolabe_root_cause_info{{{NAMESPACE}, id="{WORKLOAD_ID}"}}'
    causes = health.with_message(distinct(own, "cause", "distance", "reason"))
    missing = f'astrolabe_reference_missing_info{{{NAMESPACE}, source="{WORKLOAD_ID}"}}'
    return [
        shared.node_graph(
            edition,
            "$workload and what hangs on it",
            (
                "Ingress → Service → workload → Pods, ConfigMaps, Secrets, claims → volumes. Pods that "
                "are not Ready are drawn one by one. Follow the arrows from a red node until nothing "
                "below it is red: that is the cause."
            ),
            node_graph.ONE_WORKLOAD,
            width=24,
            height=16,
        ),
        shared.table(
            "Why it is not Ready",
            (
                "Objects that it depends on and that explain its state, nearest first. Empty while it is "
                "Ready. If it is not Ready and this is empty, the fault is in the workload itself: read "
                "its logs."
            ),
            parted(f"({causes})", "cause"),
            {**_without_namespace(shared.CAUSE_COLUMNS), "distance": "Distance"},
            links=shared.of_cause(edition),
            behind=["cause", "cause_namespace"],
            sorted_by="Distance",
            width=24,
            height=5,
            empty="No cause found beyond itself",
        ),
        shared.table(
            "Missing references",
            (
                "Objects that its Pod template names and that do not exist. Required ones stop Pods from "
                "starting: create them, or remove the reference."
            ),
            parted(distinct(missing, "type", "target", "optional"), "target"),
            {"type": "Relation", "target_kind": "Kind", "target_name": "Missing", "optional": "Optional"},
            links={"target_name": shared.to_object(edition, "target", "target_namespace")},
            behind=["target", "target_namespace"],
            width=24,
            height=5,
            empty="No missing reference found",
        ),
    ]  # fmt: skip


def _without_namespace(columns: Mapping[str, str]) -> dict[str, str]:
    return {label: heading for label, heading in columns.items() if not label.endswith("namespace")}


def _parts(edition: Edition) -> list[object]:
    uses = f'astrolabe_edge_info{{{NAMESPACE}, type=~"uses-.*", source="{WORKLOAD_ID}"}}'
    return [
        shared.table(
            "Pods",
            (
                "Each Pod with its Node. If all failing Pods are on one Node, check the Node; if one of "
                "many fails, delete it and see whether its replacement fails too."
            ),
            _pods("", "reason"),
            {
                "pod": "Pod",
                "node": "Node",
                "status": "Status",
                "reason": "Reason",
                "helm_release": "Helm release",
            },
            links={
                "pod": shared.to_object(edition),
                "helm_release": [shared.to_release(edition, "helm_release")],
            },
            behind=["id", "namespace"],
            sorted_by="Status",
            width=24,
            empty="No Pod found",
        ),
        shared.table(
            "Uses",
            (
                "ConfigMaps, Secrets and the ServiceAccount of its Pod template. A name links to its "
                "graph, which shows what else a change affects."
            ),
            parted(distinct(uses, "type", "target"), "target"),
            {"target_kind": "Kind", "target_name": "Uses"},
            links={"target_name": shared.to_object(edition, "target", "target_namespace")},
            behind=["target", "target_namespace", "type"],
            width=24,
            height=7,
            empty="Nothing found that its Pod template uses",
        ),
    ]  # fmt: skip


def _others(edition: Edition) -> object:
    kinds = 'kind=~"Deployment|StatefulSet|DaemonSet|CronJob"'
    return shared.table(
        "Workloads",
        "The workloads of the chosen namespace, or of all. The name links to the workload.",
        distinct(f"astrolabe_resource_status{{{NAMESPACES}, {kinds}}}", *shared.OBJECT_COLUMNS, "reason"),
        {**shared.OBJECT_COLUMNS, "reason": "Reason"},
        links={"name": [shared.to_workload(edition, "kind", "name")]},
        sorted_by="Status",
        width=24,
    )


def _history() -> list[object]:
    return [
        Lines(
            title="Pods by status",
            description=(
                "Repeated short Errors are a crash loop; a long Pending is a Pod that finds no Node or "
                "waits for a volume."
            ),
            unit="short",
            targets=[over_time(f"count by (cluster, status) ({_pods()})", "{{status}}")],
            stacked=True,
        ),
        States(
            title="Status and sleep",
            description=(
                "The workload's status and whether it slept. Error right after a wake-up: an object that "
                "it depends on woke later."
            ),
            unit="none",
            targets=[over_time(_HEALTH, "Status"), over_time(_SLEPT, "Sleep", "sleep")],
            mappings=[_HEALTH_MAP],
            overrides=[style.override("Sleep", mappings=[style.ASLEEP_MAP])],
        ),
    ]
