"""What several boards have in common: variables, tables of objects, links between boards, node graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from grafanalib.core import DataLink  # type: ignore[import-untyped]

from dashboards.edition import Edition
from dashboards.grafana import columns as layout
from dashboards.grafana import style
from dashboards.grafana.annotations import moments
from dashboards.grafana.links import board_link, explorer_link, field
from dashboards.grafana.panels import NodeGraph, Stat, Table
from dashboards.grafana.style import override
from dashboards.grafana.target import now, rows
from dashboards.grafana.variables import choice, data_source, one_of, values_of
from dashboards.queries import health
from dashboards.queries.node_graph import NodeGraphQueries
from dashboards.queries.promql import CLUSTER, NAMESPACES, counted, ranked, relabel

OVERVIEW, GRAPH, WORKLOAD, RELEASES = "overview", "graph", "workload", "helm-releases"
HYGIENE, ACCESS, SLEEP, COST, EXPORTER = "hygiene", "access", "sleep", "cost", "exporter"

OBJECT_COLUMNS = {"kind": "Kind", "namespace": "Namespace", "name": "Name", "status": "Status"}
WORKLOAD_COLUMNS = {"namespace": "Namespace", "workload_kind": "Kind", "workload": "Workload"}
REFERENCE_COLUMNS = {
    "source_kind": "From kind",
    "namespace": "Namespace",
    "source_name": "From",
    "type": "Relation",
    "target_kind": "To kind",
    "target_namespace": "In",
    "target_name": "To",
}
CAUSE_COLUMNS = {
    "cause_kind": "Kind",
    "cause_namespace": "Namespace",
    "cause_name": "Cause",
    "reason": "Reason",
    "message": "Says",
}


def where(edition: Edition, *more: Any) -> list[Any]:
    """Return the variables of a board: data source, cluster and `more`."""
    cluster = values_of("cluster", "Cluster", "astrolabe_shard", "cluster", hidden=not edition.multi_cluster)
    return [data_source(), cluster, *more]


def one_namespace() -> Any:
    """Return the variable that chooses one namespace; All is none in particular."""
    return one_of(
        "namespace", "Namespace", f'astrolabe_resource_info{{{CLUSTER}, namespace!=""}}', "namespace"
    )


def namespaces() -> Any:
    """Return the variable that chooses some namespaces, or all."""
    return values_of(
        "namespace", "Namespace", f"astrolabe_resource_info{{{CLUSTER}}}", "namespace", every=True
    )


def releases() -> Any:
    """Return the variable that chooses Helm releases, or everything."""
    known = f'astrolabe_resource_info{{{NAMESPACES}, helm_release!=""}}'
    return values_of("release", "Helm release", known, "helm_release", every=True)


def environments(metric: str) -> Any:
    """Return the variable that chooses environments, or all."""
    return values_of("environment", "Environment", f"{metric}{{{CLUSTER}}}", "environment", every=True)


def cap() -> Any:
    """Return the variable that says how many relations a node graph draws: a screenful at first.

    A hundred relations have two hundred ends at the very most.
    """
    return choice("limit", "Relations drawn", "25", "50", "100")


def to_object(edition: Edition, id_field: str = "id", namespace_field: str = "namespace") -> list[Any]:
    """Return the links from a row to its object: its graph, and its page where the set has the explorer."""
    graph = board_link("Graph", edition.uid(GRAPH), namespace=field(namespace_field), object=field(id_field))
    return [graph, explorer_link(field(id_field))] if edition.explorer else [graph]


def to_workload(edition: Edition, kind: str = "workload_kind", name: str = "workload") -> Any:
    """Return the link from a row to its workload."""
    return board_link(
        "Workload, if it is one",
        edition.uid(WORKLOAD),
        namespace=field("namespace"),
        workload_kind=field(kind),
        workload=field(name),
    )


def to_release(edition: Edition, release: str = "release") -> Any:
    """Return the link from a row to its Helm release."""
    return board_link(
        "Helm release", edition.uid(RELEASES), namespace=field("namespace"), release=field(release)
    )


def to_alert() -> Any:
    """Return the link from a row to its alert; Grafana's list of alerts takes its search by either name."""
    name = field("alertname")
    return DataLink(title="Alert", linkUrl=f"/alerting/list?search={name}&queryString={name}")


def of_cause(edition: Edition) -> dict[str, Sequence[Any]]:
    """Return the links of a table with `CAUSE_COLUMNS`."""
    return {"cause_name": to_object(edition, "cause", "cause_namespace")}


def of_reference(edition: Edition) -> dict[str, Sequence[Any]]:
    """Return the links of a table with `REFERENCE_COLUMNS`: each end leads to itself."""
    return {f"{end}_name": to_object(edition, end, f"{end}_namespace") for end in ("source", "target")}


def to_namespace(edition: Edition, board: str, title: str) -> Any:
    """Return the link from a row to a board for the row's namespace."""
    return board_link(title, edition.uid(board), namespace=field("namespace"))


def changes(expr: str) -> dict[str, Any]:
    """Return the marks of what changed."""
    return moments("Changes", expr, style.BLUE, title="{{change}} changed", text="{{id}}")


