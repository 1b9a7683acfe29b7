"""Helm releases: which there are, whether they are well, what they consist of."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.links import board_link, field
from dashboards.grafana.panels import Bars, Lines
from dashboards.grafana.target import now, over_time
from dashboards.queries import health, node_graph
from dashboards.queries.promql import NAMESPACES, counted, distinct

_IN_RELEASE = f'{NAMESPACES}, release=~"$release"'
_INFO = "astrolabe_helm_release_info"
_RELEASES = distinct(f"{_INFO}{{{_IN_RELEASE}}}", "namespace", "release", "chart", "revision", "status")
_NOT_DEPLOYED = f'{_INFO}{{{_IN_RELEASE}, status!~"deployed|superseded"}}'
_BY_RELEASE = "cluster, namespace, helm_release"
_FAILING = health.in_releases('status="Error"')
_NOT_READY = health.in_releases('status!="Ready"')
_ALL = health.in_releases('status!=""')


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.RELEASES),
        title=edition.title("Helm releases"),
        tag=edition.tag,
        question="Which Helm releases exist, are they healthy, and which objects do they have?",
        answer="A release is as healthy as its worst object.",
        variables=shared.where(edition, shared.namespaces(), shared.releases(), shared.cap()),
        sections=[
            section("Releases", *_releases(edition)),
            section("Objects of the release", *_content(edition)),
            section("Over time", *_history()),
        ],
    )


def _releases(edition: Edition) -> list[object]:
    earlier = f"{_INFO}{{{_IN_RELEASE}}}"
    upgraded = health.new_in_range(
        _RELEASES, "namespace", "release", "revision", earlier=earlier, say="release"
    )
    here = board_link(
        "This release", edition.uid(shared.RELEASES), namespace=field("namespace"), release=field("release")
    )
    graph = board_link(
        "Graph", edition.uid(shared.GRAPH), namespace=field("namespace"), release=field("release")
    )
    columns = {
        "namespace": "Namespace",
        "release": "Release",
        "chart": "Chart",
        "revision": "Revision",
        "status": "Helm says",
    }
    return [
        shared.figure(
            "Releases",
            (
                "Helm releases in the chosen namespaces. Fewer than expected: an uninstall, or Helm's "
                "Secrets may not be read."
            ),
            counted(distinct(f"{_INFO}{{{_IN_RELEASE}}}", "namespace", "release")),
            width=8,
        ),
        shared.figure(
            "Not deployed",
            (
                "Releases whose last operation failed or is still pending. `helm history` says what "
                "happened; a pending one blocks the next upgrade until it is rolled back."
            ),
            counted(distinct(_NOT_DEPLOYED, "namespace", "release")),
            steps=style.NONE_IS_GOOD,
            width=8,
        ),
        shared.figure(
            "Degraded",
            "Releases with at least one object in Error. The table beside says which objects.",
            counted(f"count by ({_BY_RELEASE}) ({_FAILING})"),
            steps=style.NONE_IS_GOOD,
            width=8,
        ),
        shared.table(
            "Releases",
            (
                "The current revision of each. “failed” or “pending-…”: see `helm history`; then roll "
                "back or upgrade again."
            ),
            _RELEASES,
            columns,
            links={"release": [here, graph]},
            width=16,
            height=8,
            empty="No Helm release found, or Helm's Secrets may not be read",
        ),
        Bars(
            title="Objects that are not Ready, by release",
            description=(
                "Which release is worst. Choose it above to see only its objects. Objects that wait for "
                "a sleeping workload are not counted."
            ),
            unit="short",
            targets=[
                now(f"count by ({_BY_RELEASE}) ({_NOT_READY})", "{{namespace}}/{{helm_release}}")
            ],
            steps=style.FEW_IS_GOOD,
            width=8,
            height=8,
            empty="None found that is not Ready",
        ),
        shared.table(
            "Installed or upgraded in the time range",
            (
                "Revisions that did not exist at the beginning of the time range. If something broke "
                "since, roll the latest one back."
            ),
            upgraded,
            columns,
            links={"release": [here, graph]},
            width=24,
            height=6,
            empty="None found that was installed or upgraded in the time range",
        ),
    ]  # fmt: skip


def _content(edition: Edition) -> list[object]:
    return [
        shared.node_graph(
            edition,
            "The chosen release, rolled up",
            (
                "The chosen release, simplified. A purple node is a missing object that the chart refers "
                "to: a value was not set, or another chart is not installed. Empty: choose one "
                "namespace, and a release."
            ),
            node_graph.ROLLED_UP,
            width=24,
            height=16,
        ),
        shared.table(
            "Objects that are not Ready",
            (
                "The objects that make the release unhealthy. The name links to the graph and, for a "
                "workload, to the workload."
            ),
            _NOT_READY,
            {"helm_release": "Release", **shared.OBJECT_COLUMNS},
            links={"name": [*shared.to_object(edition), shared.to_workload(edition, "kind", "name")]},
            behind=["id"],
            sorted_by="Status",
            width=24,
            height=9,
            empty="None found that is not Ready",
        ),
        Bars(
            title="Objects by kind",
            description=(
                "The objects of the release. If a kind is missing, it is disabled in the chart's values, "
                "or lacks the release's labels."
            ),
            unit="short",
            targets=[now(f"topk by (cluster) (15, count by (cluster, kind) ({_ALL}))", "{{kind}}")],
            width=24,
            height=9,
        ),
    ]  # fmt: skip


def _history() -> list[object]:
    return [
        Lines(
            title="Objects by status",
            description="The release over time. A step at an upgrade that stays is a bad upgrade.",
            unit="short",
            targets=[over_time(f"count by (cluster, status) ({_ALL})", "{{status}}")],
            stacked=True,
            width=24,
        )
    ]
