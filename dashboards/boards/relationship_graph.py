"""The surroundings of one object, and the relationship graph of a namespace or of a Helm release."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.variables import one_of
from dashboards.queries import health, node_graph, surroundings
from dashboards.queries.promql import CLUSTER, NAMESPACE, counted, distinct, labelled, parted


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.GRAPH),
        title=edition.title("Relationship graph"),
        tag=edition.tag,
        question=(
            "What are the neighbours of one object, and how do the objects of a namespace or release "
            "depend on each other?"
        ),
        answer="Click a name or a node to go to it.",
        variables=shared.where(
            edition,
            one_of("object", "Object", f"astrolabe_resource_info{{{CLUSTER}}}", "id"),
            shared.one_namespace(),
            shared.releases(),
            shared.cap(),
        ),
        sections=[
            section("Object: $object", *_surroundings(edition)),
            section("The chosen namespace", *_namespace(edition)),
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
            "The namespace, rolled up",
            (
                "Follow the arrows from red nodes: an orange Service with a red workload below it waits "
                "for that workload. A purple node does not exist: create it, or remove the reference. A "
                "node with a number stands for that many healthy leaves without other users. Empty: "
                "choose one namespace."
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
                "References from this namespace to required objects that do not exist. They are the "
                "purple nodes."
            ),
            counted(distinct(required, "source", "type", "target")),
            steps=style.NONE_IS_GOOD,
            height=5,
        ),
        shared.causes(
            edition,
            "Causes in the namespace",
            (
                "Broken or missing objects in the namespace, and causes of faults in it, with messages. "
                "Fix the first; most red nodes then turn green."
            ),
            height=7,
        ),
    ]  # fmt: skip


def _surroundings(edition: Edition) -> list[object]:
    object_ = surroundings.OBJECT
    own = f'astrolabe_root_cause_info{{{CLUSTER}, id="{object_}"}}'
    status = distinct(f'astrolabe_resource_status{{{CLUSTER}, id="{object_}"}}', "status", "reason")
    missing = f'astrolabe_reference_missing_info{{{CLUSTER}, target="{object_}"}}'
    gone = labelled(missing, "status", "Missing")
    explained = health.with_message(distinct(own, "cause", "distance", "reason"))
    return [
        shared.node_graph(
            edition,
            "Around $object",
            (
                "The highlighted object with all its relations, in both directions. If it is red and "
                "points to a red or purple neighbour, fix the neighbour first. Missing optional objects "
                "are grey. Empty: the object did not exist; choose another."
            ),
            node_graph.SURROUNDINGS,
            height=16,
        ),
        shared.table(
            "How $object is",
            (
                "Its status and reason. If it is not Ready, the causes below say what to fix; without "
                "causes the fault is in the object itself: read its events and logs."
            ),
            f"{status} or {distinct(labelled(gone, 'reason', 'NotFound'), 'status', 'reason')}",
            {"status": "Status", "reason": "Reason"},
            width=8,
            height=5,
            empty="Not found: no object is chosen, or it did not exist at the end of the time range",
        ),
        shared.table(
            "Missing for $object",
            "Objects that it refers to and that do not exist. Create them, or remove the reference.",
            parted(
                distinct(
                    f'astrolabe_reference_missing_info{{{CLUSTER}, source="{object_}"}}',
                    *("type", "target", "optional"),
                ),
                "target",
            ),
            {
                "type": "Relation",
                "target_name": "Missing",
                "optional": "Optional",
            },
            links={"target_name": shared.to_object(edition, "target", "target_namespace")},
            behind=["target", "target_kind", "target_namespace"],
            width=16,
            height=5,
            empty="No missing reference found",
        ),
        shared.table(
            "Causes of $object",
            (
                "Objects that it depends on and that explain its state, nearest first. Fix these, not "
                "the object."
            ),
            parted(f"({explained})", "cause"),
            {**shared.CAUSE_COLUMNS, "distance": "Distance"},
            links=shared.of_cause(edition),
            behind=["cause"],
            sorted_by="Distance",
            width=24,
            height=5,
            empty="No cause found beyond itself",
        ),
        shared.table(
            "Relations of $object",
            (
                "The same as a table, with missing objects. If you change or delete the object, the "
                "objects under “From” are affected: tell their owners first."
            ),
            parted(parted(_relations(), "source"), "target"),
            {
                "source_namespace" if label == "namespace" else label: heading
                for label, heading in shared.REFERENCE_COLUMNS.items()
            },
            links=shared.of_reference(edition),
            behind=["source", "target"],
            width=24,
            height=8,
            empty="No relation found",
        ),
    ]  # fmt: skip


def _relations() -> str:
    gone, related = (
        distinct(each, "type", "source", "target") for each in (surroundings.gone(), surroundings.related())
    )
    return f"({related} or {gone})"


def _unconnected(edition: Edition) -> object:
    return shared.table(
        "Objects without relations",
        (
            "Objects that the graph above leaves out, because they have no relations. ConfigMaps, "
            "Secrets and claims here may be unused: the Hygiene dashboard has the whole list."
        ),
        distinct(f"({node_graph.UNCONNECTED})", "id", "kind", "namespace", "name", "status"),
        shared.OBJECT_COLUMNS,
        links={"name": shared.to_object(edition)},
        behind=["id"],
        sorted_by="Kind",
        width=24,
    )