def table(
    title: str,
    description: str,
    asked: str | Mapping[str, str],
    columns: Mapping[str, str],
    *,
    values: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    links: Mapping[str, Sequence[Any]] | None = None,
    behind: Sequence[str] = (),
    unit: str = "short",
    **panel: Any,
) -> Table:
    """Return a table with a row per series of what is `asked`: one query, or some by refId.

    `columns` maps labels to headings, in their order; `values` does so for `Value` (or `Value #refId`).
    `links` are data links by label. Labels `behind` are not shown, but links may use them.
    With a column of severities the most severe stand first.
    """
    queries = {"A": asked} if isinstance(asked, str) else asked
    headings = {**columns, **(values or {})}
    if "namespace" in (*headings, *behind):
        queries = {ref: _in_some_namespace(expr) for ref, expr in queries.items()}
    if "severity" in headings:
        queries = {ref: ranked(expr) for ref, expr in queries.items()}
        behind = [*behind, "rank"]
    known = {"Value"} if len(queries) == 1 else {f"Value #{ref}" for ref in queries}
    left_out = {"Time", "cluster"} | (known - set(headings))
    overrides = [override(label, custom_hidden=True, custom_hideFrom=_NOWHERE) for label in behind]
    overrides += [
        layout.column(
            heading,
            number=label.startswith("Value") or label in _NUMBERS,
            unit=(units or {}).get(label, ""),
            links=list((links or {}).get(label, ())),
            alone=len(columns) == 1,
        )
        for label, heading in headings.items()
    ]
    shaped = {
        "id": "organize",
        "options": {
            "excludeByName": dict.fromkeys(sorted(left_out), True),
            "includeByName": {},
            "indexByName": {name: place for place, name in enumerate((*headings, *behind))},
            "renameByName": headings,
        },
    }
    return Table(
        title=title,
        description=description,
        unit=unit,
        targets=[rows(expr, ref) for ref, expr in queries.items()],
        transformations=[*_prepared(headings, len(queries)), shaped],
        overrides=overrides,
        **panel,
    )


_MOST_SEVERE_FIRST = {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": "rank"}]}}
_NUMBERS = ("distance", "revision")
"""Labels whose values are numbers: as words they would stand on the left, and 10 before 2."""


def _prepared(headings: Collection[str], queries: int) -> Iterator[dict[str, Any]]:
    """Return what is done to the answers before their columns are chosen and named."""
    if queries > 1:
        yield {"id": "merge", "options": {}}
    for label in headings:
        if label in _NUMBERS:
            number = {"destinationType": "number", "targetField": label}
            yield {"id": "convertFieldType", "options": {"conversions": [number], "fields": {}}}
    if "severity" in headings:
        yield _MOST_SEVERE_FIRST


def _in_some_namespace(expr: str) -> str:
    """Return a query whose rows all have a namespace: `-` for what is in none.

    Prometheus leaves out a label that is empty. Where no row is in a namespace the table would be without the
    column, and links would name a field that is not there.
    """
    return relabel(expr, "namespace", "-", "namespace", "")


_NOWHERE = {"legend": True, "tooltip": True, "viz": True}


def node_graph(
    edition: Edition, title: str, description: str, queries: NodeGraphQueries, **panel: Any
) -> NodeGraph:
    """Return a node graph in the panel of the edition, whose nodes lead to their graph and workload."""
    here = field("detail__namespace")
    links = [
        board_link("Its surroundings", edition.uid(GRAPH), namespace=here, object=field("id")),
        board_link(
            "Workload, if it is one",
            edition.uid(WORKLOAD),
            namespace=here,
            workload_kind=field("detail__kind"),
            workload=field("title"),
        ),
    ]
    return NodeGraph(
        kind=edition.node_graph_panel,
        title=title,
        description=description,
        targets=[rows(queries.nodes, "nodes"), rows(queries.edges, "edges")],
        overrides=[override("title", links=links)],  # of nodes alone: edges have an id too
        **panel,
    )


def causes(edition: Edition, title: str, description: str, scope: str = NAMESPACES, **panel: Any) -> Table:
    """Return the table of what is broken or missing in `scope`, and of what explains what is broken there."""
    return table(
        title,
        description,
        {"along": health.affected(scope), "since": health.since(scope)},
        CAUSE_COLUMNS,
        values={"Value #along": "Affected", "Value #since": "Since"},
        units={"Value #since": "dateTimeAsIso"},
        links=of_cause(edition),
        behind=["cause"],
        sorted_by="Affected",
        descending=True,
        width=24,
        empty="No cause found",
        **panel,
    )


def relations(queries: NodeGraphQueries, **panel: Any) -> Stat:
    """Return the figure that says how many relations there are in all, beside the graph that may cap them."""
    return Stat(
        title="Relations in all",
        description=(
            "The number of relations without the limit of the graph. If it is above “Relations drawn”, "
            "the least important relations are left out: draw more, or choose a release."
        ),
        unit="short",
        targets=[now(counted(queries.every_edge))],
        **panel,
    )


def figure(title: str, description: str, expr: str, unit: str = "short", **panel: Any) -> Stat:
    """Return one present figure."""
    return Stat(title=title, description=description, unit=unit, targets=[now(expr, legend=title)], **panel)
