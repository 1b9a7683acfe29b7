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
        question="What surrounds one object, and what belongs together in this namespace or release?",
        answer="Click a name or a node to walk on.",
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
                "Follow the arrows from what is red: an orange Service with a red workload below it waits "
                "for that workload; a purple node is what to create or to stop referring to. A node with "
                "a number is that many healthy leaves that nobody else uses. Empty: choose one namespace."
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
        shared.causes(
            edition,
            "Causes in the namespace",
            (
                "What is broken or missing in the namespace, or explains that something there is, and what "
                "it says. Fix the first, and most of what is red turns green."
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
                "The object, highlighted, with what it refers to and what refers to it, of every relation. "
                "If it is red and a neighbour that it points to is red or purple too, fix the neighbour "
                "first. What is missing and may be is grey. Empty: the object did not exist; choose another."
            ),
            node_graph.SURROUNDINGS,
            height=16,
        ),
        shared.table(
            "How $object is",
            (
                "Its status and reason. When it is not Ready, the causes below say what to fix; without "
                "causes the fault is its own: read its events and logs."
            ),
            f"{status} or {distinct(labelled(gone, 'reason', 'NotFound'), 'status', 'reason')}",
            {"status": "Status", "reason": "Reason"},
            width=8,
            height=5,
            empty="Not found: no object is chosen, or it did not exist at the end of the time range",
        ),
        shared.table(
            "Missing for $object",
            "What it refers to and what does not exist. Create it, or take the reference out.",
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
            "What it depends on and what explains its state, nearest first. Fix that instead of the object.",
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
                "The same as rows, missing ones included. When the object is to be changed or deleted, "
                "whoever stands under “From” is affected: tell them first."
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
            "What the graph above leaves out because nothing uses it and it uses nothing. ConfigMaps, "
            "Secrets and claims among them may be leftovers: the Hygiene dashboard has the whole list."
        ),
        distinct(f"({node_graph.UNCONNECTED})", "id", "kind", "namespace", "name", "status"),
        shared.OBJECT_COLUMNS,
        links={"name": shared.to_object(edition)},
        behind=["id"],
        sorted_by="Kind",
        width=24,
    )
