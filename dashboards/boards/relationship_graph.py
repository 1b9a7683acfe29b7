"""The relationship graph of a namespace, of a Helm release, and of the surroundings of one object."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.variables import values_of
from dashboards.queries import health, node_graph
from dashboards.queries.promql import CLUSTER, NAMESPACE, counted, distinct

_OBJECTS = f'astrolabe_resource_info{{{CLUSTER}, namespace=~"$namespace|"}}'
"""Those of the namespace, and those that are in none."""


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.GRAPH),
        title="Relationship graph",
        question="What belongs together in this namespace or release, and what surrounds one object?",
        answer=(
            "Ingress → Service → workload → ConfigMap, Secret, claim; Pods stand for their workload. "
            "Green is Ready, orange Pending, red Error, purple a reference to something missing. "
            "Click a node to walk on."
        ),
        variables=shared.where(
            edition,
            shared.one_namespace(),
            shared.releases(),
            values_of("object", "Object", _OBJECTS, "id"),
            shared.cap(),
        ),
        sections=[
            section("The namespace", *_namespace(edition)),
            section("The surroundings of $object", *_surroundings(edition)),
            section("Without relations", _unconnected(edition)),
        ],
        since="now-1h",
    )  # fmt: skip


def _namespace(edition: Edition) -> list[object]:
    not_ready = f'astrolabe_resource_status{{{NAMESPACE}, status!="Ready"}}'
    required = f'astrolabe_reference_missing_info{{{NAMESPACE}, optional!="true"}}'
    return [
        shared.node_graph(
            edition,
            "$namespace, rolled up",
            (
                "Follow the arrows from what is red: an orange Service with a red workload below it waits "
                "for that workload; a purple node is what to create or to stop referring to. A node with "
                "a number is that many healthy leaves that nobody else uses."
            ),
            node_graph.ROLLED_UP,
            width=20,
            height=19,
        ),
        shared.relations(node_graph.ROLLED_UP, height=5),
        shared.figure(
            "Not Ready",
            (
                "Objects of the namespace that are not Ready and whose workload does not sleep. The Overview "
                "dashboard, for this namespace, says why."
            ),
            counted(distinct(not_ready, "id")),
            steps=style.FEW_IS_GOOD,
            height=5,
        ),
        shared.figure(
            "Missing references",
            (
                "References from this namespace to something that does not exist and has to. They are the "
                "purple nodes."
            ),
            counted(distinct(required, "source", "type", "target")),
            steps=style.NONE_IS_GOOD,
            height=5,
        ),
        shared.table(
            "Causes in $namespace",
            (
                "What explains that objects of the namespace are not Ready, and what it says of itself. Mend "
                "the first, and most of what is red turns green."
            ),
            health.root_causes(NAMESPACE),
            {"cause_kind": "Kind", "cause": "Cause", "reason": "Reason", "message": "Says"},
            values={"Value": "Explains"},
            links={"cause": [shared.to_graph(edition, "cause")]},
            behind=["namespace"],
            sorted_by="Explains",
            descending=True,
            width=24,
            height=7,
        ),
    ]  # fmt: skip


def _surroundings(edition: Edition) -> list[object]:
    around = [
        "astrolabe_edge_info{" + CLUSTER + ', source="$object"}',
        "astrolabe_edge_info{" + CLUSTER + ', target="$object"}',
    ]
    return [
        shared.node_graph(
            edition,
            "$object",
            (
                "The object, what it refers to and what refers to it, of every relation. If it is red and "
                "a neighbour that it points to is red too, mend the neighbour first."
            ),
            node_graph.SURROUNDINGS,
            width=14,
            height=14,
        ),
        shared.table(
            "Relations of $object",
            (
                "The same as rows. When the object is to be changed or deleted, whoever stands under "
                "“From” is affected."
            ),
            distinct(f"({around[0]} or {around[1]})", *shared.REFERENCE_COLUMNS),
            shared.REFERENCE_COLUMNS,
            links={end: [shared.to_graph(edition, end)] for end in ("source", "target")},
            width=10,
            height=14,
        ),
    ]  # fmt: skip


def _unconnected(edition: Edition) -> object:
    return shared.table(
        "Objects without relations",
        (
            "What the graph above leaves out because nothing uses it and it uses nothing. ConfigMaps, "
            "Secrets and claims among them may be leftovers: the Hygiene dashboard has the whole list."
        ),
        distinct(f"({node_graph.UNCONNECTED})", "id", "kind", "namespace", "name", "status"),
        shared.OBJECT_COLUMNS,
        links={"name": [shared.to_graph(edition)]},
        behind=["id"],
        sorted_by="Kind",
        width=24,
    )
